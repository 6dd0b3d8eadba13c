from __future__ import annotations

from modules.frontend.paste import control_values, override_settings

INFOTEXT = """a castle, (hill:1.2)
Negative prompt: blurry
Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 42, Size: 512x768, Model: x, \
Variation seed: 7, Variation seed strength: 0.3, Clip skip: 2, ENSD: 31337, Version: v1.10.1"""


def test_what_was_written_is_read_back(service):
    reading = service.read_infotext(INFOTEXT)
    values = control_values(reading.fields, reading.sampler_name, reading.scheduler)
    assert values == {
        "prompt": "a castle, (hill:1.2)", "negative_prompt": "blurry", "steps": 25, "cfg_scale": 5.5, "width": 512,
        "height": 768, "seed": 42, "subseed": 7, "subseed_strength": 0.3, "sampler_name": "DPM++ 2M",
        "scheduler": "Automatic", "extra_seed": True}
    assert set(reading.override_settings) == {"Clip skip: 2", "ENSD: 31337"}


def test_a_prompt_alone_changes_only_the_prompts(service):
    reading = service.read_infotext("just words")
    values = control_values(reading.fields, reading.sampler_name, reading.scheduler)
    assert values == {"prompt": "just words", "negative_prompt": "", "extra_seed": False}


def test_nonsense_is_left_out():
    fields = {"Prompt": "x", "Steps": "many", "Size-1": "9" * 5000, "Seed": None}
    assert control_values(fields, "Euler", "Automatic") == {"prompt": "x", "extra_seed": False}


def test_pasted_overrides_are_understood_by_their_infotext_names():
    assert override_settings(["Clip skip: 2", "ENSD: 31337", "Eta:0.5", "nonsense", "No such: 1"]) == {
        "CLIP_stop_at_last_layers": "2", "eta_noise_seed_delta": "31337", "eta_ancestral": "0.5"}
