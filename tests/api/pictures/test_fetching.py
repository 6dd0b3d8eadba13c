"""Fetching from a server that does not mean well."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from modules.api.pictures.fetching import FetchRules, fetch, post
from modules.foundation.errors import InvalidRequestError

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


@contextlib.contextmanager
def server(*answers: bytes | Callable[[socket.socket], None]):
    """Answer one connection after another; yields its port and what it was asked."""
    asked: list[bytes] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def work() -> None:
            for answer in answers:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    asked.append(connection.recv(65536))
                    if callable(answer):
                        answer(connection)
                    else:
                        connection.sendall(answer)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def rules(**changes) -> FetchRules:
    return FetchRules(**{"max_bytes": 1000, "timeout_s": 5.0, "allow_local": True, **changes})


def redirect(target: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_picture_is_fetched_under_the_name_that_was_asked_for():
    with server(GOOD) as (port, asked):
        resolver = lambda host, _: ["127.0.0.1"] if host == "pictures.example" else []  # noqa: E731
        assert fetch(f"http://pictures.example:{port}/a.png", "mask",
                     rules(resolver=resolver, user_agent="me")) == b"fine"
    assert f"Host: pictures.example:{port}\r\n".encode() in asked[0] and b"User-Agent: me\r\n" in asked[0]


def test_redirects_are_followed_where_they_may_lead():
    with server(redirect("/other"), GOOD) as (port, asked):
        assert fetch(f"http://127.0.0.1:{port}/", "mask", rules()) == b"fine"
    assert asked[1].startswith(b"GET /other ")


@pytest.mark.parametrize("target", [
    "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://0.0.0.0/", "gopher://127.0.0.1/"])
def test_a_redirect_is_checked_like_the_first_address(target):
    with server(redirect(target)) as (port, asked), pytest.raises(InvalidRequestError):
        fetch(f"http://127.0.0.1:{port}/", "mask", rules())
    assert len(asked) == 1


def test_a_redirect_from_outside_to_this_computer_is_refused():
    """The first name is public by the resolver's word, the second is loopback by its own."""
    visited = []

    def resolver(host, port):
        visited.append(host)
        return ["93.184.216.34"] if host == "outside.example" else ["127.0.0.1"]

    with pytest.raises(InvalidRequestError, match="local resource"):
        fetch("http://inside.example/", "mask", rules(allow_local=False, resolver=resolver))
    assert visited == ["inside.example"]


def test_endless_redirects_end():
    with server(*[redirect("/again")] * 10) as (port, asked), pytest.raises(InvalidRequestError, match="redirects"):
        fetch(f"http://127.0.0.1:{port}/", "mask", rules())
    assert len(asked) == 6


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000,
    b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1388\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n",
])
def test_large_answers_are_cut_off(answer):
    with server(answer) as (port, _), pytest.raises(InvalidRequestError, match="larger"):
        fetch(f"http://127.0.0.1:{port}/", "mask", rules())


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"nonsense", b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500,
])
def test_broken_answers_are_the_address_s_fault(answer):
    with server(answer) as (port, _), pytest.raises(InvalidRequestError, match="Invalid image url"):
        fetch(f"http://127.0.0.1:{port}/", "mask", rules())


def drip(connection: socket.socket) -> None:
    """Never pause for long, and never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        connection.sendall(b"a")
        time.sleep(0.05)


def test_the_deadline_holds_against_a_server_that_drips():
    begin = time.monotonic()
    with server(drip) as (port, _), pytest.raises(InvalidRequestError, match="in time"):
        fetch(f"http://127.0.0.1:{port}/", "mask", rules(timeout_s=0.3))
    assert time.monotonic() - begin < 3


def test_a_closed_port_is_explained():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(InvalidRequestError, match="could not be reached"):
        fetch(f"http://127.0.0.1:{port}/", "mask", rules())


def test_posting_tells_the_status_and_follows_nothing():
    with server(redirect("http://127.0.0.1/")) as (port, asked):
        assert post(f"http://127.0.0.1:{port}/hook", "webhook.url", rules(), b"{}", {"X-A": "b"}) == 302
    assert asked[0].startswith(b"POST /hook ") and b"X-A: b" in asked[0]
