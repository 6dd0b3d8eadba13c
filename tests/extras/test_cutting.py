"""Operations that cut: splitting, focal crop, auto-sized crop, flipped copies."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from modules.extras.autosized_crop import MINIMIZE_ERROR, AutosizedCrop, shape_error
from modules.extras.flipping import BOTH, HORIZONTAL, VERTICAL, FlippedCopies
from modules.extras.focal_crop import DEBUG_TAG, FocalCrop, cut_around
from modules.extras.focal_points import Point, find_edge_point, find_entropy_point
from modules.extras.operation import Tools
from modules.extras.picture import Picture
from modules.extras.splitting import SplitOversized
from modules.foundation.box import Box
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.size import Size
from modules.imaging.faces.face import Face


class Workshop:
    """Tools that find the given faces and remember what was said."""

    def __init__(self, *faces: Face) -> None:
        self.said: list[str] = []
        self.tools = Tools(lambda image, *_: image, lambda image, *_: image, lambda image: faces, self.said.append)


TOOLS = Workshop().tools


def noise(size: tuple[int, int], busy: Box) -> Image.Image:
    """A plain picture with one busy part."""
    pixels = np.full((size[1], size[0], 3), 128, np.uint8)
    pixels[busy.y1:busy.y2, busy.x1:busy.x2] = np.random.default_rng(0).integers(
        0, 256, (busy.y2 - busy.y1, busy.x2 - busy.x1, 3))
    return Image.fromarray(pixels)


@pytest.mark.parametrize(("size", "target", "overlap", "pieces"), [
    ((64, 256), (64, 64), 0.2, 5),      # (256 - 12.8) / 51.2 = 4.75
    ((256, 64), (64, 64), 0.0, 4),
    ((256, 64), (64, 64), 0.5, 7),
    ((32, 128), (64, 64), 0.0, 4),      # scaled up to the target first
    ((64, 100), (64, 64), 0.2, 1),      # not oversized enough
    ((64, 64), (64, 64), 0.2, 1),
])
def test_long_pictures_become_pieces_of_the_target(size, target, overlap, pieces):
    picture = Picture(Image.linear_gradient("L").resize(size).convert("RGB"), target=Size(*target))
    made = SplitOversized(overlap_ratio=overlap).process(picture, TOOLS)
    assert len(made) == pieces
    if pieces > 1:
        assert {piece.image.size for piece in made} == {target}
        assert made[-1].image.getpixel((63, 63)) == picture.image.getpixel((size[0] - 1, size[1] - 1))


def test_hundreds_of_pieces_are_refused():
    with pytest.raises(InvalidRequestError, match="893 pieces"):
        SplitOversized().process(Picture(Image.new("RGB", (7, 5000)), target=Size(512, 512)), TOOLS)


@pytest.mark.parametrize("busy", [Box(10, 20, 40, 60), Box(250, 20, 290, 60)])
def test_the_busy_part_stays_in_the_cut(busy):
    picture = Picture(noise((300, 80), busy), target=Size(80, 80))
    cut = FocalCrop().process(picture, TOOLS)[0].image
    assert cut.size == (80, 80)
    kept = (np.asarray(cut) != 128).any(axis=2).sum()
    assert kept > 0.9 * busy.size.pixels


def test_faces_outweigh_detail():
    face = Face(np.array([[270, 30], [290, 30], [280, 40], [272, 50], [288, 50]], dtype=float))
    picture = Picture(noise((300, 80), Box(0, 0, 60, 80)), target=Size(80, 80))
    with_face = FocalCrop(edges_weight=0.0, debug=True).process(picture, Workshop(face).tools)
    assert with_face[0].image.getcolors() == [(6400, (128, 128, 128))]  # the right end, where the face is
    assert with_face[1].tags == (DEBUG_TAG,) and with_face[1].finished and with_face[1].image.size == (300, 80)


def test_a_missing_face_detector_is_said_once_and_the_cut_is_made():
    said: list[str] = []

    def refuse(image: Image.Image) -> list[Face]:
        raise NotFoundError("Faces cannot be found yet.", remedy="Put x into y.")

    tools = Tools(TOOLS.enlarge, TOOLS.restore_faces, refuse, said.append)
    picture = Picture(Image.new("RGB", (90, 50)), target=Size(40, 40))
    assert FocalCrop().process(picture, tools)[0].image.size == (40, 40)
    assert said == ["Auto focal point crop did not look for faces. Faces cannot be found yet. Put x into y."]


def test_points_of_a_plain_picture():
    plain = Image.new("RGB", (100, 50))
    assert find_edge_point(plain, 1) is None
    assert find_entropy_point(plain, Size(50, 50), 1) == Point(49, 25, 1)  # the middle, to a step


def test_the_cut_stays_inside_the_picture():
    assert cut_around(Point(0, 999, 1), Size(100, 50), Size(40, 40)) == Box(0, 10, 40, 50)
    assert cut_around(None, Size(100, 50), Size(50, 50)) == Box(25, 0, 75, 50)


@pytest.mark.parametrize(("size", "options", "made"), [
    ((1000, 1000), {}, (640, 640)),
    ((1000, 500), {}, (768, 384)),
    ((1000, 700), {"objective": MINIMIZE_ERROR}, (640, 448)),
    ((500, 1000), {"maxarea": 384 * 640, "threshold": 0.25}, (384, 640)),
])
def test_autosized_crop_chooses_a_size_close_in_shape(size, options, made):
    workshop = Workshop()
    result = AutosizedCrop(**options).process(Picture(Image.new("RGB", size)), workshop.tools)
    assert result[0].image.size == made and not workshop.said


def test_autosized_crop_leaves_what_fits_no_size():
    workshop = Workshop()
    assert AutosizedCrop().process(Picture(Image.new("RGB", (7, 500))), workshop.tools)[0].image.size == (7, 500)
    assert "no size of 384 to 768 px" in workshop.said[0]


def test_shape_error():
    assert shape_error(Size(100, 100), Size(64, 64)) == 0
    assert shape_error(Size(100, 50), Size(50, 50)) == shape_error(Size(50, 100), Size(50, 50)) == 0.5


def test_flipped_copies_follow_the_original():
    image = Image.new("RGB", (2, 2))
    image.putpixel((0, 0), (255, 0, 0))
    made = FlippedCopies((BOTH, HORIZONTAL, VERTICAL)).process(Picture(image), TOOLS)
    places = [next((x, y) for x in (0, 1) for y in (0, 1) if one.image.getpixel((x, y)) == (255, 0, 0)) for one in made]
    assert places == [(0, 0), (1, 0), (0, 1), (1, 1)]
