from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.prompting.composition import compose, split_composition
from modules.prompting.remarks import Remarks

WORKED_EXAMPLES = [
    ("a AND b", [("a", 1), (" b", 1)]),
    ("a:1.2 AND b:-0.3", [("a", 1.2), (" b", -0.3)]),
    ("a:1.2", [("a", 1.2)]),
    ("a\nAND\nb\n:2\n", [("a", 1), ("\nb", 2)]),
    ("a AND", [("a", 1), ("", 1)]),
    ("x:1:2 AND y", [("x:1", 2), (" y", 1)]),
    ("a ANDb", [("a ANDb", 1)]),
    ("aAND b", [("aAND b", 1)]),
    ("a and b", [("a and b", 1)]),
    ("a:1e3", [("a:1e3", 1)]),
    ("(a:1.2) AND b", [("(a:1.2)", 1), (" b", 1)]),
    ("a:1.", [("a", 1)]),
    ("a:.5", [("a", 0.5)]),
    ("a:+2", [("a", 2)]),
    ("a:.", [("a:.", 1)]),
    ("a:", [("a:", 1)]),
    ("a:1 2", [("a:1 2", 1)]),
]


@pytest.mark.parametrize("prompt, expected", WORKED_EXAMPLES)
def test_worked_examples(prompt, expected):
    assert split_composition(prompt) == expected


def test_equal_pieces_share_one_text():
    assert compose(["AND"]) == ([""], [[(0, 1), (0, 1)]])
    assert compose(["a AND b", "b:2 AND c"]) == (["a", " b", "b", " c"], [[(0, 1), (1, 1)], [(2, 2), (3, 1)]])


def test_golden(golden):
    prompts = golden("attention")
    for name, entry in golden("multicond").items():
        got = compose([prompts[name]["prompt"]])
        assert got.texts == entry["prompts"], name
        assert got.uses == [[tuple(use) for use in uses] for uses in entry["indexes"]], name


@pytest.mark.parametrize("prompt, weight", [("a:11", 10), ("a:-1000", -10), ("a:" + "9" * 400, 10)])
def test_weights_are_limited_with_a_remark(prompt, weight):
    remarks = Remarks()
    assert split_composition(prompt, remarks) == [("a", weight)]
    assert len(list(remarks)) == 1


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("AND: \n.+-15e٣²\ud800"), max_size=40) | st.text(max_size=40))
def test_any_text_splits(prompt):
    pieces = split_composition(prompt)
    assert pieces
    assert all(math.isfinite(weight) for _, weight in pieces)


@pytest.mark.parametrize("piece", [" ", ":", " :", "1", "AND ", "a:1 ", "."])
def test_time_grows_linearly(is_linear, piece):
    assert is_linear(lambda size: split_composition("a:" + piece * (size // len(piece))))
