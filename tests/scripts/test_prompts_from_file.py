from types import SimpleNamespace

import pytest

from scripts.prompts_from_file import load_prompts, read_line, with_options


@pytest.mark.parametrize("line, expected", [
    ("a red house", {"prompt": "a red house"}),
    ('--prompt "a blue house" --steps 4 --cfg_scale 5', {"prompt": "a blue house", "steps": 4, "cfg_scale": 5.0}),
    ("--prompt a blue house --negative_prompt bad one --seed 7",
     {"prompt": "a blue house", "negative_prompt": "bad one", "seed": 7}),
    ("--restore_faces true --tiling no --prompt x", {"restore_faces": True, "tiling": False, "prompt": "x"}),
    ("--sd_model tiny --prompt x", {"sd_model": "tiny", "prompt": "x"}),
    ("--wings 2 --prompt x", {"prompt": "--wings 2 --prompt x"}),
    ("--steps many --prompt x", {"prompt": "--steps many --prompt x"}),
    ("a house -- with a garden", {"prompt": "a house -- with a garden"}),
    ("it's a dog --steps 4", {"prompt": "it's a dog --steps 4"}),
    ("--prompt x --steps", {"prompt": "--prompt x --steps"}),
])
def test_a_line_is_options_or_a_prompt(line, expected):
    assert read_line(line) == expected


@pytest.mark.parametrize("position, prompt, negative", [
    ("start", "own all", "bad ugly"), ("end", "all own", "ugly bad")])
def test_prompts_of_a_line_and_of_the_page_are_joined(position, prompt, negative):
    p = SimpleNamespace(prompt="all", negative_prompt="ugly", override_settings={"a": 1}, seed=3)
    made = with_options(p, {"prompt": "own", "negative_prompt": "bad", "seed": 5, "sd_model": "x"}, position)
    assert (made.prompt, made.negative_prompt, made.seed) == (prompt, negative, 5)
    assert made.override_settings == {"a": 1, "sd_model_checkpoint": "x"}
    assert (p.prompt, p.seed, p.override_settings) == ("all", 3, {"a": 1})


def test_a_file_becomes_lines_of_the_text_box():
    assert load_prompts("\ufeffa cat\r\n\r\n  ein Hündchen \n".encode()) == (None, "a cat\nein Hündchen")
