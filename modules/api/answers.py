"""Answers the guard gives itself, and the two filters it puts around the application's."""

from __future__ import annotations

import http
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from modules.api.crossing import Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Pairs = tuple[tuple[str, str], ...]

logger = logging.getLogger(__name__)

HTML_HEADERS: Pairs = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))
_JSON_HEADERS: Pairs = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


async def refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Answer with a refusal, and note it."""
    logger.info("refused %s %.200r: %d %s", scope["method"], scope["path"], refusal.status, refusal.detail)
    await answer(send, refusal)


async def answer(send: Send, refusal: Refusal) -> None:
    """Answer with a refusal, in the form that A1111's API gives its errors."""
    error = http.HTTPStatus(refusal.status).phrase
    body = json.dumps({"error": error, "detail": refusal.detail}).encode()
    await reply(send, refusal.status, body, (*_JSON_HEADERS, *refusal.headers))


async def reply(send: Send, status: int, body: bytes, headers: Pairs) -> None:
    """Send a whole answer."""
    pairs = headers if status == 204 else (*headers, ("Content-Length", str(len(body))))
    await send({"type": "http.response.start", "status": status, "headers": _encode(pairs)})
    await send({"type": "http.response.body", "body": body})


def too_large(limit: int) -> Refusal:
    """Refuse a body. Units: bytes."""
    return Refusal(413, f"The request is larger than {limit / 2**20:g} MiB.", (("Connection", "close"),))


class LimitedBody:
    """Counts a request's body as it streams in, and answers 413 in the application's place."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._seen = 0
        self._answered = False
        self.refused = False

    async def receive(self) -> Message:
        if self.refused:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen <= self._limit:
            return message
        self.refused = True
        if not self._answered:
            await answer(self._send, too_large(self._limit))
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self._answered = True
        if not self.refused:
            await self._send(message)


def with_headers(send: Send, headers: Pairs) -> Send:
    """Add headers to every answer; who else may read it is ours to say, not the application's."""
    extra = _encode(headers)

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name, value) for name, value in message.get("headers", ())
                   if not name.lower().startswith(b"access-control-")]
            message = {**message, "headers": [*own, *extra]}
        await send(message)

    return send_with_headers


def _encode(headers: Pairs) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
