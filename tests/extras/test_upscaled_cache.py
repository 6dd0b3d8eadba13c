from __future__ import annotations

from PIL import Image

from modules.extras import upscaled_cache
from modules.extras.upscaled_cache import UpscaledCache, fingerprint


def test_the_newest_pictures_are_kept():
    cache, made = UpscaledCache(), []

    def get(key: str, most: int = 2) -> Image.Image:
        return cache.get_or_make(key, most, lambda: made.append(key) or Image.new("RGB", (8, 8)))

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    assert made == ["a", "b", "c", "b"]
    get("a", most=0)
    assert made == ["a", "b", "c", "b"]  # it was still there
    get("b", most=0)
    get("d", most=0)
    get("d", most=0)
    assert made[-2:] == ["d", "d"]


def test_what_was_given_out_can_be_changed():
    cache = UpscaledCache()
    for _ in range(2):
        image = cache.get_or_make("x", 5, lambda: Image.new("RGB", (2, 2)))
        assert image.getpixel((0, 0)) == (0, 0, 0)
        image.putpixel((0, 0), (9, 9, 9))


def test_huge_pictures_are_not_kept(monkeypatch):
    monkeypatch.setattr(upscaled_cache, "MAX_CACHED_PIXELS", 99)
    cache = UpscaledCache()
    made = [cache.get_or_make("x", 5, lambda: Image.new("RGB", (10, 10))) for _ in range(2)]
    assert made[0] is not made[1] and cache.get_or_make("x", 5, lambda: Image.new("L", (1, 1))).size == (1, 1)


def test_pictures_of_other_content_mode_or_size_have_other_fingerprints():
    prints = {fingerprint(Image.new(mode, size)) for mode in ("RGB", "RGBA", "L") for size in ((2, 3), (3, 2))}
    assert len(prints) == 6
