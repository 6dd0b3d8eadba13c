"""Which addresses may be asked, what refusals mean, and where keys go."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.hubs.access import Access


@pytest.mark.parametrize(("status", "words", "remedy"), [
    (404, "has nothing at", "Check the address"), (429, "fewer requests", "few minutes"),
    (500, "error 500", "later"), (401, "needs an access token", "with a browser")])
def test_refusals_are_explained(hub, status, words, remedy):
    url = hub.put("/file", b"no", status=status)
    with pytest.raises(NotFoundError, match=words) as caught:
        hub.access.open(url)
    assert remedy in caught.value.remedy


def test_gated_models_say_which_variable_holds_the_key():
    without, with_key = Access(), Access(tokens={"huggingface.co": "secret"})
    refused = without._explain_status("huggingface.co", 401)
    assert "HF_TOKEN" in refused.remedy and "Accept the model's terms" in refused.remedy
    refused = with_key._explain_status("huggingface.co", 403)
    assert "does not open it" in refused.remedy and "secret" not in str(refused)


def test_a_key_goes_to_its_own_host_alone(hub):
    target = hub.put("/target")
    access = Access(hub.address, {"127.0.0.1": "secret", "huggingface.co": "other"})
    with access.open(hub.put("/start", b"", status=302, Location=target)) as answer:
        assert answer.status == 200
    assert [headers.get("Authorization") for _, headers in hub.asked] == ["Bearer secret"] * 2
    elsewhere = urllib.request.Request("https://cdn.example/file")
    access.follow(elsewhere, "https://huggingface.co/a/b")
    assert not elsewhere.has_header("Authorization") and "Authorization" not in elsewhere.unredirected_hdrs


@pytest.mark.parametrize(("location", "words"), [
    ("http://127.0.0.1:9/x", "not secure"), ("file:///etc/passwd", "error 302")])
def test_redirects_lead_to_secure_places_only(hub, location, words):
    with pytest.raises(NotFoundError, match=words):
        hub.access.open(hub.put("/start", b"", status=302, Location=location))


def test_an_exposed_server_is_not_led_into_its_network(monkeypatch):
    places = {"inside.example": "10.0.0.1", "outside.example": "93.184.216.34"}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: [(0, 0, 0, "", (places[host], 443))])
    access = Access(only_hubs=True)
    access.follow(urllib.request.Request("https://outside.example/x"), "https://huggingface.co/a")
    with pytest.raises(urllib.error.URLError, match="local network"):
        access.follow(urllib.request.Request("https://inside.example/x"), "https://huggingface.co/a")


def test_being_offline_is_said(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NotFoundError, match="seems to be offline") as caught:
        Access().open("https://huggingface.co/api/models/a/b")
    assert "Check the connection" in caught.value.remedy


def test_silence_is_not_waited_for_long():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NotFoundError, match="did not answer within 0 s"):
            Access(address, timeout_s=0.1).open(f"{address}/x")


@pytest.mark.parametrize("address", [
    "http://example.com/x.safetensors", "file:///etc/passwd", "https://user@example.com/x", "ftp://x/y", "//x/y",
    "https://[bad/x", "x", "a/b/c", "https://exa mple.com/", "https://ex\u00e4mple.com/x", "https://" + "a" * 3000])
def test_addresses_that_may_not_be_asked(address):
    with pytest.raises(InvalidRequestError) as caught:
        Access().check(address)
    assert caught.value.field == "address" and "owner/name" in caught.value.remedy


def test_only_hubs_while_others_can_reach_the_server():
    access = Access(only_hubs=True)
    access.check("https://huggingface.co/a/b")
    access.check("https://civitai.com/api/download/models/1")
    for address in ("https://example.com/x.safetensors", "https://huggingface.co.example.com/a/b",
                    "https://huggingface.co:8443/a/b"):
        with pytest.raises(InvalidRequestError, match="Other computers can reach this server"):
            access.check(address)
