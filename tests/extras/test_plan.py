from __future__ import annotations

import pytest

from modules.extras.plan import plan_extras
from modules.extras.request import ExtrasRequest
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.settings.values import Settings
from tests.extras.conftest import png

EVERYTHING = {
    "upscaler_1": "Lanczos", "split_oversized": {}, "focal_crop": {}, "autosized_crop": {}, "flipped_copies": {},
    "resize_mode": 1}


@pytest.fixture
def plan(bench):
    def plan(settings: dict | None = None, **values: object):
        values.setdefault("images", [bench.pictures.keep(png())])
        return plan_extras(ExtrasRequest.from_json(values), bench, Settings().with_values(settings or {}))

    return plan


def names(plan) -> list[str]:
    return [operation.name for operation in plan.operations]


def test_operations_come_in_a1111s_order(plan):
    assert names(plan(**EVERYTHING)) == ["Upscale", "Split oversized images", "Auto focal point crop",
                                         "Auto-sized crop", "Create flipped copies"]


def test_the_setting_puts_operations_first(plan):
    made = plan({"postprocessing_operation_order": ["Create flipped copies", "No such thing", "Auto-sized crop"]},
                **EVERYTHING)
    assert names(made) == ["Create flipped copies", "Auto-sized crop", "Upscale", "Split oversized images",
                           "Auto focal point crop"]


def test_the_setting_leaves_operations_out(plan):
    made = plan({"postprocessing_disable_in_extras": ["Upscale", "Auto-sized crop"]}, **EVERYTHING)
    assert "Upscale" not in names(made) and "Auto-sized crop" not in names(made)


def test_unknown_upscalers_are_refused_with_those_there_are(plan):
    with pytest.raises(NotFoundError) as caught:
        plan(upscaler_1="Magic 9x")
    assert "Magic 9x" in caught.value.message and "Lanczos" in caught.value.remedy


@pytest.mark.parametrize(("field", "file"), [
    ("gfpgan_visibility", "GFPGANv1.4.pth"), ("codeformer_visibility", "codeformer-v0.1.0.pth")])
def test_missing_face_restorers_name_their_file(plan, field, file):
    with pytest.raises(NotFoundError) as caught:
        plan(**{field: 1.0})
    assert file in caught.value.remedy


def test_too_large_results_are_refused_before_any_work(plan, bench):
    with pytest.raises(InvalidRequestError, match=r"16000x16000 \(256 million pixels\)"):
        plan(images=[bench.pictures.keep(png((2000, 2000)))], upscaler_1="Lanczos", upscaling_resize=8)
    with pytest.raises(InvalidRequestError, match="17600x8"):
        plan(images=[bench.pictures.keep(png((2200, 1)))], upscaler_1="Lanczos", upscaling_resize=8)


@pytest.mark.parametrize(("values", "words"), [
    ({}, "Nothing was chosen"),
    ({"upscaler_1": "Lanczos", "focal_crop": {}}, "Auto focal point crop: the size to cut to is set under Scale to"),
    ({"upscaler_1": "Lanczos", "resize_mode": 1, "split_oversized": {}},
     "Split oversized images: Crop to fit has cut the pictures already"),
    ({"upscaler_2": "Lanczos", "flipped_copies": {}}, "Upscaler 1 is None"),
])
def test_requests_that_do_little_are_commented(plan, values, words):
    assert any(words in text for text in plan(**values).comments)


def test_planning_again_gives_the_same_plan(bench, plan, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("b.png", "a.png"):
        (folder / name).write_bytes(png())
    made = plan(images=[], input_dir="in", output_dir="out", upscaler_1="Lanczos")
    assert made.request.input_files == ("a.png", "b.png")
    (folder / "c.png").write_bytes(png())
    assert plan_extras(ExtrasRequest.from_json(made.request.to_json()), bench, Settings()) == made


def test_pictures_or_a_folder_and_one_of_them(plan):
    with pytest.raises(InvalidRequestError, match="no picture"):
        plan(images=[])
    with pytest.raises(InvalidRequestError, match="as well"):
        plan(input_dir="in")
