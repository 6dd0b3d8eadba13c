import hashlib
import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from PIL import Image

from modules.artefacts.filename_patterns import RULES, PatternOptions, PictureFacts, expand_pattern

FACTS = PictureFacts(
    prompt="a (red:1.3) cat, [dog] / on: a *mat* <lora:x:1>, trailing. ", negative_prompt="bad", seed=1000,
    job_seeds=(1000,), steps=8, cfg=7.5, sampler="Euler a", scheduler="Karras", model_name="tiny-sdxl",
    styles=("ref-style",), style_prompts=("watercolor of {prompt}, soft light",), clip_skip=1, denoising=0.75)
BATCH = replace(FACTS, job_seeds=(7, 8, 9, 10), batch_size=2, batch_count=2, batch_index=1, iteration=1)
MOMENT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
IMAGE = Image.new("RGB", (64, 96))


def test_recorded_patterns(fixtures):
    for pattern, name in json.loads((fixtures / "artefacts/filenames.json").read_text("utf-8")).items():
        assert expand_pattern(pattern, FACTS, image=IMAGE) == name, pattern


@pytest.mark.parametrize("pattern, facts, name", [
    ("a[seed]b[seed_last]c", FACTS, "a1000c"),
    ("[seed]-[seed_last]", BATCH, "1000-10"),
    ("[seed_first]", BATCH, "7"),
    ("[batch_number]/[batch_size]", BATCH, "2/2"),
    ("[generation_number]", BATCH, "4"),
    ("x[generation_number][batch_number]", replace(BATCH, zip=True), ""),
    ("x-[denoising]", replace(FACTS, denoising=0.0), ""),
    ("[[model_name]]", FACTS, "[tiny-sdxl]"),
    ("[SEED]", FACTS, "1000"),
    ("[seed", FACTS, "[seed"),
    ("[prompt_hash<x>][prompt_hash<4]", FACTS, "[prompt_hash<x>][prompt_hash<4]"),
    ("[hasprompt<dog|x><zebra|horse>]", FACTS, "doghorse"),
    ("[prompt_words]", replace(FACTS, prompt="..!"), "empty"),
    ("[styles]", replace(FACTS, styles=("None",)), "None"),
    ("[prompt_no_styles]", replace(FACTS, prompt="watercolor of cat, soft light"), "cat"),
    ("[date]", replace(FACTS, saved=MOMENT), "2024-05-06"),
    ("[datetime<%Y><UTC>]", replace(FACTS, saved=MOMENT), "2024"),
    ("[datetime<%H:%M><Asia/Tokyo>]", replace(FACTS, saved=MOMENT), "16_08"),
    ("[job_timestamp]", replace(FACTS, job_started=MOMENT), "20240506070809"),
    ("[model_name]", replace(FACTS, model_name="a/b"), "a_b"),
    ("[user]", replace(FACTS, user="../me"), ".._me"),
    ("[seed]", PictureFacts(), ""),
    ("[seed_last][cfg]", PictureFacts(), "[cfg]"),
])
def test_patterns(pattern, facts, name):
    assert expand_pattern(pattern, facts) == name


def test_pattern_options():
    options = PatternOptions(max_prompt_words=2, max_part_chars=5, unix_names=True)
    assert expand_pattern("[prompt_words]|[prompt]", FACTS, options) == "a red|a_(re"


def test_image_hash_is_of_the_pixels():
    expected = hashlib.sha256(IMAGE.tobytes()).hexdigest()
    assert expand_pattern("[image_hash]", FACTS, image=IMAGE) == expected


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_pattern_fails_when_nothing_is_known(name):
    for argument in ("", "<>", "<x><y>", "<-1>", "<%Q><Nowhere/No>"):
        expand_pattern(f"[{name}{argument}]", PictureFacts())
