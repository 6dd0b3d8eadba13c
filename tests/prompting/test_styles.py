from __future__ import annotations

import pytest

from modules.prompting.styles import Style, apply_styles, extract_styles, merge_style, pick_styles


@pytest.mark.parametrize("style, prompt, expected", [
    ("masterpiece", "cat", "cat, masterpiece"),
    ("masterpiece, {prompt}", "cat", "masterpiece, cat"),
    ("x {prompt} y {prompt}", "cat", "x cat y cat"),
    ("", "cat", "cat"),
    ("masterpiece", "", "masterpiece"),
    (" masterpiece ,", " cat, ", "cat,, masterpiece ,"),
])
def test_merging(style, prompt, expected):
    assert merge_style(style, prompt) == expected


def test_styles_apply_in_order():
    assert apply_styles("cat", ["a, {prompt}, b", "c"]) == "a, cat, b, c"


def test_unknown_styles_are_empty():
    assert pick_styles(["A", "None"], {"A": Style("A", "x")}) == [Style("A", "x"), Style("None")]


STYLES = [Style("empty"), Style("A", "4k"), Style("B", "hd, {prompt}", "bad, ugly"), Style("C", "", "blurry")]


@pytest.mark.parametrize("prompt, negative, expected", [
    ("hd, cat, 4k", "bad, ugly", (["B", "A"], "cat", "")),
    ("cat, 4k, 4k", "", (["A"], "cat, 4k", "")),
    ("cat", "x, blurry", (["C"], "cat", "x")),
    ("hd, cat", "bad", ([], "hd, cat", "bad")),
    ("cat", "", ([], "cat", "")),
])
def test_extracting(prompt, negative, expected):
    assert extract_styles(prompt, negative, STYLES) == expected


def test_only_the_comma_goes_with_the_style():
    assert extract_styles("1girl masterpiece", "", [Style("m", "masterpiece")]).prompt == "1girl "


def test_a_placeholder_needs_room_for_both_sides():
    assert extract_styles("aba", "", [Style("s", "ab{prompt}ba")]).names == []


@pytest.mark.parametrize("prompt", ["cat", "a, b", "", "cat, 4k"])
def test_extracting_undoes_merging(prompt):
    styles = [Style("one", "oil, {prompt}, detailed"), Style("two", "masterpiece")]
    merged = apply_styles(prompt, [style.prompt for style in styles])
    got = extract_styles(merged, "", styles)
    assert (got.names, got.prompt) == (["one", "two"], prompt)
