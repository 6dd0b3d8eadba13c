from __future__ import annotations

import io
import threading

import pytest
from PIL import Image

from modules.jobs import preview
from modules.jobs.preview import PreviewSlot


def test_an_empty_slot_has_nothing():
    slot = PreviewSlot()
    assert slot.version == 0 and slot.take() is None


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("picture_format", ["jpeg", "webp", "png"])
def test_the_newest_picture_comes_encoded(mode, picture_format):
    slot = PreviewSlot()
    slot.put(Image.new(mode, (4, 4)))
    slot.put(Image.new(mode, (16, 8)))
    taken = slot.take(1, picture_format)
    assert taken.version == 2 and taken.media_type == f"image/{picture_format}"
    decoded = Image.open(io.BytesIO(taken.data))
    assert decoded.size == (16, 8) and decoded.format.lower() == picture_format


def test_a_known_version_is_not_sent_again():
    slot = PreviewSlot()
    slot.put(Image.new("RGB", (4, 4)))
    assert slot.take(1) is None


def test_many_pollers_cost_one_encoding_and_no_poller_none(monkeypatch):
    calls = []
    encode = preview._encode
    monkeypatch.setattr(preview, "_encode", lambda *arguments: calls.append(1) or encode(*arguments))
    slot = PreviewSlot()
    for _ in range(20):
        slot.put(Image.new("RGB", (64, 64)))
    assert calls == []
    threads = [threading.Thread(target=slot.take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]
