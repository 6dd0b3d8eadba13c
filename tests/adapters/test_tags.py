from __future__ import annotations

from pathlib import Path

import pytest

from modules.adapters.tags import HypernetworkUse, LoraUse, read_hypernetwork_tag, read_lora_tag

FILE = Path("x.safetensors")


@pytest.mark.parametrize(("positional", "named", "expected"), [
    (["x"], {}, (1.0, 1.0, None)), (["x", "0.7"], {}, (0.7, 0.7, None)), (["x", "0.5", "0.8"], {}, (0.5, 0.8, None)),
    (["x", "1", "1", "2"], {}, (1.0, 1.0, 2)), (["x"], {"te": "0.2", "unet": "0.9"}, (0.2, 0.9, None)),
    (["x"], {"te": "0.5", "unet": "0.8", "dyn": "64"}, (0.5, 0.8, 64)), (["x"], {"te": "0.5"}, (0.5, 0.5, None)),
    (["x"], {"unet": "0"}, (1.0, 0.0, None)), (["x", "1", "1", "2"], {"dyn": "3", "te": "0.1"}, (0.1, 1.0, 3)),
    (["x", "-0.5"], {}, (-0.5, -0.5, None)), (["x", " 1e-1 "], {}, (0.1, 0.1, None)),
])
def test_weights_of_a_lora(positional, named, expected):
    assert read_lora_tag(FILE, positional, named) == (LoraUse(FILE, "x", *expected), ())


@pytest.mark.parametrize(("positional", "named", "expected", "word"), [
    (["x", "much"], {}, (1.0, 1.0, None), "te"), (["x", "0.5", ""], {}, (0.5, 0.5, None), "unet"),
    (["x", "nan"], {}, (1.0, 1.0, None), "te"), (["x", "inf"], {}, (1.0, 1.0, None), "te"),
    (["x"], {"dyn": "few"}, (1.0, 1.0, None), "dyn"), (["x"], {"dyn": "-1"}, (1.0, 1.0, None), "dyn"),
])
def test_what_is_no_number_gets_a_comment(positional, named, expected, word):
    use, comments = read_lora_tag(FILE, positional, named)
    assert use == LoraUse(FILE, "x", *expected)
    assert len(comments) == 1 and f"The {word} of the network x is no number" in comments[0]


@pytest.mark.parametrize(("text", "weight"), [("1e5", 100.0), ("-1e308", -100.0), ("100", 100.0)])
def test_weights_are_limited_and_that_is_said(text, weight):
    use, comments = read_lora_tag(FILE, ["x", text], {})
    assert (use.te, use.unet) == (weight, weight)
    assert bool(comments) is (text != "100") and all("limited" in comment for comment in comments)


def test_a_rank_of_thousands_of_digits_is_none():
    use, comments = read_lora_tag(FILE, ["x", "1", "1", "9" * 5000], {})
    assert use.dyn is None and len(comments) == 1


def test_hypernetworks():
    assert read_hypernetwork_tag(FILE, ["h", "0.5"], {}) == (HypernetworkUse(FILE, "h", 0.5), ())
    assert read_hypernetwork_tag(FILE, ["h"], {}) == (HypernetworkUse(FILE, "h", 1.0), ())
    assert read_hypernetwork_tag(FILE, ["h", "?"], {})[0].strength == 1.0


def test_a_tag_without_anything():
    assert read_lora_tag(FILE, [], {})[0].name == ""
