from __future__ import annotations

import pytest

from modules.foundation.size import Size


@pytest.mark.parametrize(("text", "size"), [
    ("512x768", Size(512, 768)), (" 64 X 8 ", Size(64, 8)), ("1×2", Size(1, 2))])
def test_parse(text, size):
    assert Size.parse(text) == size
    assert Size.parse(str(size)) == size


@pytest.mark.parametrize("text", ["", "512", "x", "0x8", "-1x8", "1x2x3", "9999999x8", "a" * 100000])
def test_parse_refuses(text):
    with pytest.raises(ValueError):
        Size.parse(text)


def test_latent_size_rounds_down():
    assert Size(519, 64).latent == Size(64, 8)
