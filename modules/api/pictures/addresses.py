"""Which network addresses a server may be made to talk to by somebody's text."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from modules.foundation.errors import InvalidRequestError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
"""Host name and port -> every address it has. Raises: OSError."""

PORTS = {"http": 80, "https": 443}
MAX_URL_CHARACTERS = 4096
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All IPv6 addresses that are given out; the rest is local, reserved or not in use."""
_HOME = tuple(ipaddress.ip_network(text) for text in (
    "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
"""Addresses of this computer and of local networks that a person may open up. Link-local ones are never:
cloud providers answer there with a machine's own keys."""


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


def may_visit(text: str, *, allow_local: bool = False) -> bool:
    """Whether an address is a public one; with ``allow_local`` also one of this computer or its network."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(one) or (allow_local and _is_home(one)) for one in _meanings(address))


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


def _meanings(address: Address) -> Iterator[Address]:
    """Yield the address and every IPv4 address it is another spelling of or a tunnel to."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or any(address in network for network in _NAT64):
            return True  # judged by the address inside
        return address in _GLOBAL_UNICAST and address.is_global
    return address.is_global and not address.is_multicast


def _is_home(address: Address) -> bool:
    return any(address in network for network in _HOME if network.version == address.version)


def _bad_url(field: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(field, f"Invalid image url: {reason}.")
