from __future__ import annotations

import json

import pytest

from modules.extras.autosized_crop import AutosizedCrop
from modules.extras.checks import check_request
from modules.extras.flipping import FlippedCopies
from modules.extras.focal_crop import FocalCrop
from modules.extras.request import ExtrasRequest
from modules.extras.splitting import SplitOversized
from modules.foundation.errors import InvalidRequestError

FULL = ExtrasRequest(
    images=("a" * 40,), names=("x.png",), resize_mode=1, upscaling_resize=4, upscaler_1="Lanczos",
    gfpgan_visibility=0.5, split_oversized=SplitOversized(0.3), focal_crop=FocalCrop(debug=True),
    autosized_crop=AutosizedCrop(maxdim=512), flipped_copies=FlippedCopies(("Both",)), save_images=False,
    override_settings={"ESRGAN_tile": 64})


def test_a_request_survives_json_and_defaults_are_left_out():
    assert ExtrasRequest.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL
    assert ExtrasRequest().to_json() == {}


def test_defaults_are_those_of_a1111s_api():
    names = ("resize_mode", "show_extras_results", "gfpgan_visibility", "codeformer_visibility", "codeformer_weight",
             "upscaling_resize", "upscaling_resize_w", "upscaling_resize_h", "upscaling_crop", "upscaler_1",
             "upscaler_2", "extras_upscaler_2_visibility")
    assert [getattr(ExtrasRequest(), name) for name in names] == [
        0, True, 0, 0, 0, 2, 512, 512, True, "None", "None", 0]


@pytest.mark.parametrize(("values", "field"), [
    ({"resize_mode": 2}, "resize_mode"), ({"upscaling_resize": 0}, "upscaling_resize"),
    ({"upscaling_resize": 1e9}, "upscaling_resize"), ({"upscaling_resize_w": 0}, "upscaling_resize_w"),
    ({"gfpgan_visibility": 1.5}, "gfpgan_visibility"), ({"max_side_length": -1}, "max_side_length"),
    ({"split_oversized": {"overlap_ratio": 0.95}}, "split_oversized.overlap_ratio"),
    ({"autosized_crop": {"objective": "x"}}, "autosized_crop.objective"),
    ({"flipped_copies": {"option": ["Sideways"]}}, "flipped_copies.option"),
    ({"images": ["a"], "names": ["a", "b"]}, "names"), ({"images": ["a"] * 2001}, "images"),
    ({"upscaler": "x"}, "upscaler"), ({"focal_crop": {"face": 1}}, "focal_crop.face"),
    ({"focal_crop": 1}, "focal_crop"), ({"upscaling_resize": "2"}, "upscaling_resize"),
    ({"upscaling_resize": float("nan")}, "upscaling_resize"), ({"upscaling_crop": 1}, "upscaling_crop"),
])
def test_what_cannot_be_is_refused_by_name(values, field):
    with pytest.raises(InvalidRequestError) as caught:
        check_request(ExtrasRequest.from_json(values))
    assert caught.value.field == field
