"""What goes around every answer of the API: compression, the time it took, and a line in the log if wanted."""

from __future__ import annotations

import logging
import time

from starlette.middleware.gzip import GZipMiddleware

from modules.api.answers import Application, Message, Receive, Scope, Send

PREFIXES = ("/sdapi/", "/internal/", "/jobs", "/pictures", "/openapi.json", "/docs")
COMPRESSED_FROM_BYTES = 1000
FAST = 1
"""zlib's level. Answers are mostly base64 of pictures: slower levels save next to nothing."""

logger = logging.getLogger(__name__)


class ApiEnvelope:
    """An ASGI application around the program's own; leaves the page and its streams alone."""

    def __init__(self, application: Application, *, log_calls: bool = False) -> None:
        self._application = application
        self._compressing = GZipMiddleware(application, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=FAST)
        self._log_calls = log_calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIXES):
            await self._application(scope, receive, send)
            return
        begin = time.perf_counter()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                seconds = time.perf_counter() - begin
                header = (b"x-process-time", f"{seconds:.4f}".encode())
                message = {**message, "headers": [*message.get("headers", ()), header]}
                if self._log_calls:
                    self._note(scope, message["status"], seconds)
            await send(message)

        await self._compressing(scope, receive, send_timed)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        client = scope["client"][0] if scope.get("client") else "-"
        logger.info("%s %.200r %d %.3f s from %s", scope["method"], scope["path"], status, seconds, client)
