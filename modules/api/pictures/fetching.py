"""A small HTTP client for addresses that other people chose: pinned, bounded in size and time."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

from modules.api.pictures.addresses import Endpoint, Resolver, locate, resolve
from modules.foundation.errors import InvalidRequestError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class FetchRules:
    """How far a fetch may go. ``timeout_s`` is for all of it, redirects included."""

    max_bytes: int
    timeout_s: float = 30.0
    allow_local: bool = False
    user_agent: str = ""
    resolver: Resolver = field(default=resolve)


def fetch(url: str, name: str, rules: FetchRules) -> bytes:
    """Return what lies at a web address. Every redirect is checked like the first address.

    Raises: InvalidRequestError naming the request's field ``name``.
    """
    deadline = time.monotonic() + rules.timeout_s
    headers = {"Accept": "image/*", **({"User-Agent": rules.user_agent} if rules.user_agent else {})}
    for _ in range(MAX_REDIRECTS + 1):
        endpoint = locate(url, name, allow_local=rules.allow_local, resolver=rules.resolver)
        with _exchange(endpoint, "GET", headers, None, deadline, name) as answer:
            if answer.status in REDIRECTS:
                url = urljoin(url, answer.headers.get("Location", ""))
                continue
            if answer.status != 200:
                raise InvalidRequestError(name, f"Invalid image url: its server answered {answer.status}.")
            data = _read(answer, name, rules.max_bytes)
            if time.monotonic() >= deadline:
                raise TimeoutError  # an answer that was cut may look like a short one
            return data
    raise InvalidRequestError(name, f"Invalid image url: it leads through more than {MAX_REDIRECTS} redirects.")


def post(url: str, name: str, rules: FetchRules, body: bytes, headers: Mapping[str, str]) -> int:
    """Send ``body`` and return the status of the answer; redirects are not followed.

    Raises: InvalidRequestError naming the request's field ``name``.
    """
    endpoint = locate(url, name, allow_local=rules.allow_local, resolver=rules.resolver)
    deadline = time.monotonic() + rules.timeout_s
    with _exchange(endpoint, "POST", headers, body, deadline, name) as answer:
        return answer.status


@contextmanager
def _exchange(endpoint: Endpoint, method: str, headers: Mapping[str, str], body: bytes | None, deadline: float,
              name: str) -> Iterator[http.client.HTTPResponse]:
    """Send one request and yield its answer; the connection is cut at the deadline, whatever the other side does."""
    connection = _PinnedConnection(endpoint, max(deadline - time.monotonic(), 0.01))
    watchdog = threading.Timer(max(deadline - time.monotonic(), 0.01), connection.cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request(method, endpoint.target, body, {"Host": endpoint.host_header, **headers})
        yield connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline
        raise InvalidRequestError(name, "Invalid image url: its server did not answer in time." if late else
                                  "Invalid image url: its server could not be reached.") from error
    finally:
        watchdog.cancel()
        connection.close()


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to the address that was checked; the name serves for the certificate only."""

    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=timeout_s)
        self._endpoint = endpoint

    def connect(self) -> None:
        self.sock = socket.create_connection((self._endpoint.address, self._endpoint.port), self.timeout)
        if self._endpoint.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._endpoint.host)

    def cut(self) -> None:
        """End whatever is going on."""
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse, name: str, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while chunk := answer.read1(CHUNK_BYTES):
        chunks.append(chunk)
        total += len(chunk)
        if total > max_bytes:
            raise InvalidRequestError(name, f"The picture at this address is larger than {max_bytes / 2**20:.0f} MB.")
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(chunks)
