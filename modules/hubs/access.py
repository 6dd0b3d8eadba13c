"""Every connection to a hub: which addresses may be asked, with which keys, and what a refusal means."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from modules.foundation.addresses import may_visit
from modules.foundation.errors import InvalidRequestError, NotFoundError

HUGGING_FACE = "https://huggingface.co"
CIVITAI = "https://civitai.com"
TOKEN_VARIABLES = {"huggingface.co": "HF_TOKEN", "civitai.com": "CIVITAI_TOKEN"}
"""The environment variable that holds a person's key, by host."""
MAX_ADDRESS_CHARACTERS = 2000
_AGENT = {"User-Agent": "stable-diffusion-webui"}
_OFFLINE = "Check the connection to the internet, then try again."


@dataclass(frozen=True)
class Access:
    """How the outside may be reached. ``hub`` is Hugging Face, or a mirror of it.

    With ``only_hubs`` nothing but the hubs themselves can be named, and no redirect leads into the local network:
    that is for servers which others can reach.
    """

    hub: str = HUGGING_FACE
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Keys by host; each is sent to its host alone."""
    only_hubs: bool = False
    timeout_s: float = 15.0

    def check(self, url: str) -> SplitResult:
        """Take an address apart that somebody typed. Raises: InvalidRequestError for one that may not be asked."""
        parts = _split(url)
        ours = (urlsplit(self.hub)[:2], urlsplit(HUGGING_FACE)[:2], urlsplit(CIVITAI)[:2])
        if parts[:2] in ours:
            return parts
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
            raise InvalidRequestError("address", "This is neither a model on Hugging Face nor an https address.",
                                      remedy="Write owner/name, or the address of a file that begins with https://.")
        if self.only_hubs:
            raise InvalidRequestError(
                "address", "Other computers can reach this server, so it fetches from Hugging Face and Civitai only.",
                remedy="Put the file into the models folder yourself.")
        return parts

    def open(self, url: str, headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        """Ask for an address; the answer is 200 or 206. Raises: NotFoundError, saying why there is none."""
        request = urllib.request.Request(url, headers={**_AGENT, **(headers or {})})
        self._add_token(request)
        try:
            return urllib.request.build_opener(_Redirects(self)).open(request, timeout=self.timeout_s)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._explain(url, error) from error

    def follow(self, request: urllib.request.Request, origin: str) -> None:
        """Check a redirect and give it the key of its own host. Raises: URLError."""
        target, source = urlsplit(request.full_url), urlsplit(origin)
        if target.scheme != "https" and target[:2] != source[:2]:
            raise urllib.error.URLError(f"the server points to {request.full_url[:80]}, which is not secure")
        if self.only_hubs and not _is_public(target.hostname or ""):
            raise urllib.error.URLError("the server points into the local network")
        self._add_token(request)

    def _add_token(self, request: urllib.request.Request) -> None:
        token = self.tokens.get(_owner_of(request.host))
        if token:
            request.add_unredirected_header("Authorization", f"Bearer {token}")

    def _explain(self, url: str, error: Exception) -> NotFoundError:
        host = urlsplit(url).hostname or ""
        if isinstance(error, urllib.error.HTTPError):
            error.close()
            return self._explain_status(host, error.code)
        reason = getattr(error, "reason", error)
        if isinstance(reason, socket.gaierror):
            return NotFoundError(f"{host} was not found: this computer seems to be offline.", remedy=_OFFLINE)
        if isinstance(reason, TimeoutError):
            return NotFoundError(f"{host} did not answer within {self.timeout_s:.0f} s.", remedy=_OFFLINE)
        if isinstance(reason, ssl.SSLError):
            return NotFoundError(f"{host} could not be reached securely ({str(reason)[:100]}).",
                                 remedy="Check this computer's clock, and whether a proxy stands in between.")
        return NotFoundError(f"{host} could not be reached ({str(reason)[:120] or type(error).__name__}).",
                             remedy=_OFFLINE)

    def _explain_status(self, host: str, status: int) -> NotFoundError:
        if status in (401, 403):
            return self._explain_refusal(host, status)
        if status == 404:
            return NotFoundError(f"{host} has nothing at this address (404).", remedy="Check the address.")
        if status == 429:
            return NotFoundError(f"{host} wants fewer requests (429).", remedy="Try again in a few minutes.")
        return NotFoundError(f"{host} answered with error {status}.", remedy="Try again later.")

    def _explain_refusal(self, host: str, status: int) -> NotFoundError:
        owner = _owner_of(host)
        variable = TOKEN_VARIABLES.get(owner)
        if variable is None:
            remedy = "Log in there with a browser, and put the file into the models folder yourself."
        elif owner in self.tokens:
            remedy = f"The key in {variable} does not open it: accept the model's terms on its page first."
        else:
            remedy = (f"Accept the model's terms on its page, make an access token there, and start the program with "
                      f"the environment variable {variable} set to it.")
        return NotFoundError(f"{host} does not give this to everybody ({status}): it needs an access token.",
                             remedy=remedy)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects only to where ``Access`` lets them go."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None:
            self._access.follow(request, req.full_url)
        return request


def _split(url: str) -> SplitResult:
    if len(url) <= MAX_ADDRESS_CHARACTERS and url.isascii() and url.isprintable() and " " not in url:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            pass
        else:
            return parts
    raise InvalidRequestError("address", "This address cannot be read.",
                              remedy="Write owner/name, or the address of a file that begins with https://.")


def _owner_of(host: str) -> str:
    """Whose key belongs to a host: ``www.`` and ports make no difference."""
    return host.lower().rpartition("@")[2].partition(":")[0].removeprefix("www.")


def _is_public(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(may_visit(str(entry[4][0])) for entry in found)
