from __future__ import annotations

import torch

from modules.adapters.delta_cache import DeltaCache, DeltaKey

FIRST, SECOND = ("a", 1, 1), ("b", 1, 1)


def computing(calls, value):
    def compute():
        calls.append(value)
        return torch.full((4,), float(value))

    return compute


def test_what_is_known_is_not_computed_again():
    cache, calls = DeltaCache(100), []
    for _ in range(2):
        assert cache.get(DeltaKey(FIRST, "layer", None), computing(calls, 1))[0] == 1
    cache.get(DeltaKey(FIRST, "layer", 2), computing(calls, 2))
    assert calls == [1, 2] and cache.size_bytes == 32


def test_what_has_no_room_is_not_kept_and_pushes_nothing_out():
    cache, calls = DeltaCache(20), []
    for layer in ("one", "two", "one", "two"):
        cache.get(DeltaKey(FIRST, layer, None), computing(calls, 1 if layer == "one" else 2))
    assert calls == [1, 2, 2] and cache.size_bytes == 16


def test_files_out_of_use_make_room():
    cache, calls = DeltaCache(20), []
    cache.get(DeltaKey(FIRST, "layer", None), computing(calls, 1))
    cache.keep_only([SECOND])
    assert cache.size_bytes == 0
    cache.get(DeltaKey(SECOND, "layer", None), computing(calls, 2))
    cache.get(DeltaKey(SECOND, "layer", None), computing(calls, 2))
    assert calls == [1, 2]
