from __future__ import annotations

import base64

import pytest

from modules.api.pictures.fetching import FetchRules
from modules.api.pictures.intake import PictureIntake, decode
from modules.artefacts.picture_store import PictureStore
from modules.foundation.errors import InvalidRequestError
from modules.settings.store import SettingsStore

DATA = b"\x89PNG anything"
TEXT = base64.b64encode(DATA).decode()


@pytest.mark.parametrize("text", [
    TEXT, f"data:image/png;base64,{TEXT}", f"data:image/svg+xml;base64,{TEXT}", f"DATA:IMAGE/PNG;BASE64,{TEXT}",
    f"data:;base64,{TEXT}", "\n".join(TEXT), f"{TEXT[:4]} {TEXT[4:]}\r\n"])
def test_base64_is_read_with_and_without_an_announcement(text):
    assert decode(text, "mask") == DATA


@pytest.mark.parametrize("text", [
    "no base64!", f"data:text/html;base64,{TEXT}", f"data:image/png,{TEXT}", "data:", TEXT[:-3], "\u00e4" * 8, "=" * 9,
    "file:///etc/passwd", "\ud800"])
def test_what_is_no_base64_is_refused_by_name(text):
    with pytest.raises(InvalidRequestError, match="Invalid encoded image") as caught:
        decode(text, "init_images.0")
    assert caught.value.field == "init_images.0"


def test_large_pictures_are_refused_before_they_are_decoded():
    with pytest.raises(InvalidRequestError, match="at most 40 MB"):
        decode("A" * (62 * 2**20), "image")


@pytest.fixture
def intake(tmp_path):
    return PictureIntake(PictureStore(tmp_path / "pictures"), SettingsStore(tmp_path / "config.json"),
                         FetchRules(1000, resolver=lambda *_: ["10.0.0.1"]))


def test_addresses_are_not_fetched_unless_that_is_allowed(intake):
    with pytest.raises(InvalidRequestError, match="Requests not allowed"):
        intake.read("http://a.example/a.png", "mask")
    intake._settings.update({"api_enable_requests": True})
    with pytest.raises(InvalidRequestError, match="Request to local resource not allowed"):
        intake.read("HTTPS://a.example/a.png", "mask")


def test_the_local_network_can_be_opened_by_its_owner(intake):
    assert not intake.rules(intake._settings.current.api).allow_local
    intake._settings.update({"api_forbid_local_requests": False, "api_useragent": "me"})
    rules = intake.rules(intake._settings.current.api)
    assert rules.allow_local and rules.user_agent == "me"
