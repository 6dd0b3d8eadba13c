import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.artefacts.parsing import (
    MAX_INFOTEXT_CHARS,
    ParsingOptions,
    mentions_brackets,
    parse_infotext,
    scan_pairs,
)

P = "Steps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7, Seed: 1, Size: 512x768"
P_FIELDS = {"Steps": "20", "Sampler": "Euler a", "Schedule type": "Automatic", "CFG scale": "7", "Seed": "1",
            "Size-1": "512", "Size-2": "768"}
OLD = "Steps: 20, Sampler: Euler, Size: 1024x1024, First pass size: 0x0"


def extract_reference_styles(prompt, negative):
    """Undo the two styles of the recorded texts, in the order in which they are undone."""
    styles = []
    if prompt.endswith("trending, 4k") and negative.endswith("ugly, deformed"):
        styles.insert(0, "ref-append")
        prompt = prompt.removesuffix("trending, 4k").removesuffix(", ")
        negative = negative.removesuffix("ugly, deformed").removesuffix(", ")
    if prompt.startswith("watercolor of ") and prompt.endswith(", soft light") and negative.endswith("harsh"):
        styles.insert(0, "ref-style")
        prompt = prompt.removeprefix("watercolor of ").removesuffix(", soft light")
        negative = negative.removesuffix("harsh").removesuffix(", ")
    return styles, prompt, negative


def recorded_cases(fixtures):
    data = json.loads((fixtures / "artefacts/infotexts.json").read_text("utf-8"))
    cases = [(case["infotext"], {**data["common"], **case["parsed"]}) for case in data["cases"]]
    hand = json.loads((fixtures / "artefacts/infotext_hand.json").read_text("utf-8"))
    return cases + [(case["infotext"], case["parsed"]) for case in hand]


def test_all_recorded_infotexts_are_read_as_a1111_reads_them(fixtures):
    cases = recorded_cases(fixtures)
    assert len(cases) == 636
    options = ParsingOptions(extract_styles=extract_reference_styles)
    for text, expected in cases:
        read = parse_infotext(text, options)
        assert read.fields == expected, text
        assert [type(read.fields[key]) for key in expected] == [type(value) for value in expected.values()], text
        assert not read.notes


@pytest.mark.parametrize("text, expected", [
    (f"cat\n{P}", {"Prompt": "cat", "Negative prompt": "", **P_FIELDS}),
    (f"line one\nline two\nNegative prompt: n1\nn2\n{P}",
     {"Prompt": "line one\nline two", "Negative prompt": "n1\nn2"}),
    (P, {"Prompt": ""}),
    ("cat\nSteps: 20, Seed: 1", {"Prompt": "cat\nSteps: 20, Seed: 1"}),
    (f'cat\n{P}, Lora hashes: "a: 1, b: 2", Version: v1.10.1', {"Lora hashes": "a: 1, b: 2", "Version": "v1.10.1"}),
    (f'cat\n{P}, Hires prompt: "x, y\\nz: \\"q\\""', {"Hires prompt": 'x, y\nz: "q"'}),
    ("a [b:c:0.5]\nSteps: 20, Sampler: DDIM, Size: 64x64, Version: v1.5.2",
     {"Old prompt editing timelines": True, "Pad conds v0": True, "Downcast alphas_cumprod": True,
      "Emphasis": "Original"}),
    (f"cat\n{P}, Version: v1.6.0", {"Downcast alphas_cumprod": True}),
    (f"cat\n{P}, Refiner: m [ab], Version: v1.7.0",
     {"Refiner": "m [ab]", "Refiner switch by sampling steps": True, "Downcast alphas_cumprod": True}),
    (f"cat\n{P}, Hypernet: hn, Hypernet strength: 0.5", {"Prompt": "cat<hypernet:hn:0.5>"}),
    (f"cat\n{P}, Hypernet: hn", {"Prompt": "cat<hypernet:hn:1.0>"}),
    (f"cat\n{OLD}", {"Size-1": 512, "Size-2": 512, "Hires resize-1": 1024, "Hires resize-2": 1024}),
    (f"(cat:1.2)\n{P}", {"Emphasis": "Original"}),
    (f'cat\n{P}, Script: X/Y/Z plot, X Type: Seed, X Values: "1,2,3", Tiling: True',
     {"Script": "X/Y/Z plot", "X Values": "1,2,3", "Tiling": "True"}),
    (f"cat\n{P}, A-b/c d: x y, Bad key!: 3, Empty: , Q: 1",
     {"A-b/c d": "x y", "Bad key": None, "Bad key!": None, "Empty": None, "Q": None}),
    (f"cat\n\n\n{P}\n", {"Prompt": "cat\n\n"}),
    (f"p Negative prompt: inline\n{P}", {"Prompt": "p Negative prompt: inline"}),
    (f"cat\n{P}, FP8 weight: Enable", {"Cache FP16 weight for LoRA": False}),
    (f"cat\r\nNegative prompt: bad\r\n{P}\r\n", {"Prompt": "cat", "Negative prompt": "bad", **P_FIELDS}),
    (f"cat\n{P}, Hires sampler: \"unclosed, Next: 1", {"Hires sampler": '"unclosed', "Next": "1"}),
])
def test_worked_examples(text, expected):
    fields = parse_infotext(text).fields
    assert {key: fields.get(key) for key in expected} == expected


@pytest.mark.parametrize("line, pairs", [
    ("Q: ab: 3, Steps: 1", [("ab", "3"), ("Steps", "1")]),
    ('Aa: "b" c, Dd: 1', [("Aa", '"b" c'), ("Dd", "1")]),
    ('Aa: "", Bb: ""', [("Aa", '""'), ("Bb", '""')]),
    ("  - Aa:1,-/Bb : 2", [("Aa", "1"), ("Bb ", "2")]),
    ("Aa, Bb: x: y, ", [("Bb", "x: y")]),
    ("Größe: 1", [("Größe", "1")]),
])
def test_scan_pairs(line, pairs):
    assert list(scan_pairs(line)) == pairs


STYLED = f"cat, hd\nNegative prompt: bad\n{P}"


@pytest.mark.parametrize("mode, prompt, styles", [
    ("Ignore", "cat, hd", None), ("Apply", "cat", ["S"]), ("Discard", "cat", None), ("Apply if any", "cat", ["S"]),
])
def test_styles_option(mode, prompt, styles):
    options = ParsingOptions(styles=mode, extract_styles=extract_hd)
    fields = parse_infotext(STYLED, options).fields
    assert (fields["Prompt"], fields.get("Styles array")) == (prompt, styles)


@pytest.mark.parametrize("mode, styles", [("Apply", []), ("Apply if any", None)])
def test_styles_option_when_nothing_is_found(mode, styles):
    fields = parse_infotext(f"cat\n{P}", ParsingOptions(styles=mode, extract_styles=extract_hd)).fields
    assert fields.get("Styles array") == styles


@pytest.mark.parametrize("extra, prompt, hires", [
    ('Hires prompt: "dog, hd"', "cat", "dog"),
    ("Hires prompt: dog", "cat, hd", "dog"),
    ('Hires prompt: "cat, hd", Version: v1.9.0', "cat", ""),
    ("Hires prompt: dog, Version: v1.8.0", "cat", "dog"),
])
def test_styles_must_match_in_both_passes(extra, prompt, hires):
    fields = parse_infotext(f"{STYLED}, {extra}", ParsingOptions(extract_styles=extract_hd)).fields
    assert (fields["Prompt"], fields["Hires prompt"]) == (prompt, hires)


def extract_hd(prompt, negative):
    return (["S"], prompt.removesuffix(", hd"), negative) if prompt.endswith(", hd") else ([], prompt, negative)


def test_other_options():
    fields = parse_infotext(f"a [b]\n{P}, Version: v1.0.0",
                            ParsingOptions(skip_fields=("Seed", "Size-1"), auto_backcompat=False)).fields
    assert not {"Seed", "Size-1", "Old prompt editing timelines"} & fields.keys()
    resized = parse_infotext(f"cat\n{P}, Hires resize: 1024x1536", ParsingOptions(use_old_hires_size=True)).fields
    assert (resized["Size-1"], resized["Size-2"]) == (1024, 1536)


@pytest.mark.parametrize("prompt, expected", [
    ("a cat", False), ("(a)", True), ("[a", True), (r"\(a\)", False), (r"\\(a)", True), ("a)", False),
])
def test_mentions_brackets(prompt, expected):
    assert mentions_brackets(prompt) is expected


def test_half_characters_are_replaced():
    fields = parse_infotext(f'a\ud800\n{P}, Note: "\\ud83d, \\ud83d\\ude00"').fields
    assert fields["Prompt"] == "a\ufffd"
    assert fields["Note"] == "\ufffd, 😀"


def test_an_overlong_text_is_cut_and_says_so():
    read = parse_infotext("x" * (MAX_INFOTEXT_CHARS + 1))
    assert len(read.fields["Prompt"]) == MAX_INFOTEXT_CHARS
    assert "262,145" in read.notes[0]


PIECES = (*'ab :,"\\\nx0129[]()-/', "Steps: 1", "Negative prompt:", "Size: 9x9")


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_makes_it_fail(text):
    parse_infotext(text)
    parse_infotext(f"{text}\n{P}, First pass size: {text}, Version: {text}, Hypernet: {text}")


def test_damaged_infotexts_do_not_make_it_fail(fixtures):
    rng = random.Random(0)
    texts = [text for text, _ in recorded_cases(fixtures)]
    for _ in range(2000):
        text = list(rng.choice(texts) + rng.choice(texts))
        for _ in range(rng.randrange(1, 12)):
            spot = rng.randrange(len(text))
            text[spot:spot + rng.randrange(9)] = rng.choice(['"', "\\", "\n", ":", ",", "\0", "\ud800", "9" * 5000])
        parse_infotext("".join(text))


HOSTILE = ("a", "a ", "- ", "aa:", 'aa: "', 'aa: "\\", ', 'aa: "b", ', '"\\', "b: ", "Negative prompt:\n", "[",
           "aa: 1x1,")


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_with_length_only(unit):
    """64 KB stay far below what a person notices; twice the text takes about twice the time."""
    def seconds(chars):
        text = "x\n" + unit * (chars // len(unit)) + "!"
        times = []
        for _ in range(3):
            start = time.process_time()
            parse_infotext(text)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(128 * 1024) < 4 * seconds(64 * 1024) + 0.01
    assert seconds(64 * 1024) < 0.2
    assert seconds(1024 * 1024) < 1
