"""Who is asking: sessions for browsers, HTTP Basic for programs, and patience against guessing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modules.settings.flags import Credential

_REMEMBERED = 4096


@dataclass(frozen=True)
class GateLimits:
    """How long a login lasts, and how wrong passwords slow an address down.

    After ``free_attempts`` wrong ones the address waits 2, 4, 8 … seconds, at most ``max_delay_s``;
    they are forgotten once it has been quiet for that long.
    """

    session_s: float = 12 * 3600.0
    free_attempts: int = 5
    max_delay_s: float = 900.0


@dataclass(frozen=True)
class Attempt:
    """What became of a password: the user it belongs to, or how long to wait before the next one."""

    user: str | None = None
    retry_after_s: float = 0.0


@dataclass
class _Failures:
    count: int = 0
    last: float = 0.0
    blocked_until: float = 0.0


class PasswordGate:
    """Checks names and passwords, and remembers who has logged in. Lives as long as the server."""

    def __init__(self, users: Sequence[Credential], limits: GateLimits,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._users = [(user.name, _digest(user.name), _digest(user.password)) for user in users]
        self._limits = limits
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._sessions: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def attempt(self, name: str, password: str, address: str) -> Attempt:
        """Check a password given from a network address, unless that address has to wait."""
        now = self._clock()
        key = _neighbourhood(address)
        failures = self._failures.get(key, _Failures())
        if now < failures.blocked_until:
            return Attempt(retry_after_s=failures.blocked_until - now)
        user = self._match(name, password)
        if user is None:
            return Attempt(retry_after_s=self._remember_failure(key, failures, now))
        return Attempt(user)

    def attempt_basic(self, authorization: str, address: str) -> Attempt:
        """The same for the value of an ``Authorization: Basic`` header."""
        try:
            scheme, _, encoded = authorization.partition(" ")
            if scheme.lower() != "basic":
                raise ValueError(scheme)
            name, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (ValueError, binascii.Error):
            return Attempt()
        return self.attempt(name, password, address)

    def open_session(self, user: str) -> str:
        """Return a token by which the user is known from now on."""
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = (user, self._clock() + self._limits.session_s)
        while len(self._sessions) > _REMEMBERED:
            self._sessions.popitem(last=False)
        return token

    def session_user(self, token: str) -> str | None:
        user, expires = self._sessions.get(_digest(token), (None, 0.0))
        return user if self._clock() < expires else None

    def _match(self, name: str, password: str) -> str | None:
        given_name, given_password = _digest(name), _digest(password)
        found = None
        for user, user_name, user_password in self._users:  # never stops early: time must not tell names
            same_name = hmac.compare_digest(given_name, user_name)
            same_password = hmac.compare_digest(given_password, user_password)
            if same_name and same_password:
                found = user
        return found

    def _remember_failure(self, key: str, failures: _Failures, now: float) -> float:
        recent = failures.count if now - failures.last < self._limits.max_delay_s + _delay(failures) else 0
        count = recent + 1
        excess = min(count - self._limits.free_attempts + 1, 30)
        delay = min(2.0 ** excess, self._limits.max_delay_s) if excess > 0 else 0.0
        self._failures[key] = _Failures(count, now, now + delay)
        self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)
        return delay


def _delay(failures: _Failures) -> float:
    return failures.blocked_until - failures.last


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _neighbourhood(address: str) -> str:
    """An IPv6 household owns 2^64 addresses and counts as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
