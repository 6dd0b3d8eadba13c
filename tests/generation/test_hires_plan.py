"""The sizes of hires fix, as A1111 computes them, and what its second pass is made with."""

from __future__ import annotations

import pytest

from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size
from modules.generation.hires_plan import hires_size, old_first_pass


@pytest.mark.parametrize(("first", "scale", "resize", "enlarged", "cut"), [
    ((512, 512), 2, (0, 0), (1024, 1024), (0, 0)),
    ((512, 768), 1.5, (0, 0), (768, 1152), (0, 0)),
    ((512, 512), 1.33, (0, 0), (680, 680), (0, 0)),
    ((512, 768), 2, (0, 1024), (682, 1024), (0, 0)),
    ((512, 512), 2, (1024, 768), (1024, 1024), (0, 32)),
    ((512, 768), 2, (1024, 1024), (1024, 1536), (0, 64)),
    ((640, 448), 2, (1024, 1024), (1462, 1024), (54, 0)),
])
def test_sizes_are_those_of_a1111(first, scale, resize, enlarged, cut):
    size = hires_size(Size(*first), scale, *resize)
    assert (size.enlarged, size.cut) == (Size(*enlarged), cut)


def test_what_is_left_after_the_cut_is_the_size_that_was_asked_for():
    assert hires_size(Size(640, 448), 2, 1024, 1024).latent == Size(128, 128)


@pytest.mark.parametrize(("target", "first"), [
    ((1024, 1024), (512, 512)), ((768, 512), (640, 448)), ((1920, 1080), (704, 384)), ((640, 960), (448, 640))])
def test_the_first_pass_before_1_0(target, first):
    assert old_first_pass(Size(*target)) == Size(*first)


def test_a_picture_that_would_vanish_is_refused():
    with pytest.raises(InvalidRequestError, match="4x4"):
        hires_size(Size(64, 64), 0.07, 0, 0)
