import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.imaging.faces.alignment import (
    SIDE_PX,
    TEMPLATE,
    alignment_of,
    crop_face,
    feathered_square,
    invert,
    paste_face,
)
from modules.imaging.faces.face import Face

WHITE = Image.new("L", (SIDE_PX, SIDE_PX), 255)


def place(scale: float, turn: float, x: float, y: float) -> np.ndarray:
    """The template turned about its centre, scaled and put somewhere."""
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    return (TEMPLATE - 256) @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def smooth(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (9 + band) + band) * np.cos(y / (13 - band)) for band in range(3)]
    return Image.fromarray((128 + 100 * np.stack(waves, -1)).astype(np.uint8))


@settings(max_examples=60, deadline=None)
@given(scale=st.floats(0.05, 4), turn=st.floats(-math.pi, math.pi), x=st.floats(-500, 2000), y=st.floats(-500, 2000))
def test_landmarks_are_brought_to_the_template_and_back(scale, turn, x, y):
    landmarks = place(scale, turn, x, y)
    matrix = alignment_of(Face(landmarks))
    assert np.allclose(landmarks @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=1e-6)
    back = invert(matrix)
    assert np.allclose(TEMPLATE @ back[:, :2].T + back[:, 2], landmarks, atol=1e-6)


def test_an_odd_face_is_neither_sheared_nor_mirrored():
    odd = place(0.5, 0.2, 100, 100) + np.random.default_rng(0).normal(0, 4, (5, 2))
    turn = alignment_of(Face(odd))[:, :2]
    assert np.isclose(turn[0, 0], turn[1, 1]) and np.isclose(turn[0, 1], -turn[1, 0]) and np.linalg.det(turn) > 0


def test_a_face_that_is_upright_already_is_cut_out_to_the_pixel():
    image = smooth(700, 650)
    crop = crop_face(image, alignment_of(Face(TEMPLATE + np.array([60, 40]))))
    assert np.abs(np.asarray(crop).astype(int) - np.asarray(image.crop((60, 40, 572, 552)))).max() <= 1


@pytest.mark.parametrize("scale, turn, x, y", [(0.6, 0.3, 250, 240), (0.45, -1.2, 200, 300), (0.8, 3.0, 250, 240)])
def test_a_face_laid_back_unchanged_changes_nothing(scale, turn, x, y):
    image = smooth(500, 480)
    matrix = alignment_of(Face(place(scale, turn, x, y)))
    again = image.copy()
    paste_face(again, crop_face(image, matrix), feathered_square(), matrix)
    assert np.abs(np.asarray(again).astype(int) - np.asarray(image)).max() <= 4


def test_a_mark_lands_on_its_landmark():
    """Where a pixel goes is checked end to end: drawn on the aligned face, found in the picture."""
    landmarks = place(0.5, 0.7, 220, 180)
    matrix = alignment_of(Face(landmarks))
    face = Image.new("RGB", (SIDE_PX, SIDE_PX))
    nose = TEMPLATE[2].round().astype(int)
    face.paste((255, 255, 255), tuple(nose - 6) + tuple(nose + 7))
    picture = Image.new("RGB", (440, 400))
    paste_face(picture, face, WHITE, matrix)
    y, x = np.nonzero(np.asarray(picture)[..., 0] > 127)
    assert np.allclose((x.mean(), y.mean()), landmarks[2], atol=0.5)


def test_pixels_without_mask_stay_to_the_last_bit():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 320, 3), dtype=np.uint8))
    matrix = alignment_of(Face(place(0.3, 0.4, 150, 140)))
    mask = Image.new("L", (SIDE_PX, SIDE_PX), 0)
    again = image.copy()
    paste_face(again, Image.new("RGB", (SIDE_PX, SIDE_PX), "red"), mask, matrix)
    assert again.tobytes() == image.tobytes()
    paste_face(again, Image.new("RGB", (SIDE_PX, SIDE_PX), "red"), feathered_square(), matrix)
    changed = np.any(np.asarray(again) != np.asarray(image), axis=-1)
    assert changed[140, 150] and not changed[:38].any() and not changed[:, 252:].any()


@pytest.mark.parametrize("x, y", [(-900, 100), (100, 5000), (-20, -20)])
def test_faces_that_hang_over_the_edge_or_lie_outside(x, y):
    image = smooth(200, 160)
    matrix = alignment_of(Face(place(0.4, 0.1, x, y)))
    again = image.copy()
    paste_face(again, crop_face(image, matrix), WHITE, matrix)
    assert again.size == image.size
    assert crop_face(image, matrix).size == (SIDE_PX, SIDE_PX)


def test_the_square_fades_out_before_its_edge():
    mask = np.asarray(feathered_square())
    assert mask[256, 256] == 255 and mask[0].max() == 0 and mask[:, -1].max() == 0
    assert np.all(np.diff(mask[256, :256].astype(int)) >= 0)
