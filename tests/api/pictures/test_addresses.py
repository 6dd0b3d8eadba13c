"""Addresses that a request may name: only public ones, however they are spelled."""

from __future__ import annotations

import pytest

from modules.api.pictures.addresses import locate, may_visit, resolve
from modules.foundation.errors import InvalidRequestError

PUBLIC = "93.184.216.34"
FORBIDDEN = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.5", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
    "2001:db8::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "", "localhost",
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_of_a_computer_or_network_may_be_visited(address):
    assert not may_visit(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_may(address):
    assert may_visit(address)


@pytest.mark.parametrize(("address", "allowed"), [
    ("127.0.0.1", True), ("::1", True), ("192.168.1.1", True), ("fd12::1", True), ("::ffff:10.0.0.1", True),
    ("169.254.169.254", False), ("fe80::1", False), ("0.0.0.0", False), ("224.0.0.1", False),
    ("64:ff9b::a9fe:a9fe", False)])
def test_opening_the_local_network_leaves_the_cloud_s_own_address_closed(address, allowed):
    assert may_visit(address, allow_local=True) is allowed


@pytest.mark.parametrize("host", [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]",
    "localhost"])
def test_spellings_that_the_system_understands_are_seen_through(host):
    with pytest.raises(InvalidRequestError, match=r"local resource not allowed|no address"):
        locate(f"http://{host}/a.png", "mask", resolver=resolve)


def test_a_name_is_refused_for_any_of_its_addresses():
    with pytest.raises(InvalidRequestError, match="local resource"):
        locate("http://two.example/a.png", "mask", resolver=lambda host, port: [PUBLIC, "10.0.0.1"])


def test_a_name_is_pinned_to_the_address_that_was_checked():
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    endpoint = locate("https://rebinding.example:8443/a.png?b=1#c", "mask", resolver=lambda *_: next(answers))
    assert (endpoint.address, endpoint.port, endpoint.target) == (PUBLIC, 8443, "/a.png?b=1")
    assert endpoint.host_header == "rebinding.example:8443"


@pytest.mark.parametrize("url", [
    "http://", "http:///a", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "http://user@a.example/",
    "http://u:p@a.example/", "http://a.example:99999/", "http://a.example:x/", "http://a b.example/",
    "http://a.example/\r\nX: y", "http://ex\u00e4mple/", "http://[::1/", "http://" + "a" * 5000])
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(InvalidRequestError, match="Invalid image url"):
        locate(url, "mask", resolver=lambda *_: [PUBLIC])


@pytest.mark.parametrize("failure", [OSError, UnicodeError])
def test_a_name_without_an_address_is_refused(failure):
    def fail(host, port):
        raise failure

    with pytest.raises(InvalidRequestError, match="no address"):
        locate("http://nowhere.example/", "mask", resolver=fail)
