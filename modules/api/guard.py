"""One guard in front of everything: names, pages, passwords, sizes, and headers on every answer.

A pure ASGI wrapper, so that it also covers routes of Gradio and of plugins, and streams pass through.
"""

from __future__ import annotations

import math
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from modules.api.answers import (
    HTML_HEADERS,
    Application,
    LimitedBody,
    Pairs,
    Receive,
    Scope,
    Send,
    refuse,
    reply,
    too_large,
    with_headers,
)
from modules.api.crossing import (
    LOCAL_NAMES,
    CrossingRules,
    Refusal,
    RequestHeaders,
    refuse_form,
    refuse_host,
    refuse_page,
)
from modules.api.login_page import login_page
from modules.api.password_gate import Attempt, GateLimits, PasswordGate
from modules.settings.flags import Credential, LaunchFlags

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio needs both
    "script-src-attr 'none'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
))
_LOGIN_FORM_BYTES = 4096
_HEADER_NAMES = re.compile(r"[\w, -]{1,1000}", re.ASCII)
_SAFE_TARGET = re.compile(r"/(?!/)[!-\[\]-~]*")  # printable ASCII without the backslash


@dataclass(frozen=True)
class GuardPolicy:
    """Everything the guard decides by. Without ``users`` no password is asked for."""

    crossing: CrossingRules = CrossingRules()
    users: tuple[Credential, ...] = ()
    gate: GateLimits = GateLimits()
    subpath: str = ""
    max_body_bytes: int = 64 * 2**20
    content_security_policy: str = CONTENT_SECURITY_POLICY
    cookie_name: str = "webui_session"


def policy_for(flags: LaunchFlags, machine_name: str | None = None) -> GuardPolicy:
    """Return the policy that the launch flags ask for."""
    local, named = set(LOCAL_NAMES), set(flags.allowed_host)
    everywhere = flags.host in ("0.0.0.0", "::")
    if flags.exposed:
        name = (machine_name or socket.gethostname()).lower()
        local |= {name, f"{name}.local"}
        if not everywhere:
            local.add(flags.host.lower())
    pattern = flags.cors_allow_origins_regex
    crossing = CrossingRules(
        local_hosts=frozenset(local), named_hosts=frozenset(named), any_private_address=everywhere,
        origins=frozenset(flags.cors_allow_origins), origin_pattern=re.compile(pattern) if pattern else None)
    return GuardPolicy(crossing=crossing, users=flags.users, subpath=flags.subpath,
                       cookie_name=f"webui_session_{flags.effective_port}")


class Guard:
    """The ASGI application that wraps all others."""

    def __init__(self, application: Application, policy: GuardPolicy, *,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._application = application
        self._policy = policy
        self._gate = PasswordGate(policy.users, policy.gate, clock) if policy.users else None
        self._headers: Pairs = (
            ("Content-Security-Policy", policy.content_security_policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = RequestHeaders(scope)
        rules = self._policy.crossing
        refusal = refuse_host(headers, rules) or refuse_page(scope, headers, rules)
        origin = headers.first("origin")
        foreign = refusal is None and rules.trusts_origin(origin.lower())
        send = with_headers(send, (*self._headers, *(_for_other_site(scope, headers) if foreign else ())))
        if refusal is not None:
            await refuse(scope, send, refusal)
        elif foreign and scope["method"] == "OPTIONS":
            await reply(send, 204, b"", ())
        elif self._gate and scope["method"] == "POST" and scope["path"] in self._login_paths:
            await self._log_in(self._gate, scope, receive, send)
        else:
            await self._serve_known(scope, headers, receive, send)

    async def _serve_known(self, scope: Scope, headers: RequestHeaders, receive: Receive, send: Send) -> None:
        attempt = self._identify(scope, headers)
        if self._gate and attempt.user is None:
            await self._ask_password(scope, headers, attempt, send)
            return
        refusal = refuse_form(scope, headers) or self._refuse_size(headers)
        if refusal is not None:
            await refuse(scope, send, refusal)
            return
        limited = LimitedBody(receive, send, self._policy.max_body_bytes)
        try:
            await self._application(_with_user(scope, attempt.user), limited.receive, limited.send)
        except Exception:
            if not limited.refused:  # the application only missed the rest of a body refused here
                raise

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = RequestHeaders(scope)
        rules = self._policy.crossing
        welcome = not (refuse_host(headers, rules) or refuse_page(scope, headers, rules))
        user = self._identify(scope, headers).user if welcome else None
        if welcome and (user or not self._gate):
            await self._application(_with_user(scope, user), receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    def _identify(self, scope: Scope, headers: RequestHeaders) -> Attempt:
        if self._gate is None:
            return Attempt()
        token = _cookie(headers, self._policy.cookie_name)
        user = self._gate.session_user(token) if token else None
        if user is not None or not headers.every("authorization"):
            return Attempt(user)
        return self._gate.attempt_basic(headers.first("authorization"), _address(scope))

    async def _ask_password(self, scope: Scope, headers: RequestHeaders, attempt: Attempt, send: Send) -> None:
        if attempt.retry_after_s:
            await refuse(scope, send, _too_many(attempt.retry_after_s))
        elif _is_navigation(scope, headers):
            page = login_page(f"{self._policy.subpath}/login", self._target(_own_url(scope)))
            await reply(send, 401, page, HTML_HEADERS)
        else:
            program = not headers.every("sec-fetch-mode")  # a browser would open a box of its own
            challenge = (("WWW-Authenticate", 'Basic realm="web UI", charset="UTF-8"'),) if program else ()
            await refuse(scope, send, Refusal(401, "Not authenticated: a user name and password are needed.",
                                               challenge))

    async def _log_in(self, gate: PasswordGate, scope: Scope, receive: Receive, send: Send) -> None:
        form = await _read_form(receive)
        target = self._target(form.get("next", ""))
        attempt = gate.attempt(form.get("username", ""), form.get("password", ""), _address(scope))
        if attempt.user is not None:
            cookie = self._session_cookie(gate.open_session(attempt.user), scope)
            await reply(send, 303, b"", (("Location", target), ("Set-Cookie", cookie)))
            return
        wait = math.ceil(attempt.retry_after_s)
        message = f"Wrong name or password. Try again in {wait} s." if wait else "Wrong name or password."
        page = login_page(f"{self._policy.subpath}/login", target, message)
        extra = (("Retry-After", str(wait)),) if wait else ()
        await reply(send, 429 if wait else 401, page, (*HTML_HEADERS, *extra))

    def _session_cookie(self, token: str, scope: Scope) -> str:
        parts = [f"{self._policy.cookie_name}={token}", f"Path={self._policy.subpath or '/'}", "HttpOnly",
                 "SameSite=Lax", f"Max-Age={int(self._policy.gate.session_s)}"]
        return "; ".join([*parts, "Secure"] if scope["scheme"] == "https" else parts)

    @property
    def _login_paths(self) -> tuple[str, str]:
        return "/login", f"{self._policy.subpath}/login"

    def _target(self, wanted: str) -> str:
        """Where a login leads: only to a place on this server, and never back to the login."""
        if _SAFE_TARGET.fullmatch(wanted) and wanted.split("?")[0] not in self._login_paths:
            return wanted
        return f"{self._policy.subpath}/"

    def _refuse_size(self, headers: RequestHeaders) -> Refusal | None:
        length = headers.first("content-length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            return Refusal(400, "The Content-Length header is not a number.")
        return too_large(self._policy.max_body_bytes) if int(length) > self._policy.max_body_bytes else None


def _with_user(scope: Scope, user: str | None) -> Scope:
    return {**scope, "state": {**scope.get("state", {}), "user": user}} if user else scope


async def _read_form(receive: Receive) -> dict[str, str]:
    body, more = b"", True
    while more and len(body) <= _LOGIN_FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if more or len(body) > _LOGIN_FORM_BYTES:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _for_other_site(scope: Scope, headers: RequestHeaders) -> Pairs:
    """Let a site that was named read the answer, and on its preflight also ask."""
    allowed: Pairs = (("Access-Control-Allow-Origin", headers.first("origin")),
                      ("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin"))
    if scope["method"] != "OPTIONS":
        return allowed
    asked = headers.first("access-control-request-headers")
    named = (("Access-Control-Allow-Headers", asked),) if _HEADER_NAMES.fullmatch(asked) else ()
    return (*allowed, ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"),
            ("Access-Control-Max-Age", "600"), *named)


def _cookie(headers: RequestHeaders, name: str) -> str:
    for header in headers.every("cookie"):
        for entry in header.split(";"):
            key, _, value = entry.strip().partition("=")
            if key == name:
                return value
    return ""


def _is_navigation(scope: Scope, headers: RequestHeaders) -> bool:
    return (scope["method"] in ("GET", "HEAD") and "text/html" in headers.first("accept")
            and headers.first("sec-fetch-mode", "navigate").lower() == "navigate")


def _own_url(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _too_many(wait_s: float) -> Refusal:
    wait = math.ceil(wait_s)
    return Refusal(429, f"Wrong name or password, too many times. Try again in {wait} s.",
                   (("Retry-After", str(wait)),))
