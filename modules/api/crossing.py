"""Whether a request may come in at all: by which name, from which page, in which form.

A page anywhere on the web can send requests to this computer, so the name under which the server was
reached and the page that asks are checked for every request, whatever it wants.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_SHARED_ADDRESSES = ipaddress.ip_network("100.64.0.0/10")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.IGNORECASE)
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SIMPLE_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded"})
_BROWSER_MARKS = ("origin", "sec-fetch-site", "sec-fetch-mode", "cookie")


@dataclass(frozen=True)
class Refusal:
    """An answer given instead of the application's. ``detail`` is for a person to read."""

    status: int
    detail: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CrossingRules:
    """By which names the server may be reached and which other sites may use it.

    ``named_hosts``: names the person gave, where a proxy may have turned https into http.
    ``any_private_address``: also every address of a local network, for a server bound to all of them.
    """

    local_hosts: frozenset[str] = LOCAL_NAMES
    named_hosts: frozenset[str] = frozenset()
    any_private_address: bool = False
    origins: frozenset[str] = frozenset()
    origin_pattern: re.Pattern[str] | None = None

    def knows_host(self, name: str) -> bool:
        return (name in self.local_hosts or name in self.named_hosts
                or (self.any_private_address and _is_private(name)))

    def trusts_origin(self, origin: str) -> bool:
        return origin in self.origins or bool(self.origin_pattern and self.origin_pattern.fullmatch(origin))


class RequestHeaders:
    """The headers of an ASGI request by lower-case name."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in scope.get("headers", ()):
            self._values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def every(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def first(self, name: str, default: str = "") -> str:
        return self._values.get(name, [default])[0]


def refuse_host(headers: RequestHeaders, rules: CrossingRules) -> Refusal | None:
    """Refuse a name that is not ours: a foreign one means that somebody's DNS points here."""
    values = headers.every("host")
    match = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        return Refusal(400, "The request needs exactly one valid Host header.")
    name = match[1].lower()
    if rules.knows_host(_shortest(name[1:-1]) if name.startswith("[") else name):
        return None
    return Refusal(421, f"This server does not answer to the name {name}. If it should, start it with "
                        f"--allowed-host {name.strip('[]')}")


def refuse_page(scope: Mapping[str, Any], headers: RequestHeaders, rules: CrossingRules) -> Refusal | None:
    """Refuse what a page of another site asks for, except that it may link here."""
    origins = headers.every("origin")
    if len(origins) > 1:
        return Refusal(400, "The request has more than one Origin header.")
    if origins:
        if rules.trusts_origin(origins[0].lower()):
            return None
        if not _same_origin(origins[0].lower(), scope, headers, rules):
            return Refusal(403, "Requests from pages of other sites are refused. To let a site in, start the "
                                "server with --cors-allow-origins and its address.")
    if headers.first("sec-fetch-site", "none").lower() in ("none", "same-origin") or _is_link(scope, headers):
        return None
    return Refusal(403, "Requests from pages of other sites are refused.")


def refuse_form(scope: Mapping[str, Any], headers: RequestHeaders) -> Refusal | None:
    """Refuse bodies in the forms that a page may send to another site without being asked.

    A body of no type at all may come from programs, as with A1111, but from no browser.
    """
    if scope["method"] not in _BODY_METHODS or not _has_body(headers):
        return None
    kind = headers.first("content-type").split(";")[0].strip().lower()
    from_browser = any(headers.every(name) for name in _BROWSER_MARKS)
    if kind not in _SIMPLE_TYPES and (kind or not from_browser):
        return None
    return Refusal(415, "Send the body with a Content-Type of application/json (or multipart/form-data for files).")


def _has_body(headers: RequestHeaders) -> bool:
    return headers.first("content-length", "0").strip() != "0" or bool(headers.every("transfer-encoding"))


def _same_origin(origin: str, scope: Mapping[str, Any], headers: RequestHeaders, rules: CrossingRules) -> bool:
    host = headers.first("host").lower()
    schemes = {"https" if scope["scheme"] in ("https", "wss") else "http"}
    match = _HOST.fullmatch(host)
    if match and match[1].strip("[]") in rules.named_hosts:
        schemes = {"http", "https"}
    return any(origin == f"{scheme}://{host}" for scheme in schemes)


def _is_link(scope: Mapping[str, Any], headers: RequestHeaders) -> bool:
    return (scope.get("method") in ("GET", "HEAD") and headers.first("sec-fetch-mode").lower() == "navigate"
            and headers.first("sec-fetch-dest", "document").lower() == "document")


def _is_private(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if address.is_unspecified or address.is_multicast:
        return False
    return address.is_private or (address.version == 4 and address in _SHARED_ADDRESSES)


def _shortest(address: str) -> str:
    try:
        return ipaddress.ip_address(address).compressed
    except ValueError:
        return address
