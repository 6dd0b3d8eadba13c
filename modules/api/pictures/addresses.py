"""Which network addresses a server may be made to talk to by somebody's text."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from modules.foundation.addresses import may_visit
from modules.foundation.errors import InvalidRequestError

Resolver = Callable[[str, int], list[str]]
"""Host name and port -> every address it has. Raises: OSError."""

PORTS = {"http": 80, "https": 443}
MAX_URL_CHARACTERS = 4096


@dataclass(frozen=True)
class Endpoint:
    """A web address whose name has been looked up once: connections go to ``address``, whatever DNS says later."""

    scheme: str
    host: str
    port: int
    address: str
    target: str
    """Path and query."""

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for every address of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def locate(url: str, field: str, *, allow_local: bool = False, resolver: Resolver = resolve) -> Endpoint:
    """Check a web address and pin it to one network address.

    A name with any forbidden address is refused as a whole. Raises: InvalidRequestError naming ``field``.
    """
    parts, port = _split(url, field)
    assert parts.hostname is not None  # _split has seen to it
    try:
        addresses = resolver(parts.hostname, port)
    except (OSError, UnicodeError) as error:
        raise _bad_url(field, "its host has no address") from error
    if not addresses:
        raise _bad_url(field, "its host has no address")
    for address in addresses:
        if not may_visit(address, allow_local=allow_local):
            raise InvalidRequestError(
                field, "Request to local resource not allowed: this address leads to this computer, its network "
                       "or a reserved range.", remedy="Send the picture itself.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, parts.hostname, port, addresses[0], target)


def _split(url: str, field: str) -> tuple[SplitResult, int]:
    if len(url) > MAX_URL_CHARACTERS or not url.isascii() or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise _bad_url(field, "it is too long or has characters that belong in no address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad_url(field, "it cannot be read") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None or parts.password is not None:
        raise _bad_url(field, "it must be http(s)://host/path without a user name")
    return parts, PORTS[parts.scheme] if port is None else port


def _bad_url(field: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(field, f"Invalid image url: {reason}.")
