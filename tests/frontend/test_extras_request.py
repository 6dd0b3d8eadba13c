from __future__ import annotations

import io

import pytest
from PIL import Image

from modules.artefacts.picture_store import PictureStore
from modules.extras.flipping import FlippedCopies
from modules.extras.focal_crop import FocalCrop
from modules.extras.splitting import SplitOversized
from modules.foundation.errors import InvalidRequestError
from modules.frontend.extras_controls import preferred_upscaler
from modules.frontend.extras_request import PLUGIN, read_requests

VALUES = {
    "upscale_enabled": True, "upscaling_resize": 3, "max_side_length": None, "upscaling_resize_w": 64,
    "upscaling_resize_h": 64, "upscaling_crop": False, "upscaler_1": "Lanczos", "upscaler_2": "None",
    "extras_upscaler_2_visibility": 0.0, "gfpgan_enabled": False, "gfpgan_visibility": 1.0,
    "codeformer_enabled": True, "codeformer_visibility": 0.5, "codeformer_weight": 0.2, "split_enabled": True,
    "split_threshold": 0.4, "overlap_ratio": 0.1, "focal_enabled": False, "face_weight": 1, "entropy_weight": 1,
    "edges_weight": 1, "debug": True, "flipped_enabled": True, "flipped_option": ["Both"], "batch_files": None,
    "input_dir": " in ", "output_dir": "", "show_extras_results": False}


@pytest.fixture
def store(tmp_path):
    return PictureStore(tmp_path / "store")


def the_request(store, situation, **values):
    (wanted,) = read_requests(VALUES | values, situation, store)
    return wanted.request


def test_open_sections_count_and_closed_ones_do_not(store):
    request = the_request(store, {"mode": "single", "image": "a" * 40})
    assert (request.images, request.resize_mode, request.upscaling_resize, request.max_side_length) == (
        ("a" * 40,), 0, 3, 0)
    assert (request.gfpgan_visibility, request.codeformer_visibility, request.codeformer_weight) == (0, 0.5, 0.2)
    assert request.split_oversized == SplitOversized(0.4, 0.1)
    assert request.flipped_copies == FlippedCopies(("Both",))
    assert request.focal_crop is None and request.autosized_crop is None
    assert the_request(store, {}, focal_enabled=True).focal_crop == FocalCrop(1, 1, 1, True)


def test_what_is_on_the_page_decides_scale_and_source(store):
    request = the_request(store, {"mode": "directory", "scale_to": True, "image": "ignored"})
    assert (request.resize_mode, request.input_dir, request.images, request.show_extras_results) == (
        1, " in ", (), False)


def test_uploads_keep_their_names_and_bad_ones_are_left_out(store, tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    (tmp_path / "good.png").write_bytes(buffer.getvalue())
    (tmp_path / "bad.png").write_bytes(b"x")
    files = [str(tmp_path / "bad.png"), str(tmp_path / "good.png")]
    bad, wanted = read_requests(VALUES | {"batch_files": files}, {"mode": "batch"}, store)
    assert (bad.title, "not a picture" in str(bad.request)) == ("bad.png", True)
    assert wanted.request.names == ("good.png",)
    assert store.path(wanted.request.images[0]).read_bytes() == buffer.getvalue()


@pytest.mark.parametrize(("situation", "values", "words"), [
    ({"mode": "batch"}, {}, "no pictures"), ({"mode": "directory"}, {"input_dir": " "}, "No input folder")])
def test_a_missing_source_is_said(store, situation, values, words):
    with pytest.raises(InvalidRequestError, match=words):
        list(read_requests(VALUES | values, situation, store))


@pytest.mark.parametrize(("names", "chosen"), [
    (["None", "Lanczos", "Nearest"], "Lanczos"), (["None", "Lanczos", "Nearest", "R-ESRGAN 4x+"], "R-ESRGAN 4x+")])
def test_the_upscaler_chosen_at_first(names, chosen):
    assert preferred_upscaler(names) == chosen


def test_values_of_plugins_are_handed_in_by_their_names(store):
    values = {PLUGIN + '["Remove: background", "model"]': "u2net", PLUGIN + '["Remove: background", "mask"]': object(),
              PLUGIN + '["Tag", "on"]': False}
    assert the_request(store, {}, **values).scripts == {"Remove: background": {"model": "u2net"}, "Tag": {"on": False}}
