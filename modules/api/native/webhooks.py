"""Telling somebody else's server that a job has ended.

A webhook lives as long as this process: a job that goes on after a restart is not reported any more.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging

from anyio.to_thread import run_sync

from modules.api.native.job_models import JobAnswer, WebhookOrder
from modules.api.pictures.addresses import locate
from modules.api.pictures.fetching import FetchRules, post
from modules.api.services import ApiServices
from modules.foundation.errors import InvalidRequestError, WebUIError

FIELD = "webhook.url"
PAUSES_S = (0.0, 2.0, 15.0, 60.0)
"""Before each try."""
MOST_WATCHED = 1000

log = logging.getLogger(__name__)


class Webhooks:
    """Watches jobs and reports their end."""

    def __init__(self, services: ApiServices, pauses_s: tuple[float, ...] = PAUSES_S) -> None:
        self._services = services
        self._pauses_s = pauses_s
        self._watching: set[asyncio.Task[None]] = set()

    def check(self, order: WebhookOrder) -> None:
        """Refuse an address that may not be visited, before the job is queued. Raises: InvalidRequestError."""
        if not self._services.generation.settings.current.api.api_enable_requests:
            raise InvalidRequestError(FIELD, "Requests not allowed: this server makes no requests of its own.",
                                      remedy="Allow them in Settings > API.")
        if len(self._watching) >= MOST_WATCHED:
            raise InvalidRequestError(FIELD, f"{MOST_WATCHED} jobs are watched for webhooks already.")
        rules = self._rules()
        locate(order.url, FIELD, allow_local=rules.allow_local, resolver=rules.resolver)

    def watch(self, job_id: str, order: WebhookOrder) -> None:
        """Report the end of a job when it comes."""
        task = asyncio.create_task(self._report(job_id, order), name=f"webhook {job_id}")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    def _rules(self) -> FetchRules:
        return self._services.intake.rules(self._services.generation.settings.current.api)

    async def _report(self, job_id: str, order: WebhookOrder) -> None:
        monitor = self._services.generation.queue.monitor
        try:
            job = await monitor.wait_async(job_id)
            if not job.finished:
                return  # the server stops; the job goes on without us
            body = json.dumps(JobAnswer.of(monitor.view(job_id)).model_dump()).encode()
        except WebUIError as error:
            log.warning("Webhook of job %s: %s", job_id, error)
            return
        for pause_s in self._pauses_s:
            await asyncio.sleep(pause_s)
            if await run_sync(self._deliver, order, body, job_id, limiter=self._services.lines.fetching):
                return
        log.warning("The webhook of job %s was given up after %d tries.", job_id, len(self._pauses_s))

    def _deliver(self, order: WebhookOrder, body: bytes, job_id: str) -> bool:
        headers = {"Content-Type": "application/json", "X-Job-Id": job_id}
        if order.secret:
            digest = hmac.new(order.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Signature"] = f"sha256={digest}"
        try:
            return 200 <= post(order.url, FIELD, self._rules(), body, headers) < 300
        except InvalidRequestError as error:
            log.info("Webhook of job %s: %s", job_id, error)
            return False
