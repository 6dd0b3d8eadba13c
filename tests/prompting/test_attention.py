from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.prompting.attention import Fragment, parse_attention
from modules.prompting.remarks import Remarks

LESS = 0.9090909090909091

WORKED_EXAMPLES = [
    ("plain words", [("plain words", 1.0)]),
    ("(cat)", [("cat", 1.1)]),
    ("((cat))", [("cat", 1.2100000000000002)]),
    ("[cat]", [("cat", LESS)]),
    ("[[cat]]", [("cat", 0.8264462809917354)]),
    ("(cat:1.3)", [("cat", 1.3)]),
    ("(cat:0)", [("cat", 0.0)]),
    ("(cat:-0.5)", [("cat", -0.5)]),
    ("(x:.5)", [("x", 0.5)]),
    ("(x:+2)", [("x", 2.0)]),
    ("((cat:1.5))", [("cat", 1.6500000000000001)]),
    ("(a (b:2) c:1.2)", [("a ", 1.2), ("b", 2.4), (" c", 1.2)]),
    ("[a (b) c]", [("a ", LESS), ("b", 1.0), (" c", LESS)]),
    ("(open", [("open", 1.1)]),
    ("[open", [("open", LESS)]),
    ("close)", [("close)", 1.0)]),
    ("close]", [("close]", 1.0)]),
    (r"a \(b\) c", [("a (b) c", 1.0)]),
    (r"\\(a)", [("\\", 1.0), ("a", 1.1)]),
    ("trail\\", [("trail", 1.0)]),
    ("(x : 1.4 )", [("x ", 1.4)]),
    ("(x:abc)", [("x:abc", 1.1)]),
    ("x:1.5)", [("x:1.5)", 1.0)]),
    ("[x:1.5]", [("x:1.5", LESS)]),
    ("(a:1e1)", [("a:1e1", 1.1)]),
    ("(a:\n1.2)", [("a", 1.2)]),
    ("()", [("", 1.0)]),
    ("(:1.5)", [("", 1.0)]),
    ("", [("", 1.0)]),
    ("(a)(b)", [("ab", 1.1)]),
    ("[a](b)", [("a", LESS), ("b", 1.1)]),
    ("((a)", [("a", 1.2100000000000002)]),
    ("(a))", [("a", 1.1), (")", 1.0)]),
    ("a (b:1.2) [c:0.9)", [("a ", 1.0), ("b", 1.2), (" ", 1.0), ("c:0.9)", LESS)]),
    ("(a:1.5", [("a:1.5", 1.1)]),
    ("(a, b:1.1), c", [("a, b", 1.1), (", c", 1.0)]),
    ("{a}", [("{a}", 1.0)]),
    ("(a|b:1.2)", [("a|b", 1.2)]),
    ("([)]", [("", 1.0)]),
    ("cat BREAK dog", [("cat", 1.0), ("BREAK", -1), ("dog", 1.0)]),
    ("a, BREAK , b", [("a,", 1.0), ("BREAK", -1), (", b", 1.0)]),
    ("BREAK", [("", 1.0), ("BREAK", -1), ("", 1.0)]),
    ("a\n BREAK\t BREAK b", [("a", 1.0), ("BREAK", -1), ("", 1.0), ("BREAK", -1), ("b", 1.0)]),
    ("a BREAKb", [("a BREAKb", 1.0)]),
    ("abreak b", [("abreak b", 1.0)]),
    ("(cat BREAK dog:1.3)", [("cat", 1.3), ("BREAK", -1.3), ("dog", 1.3)]),
]


@pytest.mark.parametrize("prompt, expected", WORKED_EXAMPLES)
def test_worked_examples(prompt, expected):
    assert parse_attention(prompt) == expected


def test_golden(golden):
    for name, entry in golden("attention").items():
        assert parse_attention(entry["prompt"]) == [tuple(pair) for pair in entry["attention"]], name


@pytest.mark.parametrize("prompt, text, weight, remark", [
    ("(x:1.2.3)", "x:1.2.3", 1.1, "not a number"),
    ("(x:.)", "x:.", 1.1, "not a number"),
    ("(x:11)", "x", 10.0, "limited to 10"),
    ("(x:-1000000000)", "x", -10.0, "limited to -10"),
    ("(x:" + "9" * 400 + ")", "x", 10.0, "limited to 10"),
    ("(" * 3000 + "x" + ")" * 3000, "x", 10.0, "deeper than 64"),
])
def test_what_a_model_would_not_survive_is_changed_with_a_remark(prompt, text, weight, remark):
    remarks = Remarks()
    assert parse_attention(prompt, remarks) == [(text, weight)]
    assert any(remark in line for line in remarks)


def test_ordinary_prompts_cause_no_remark():
    remarks = Remarks()
    for prompt, _ in WORKED_EXAMPLES:
        parse_attention(prompt, remarks)
    parse_attention("x:1.2.3)", remarks)
    assert list(remarks) == []


def test_weights_may_cancel_out_before_they_are_limited():
    assert parse_attention("((x:100):0.01)") == [("x", 1.0)]
    assert parse_attention("((x:" + "9" * 400 + "):0)") == [("x", 0.0)]


@pytest.mark.parametrize("fragment, is_break", [
    (Fragment("BREAK", -1.0), True), (Fragment("BREAK", -1.3), False), (Fragment("BREAK", 1.0), False)])
def test_only_the_bare_marker_breaks(fragment, is_break):
    assert fragment.is_break is is_break


@settings(max_examples=1000, deadline=None)
@given(st.text(st.sampled_from("()[]:\\ \n.+-15aBREAK,|<>\ud800\0٣"), max_size=60) | st.text(max_size=40))
def test_any_text_parses(prompt):
    fragments = parse_attention(prompt)
    assert fragments
    assert all(math.isfinite(weight) and abs(weight) <= 10 for _, weight in fragments)
    assert all(one.weight != two.weight for one, two in pairwise(fragments))


@given(st.text(st.characters(exclude_characters="()[]\\", exclude_categories=()), max_size=60)
       .filter(lambda text: "BREAK" not in text))
def test_text_without_brackets_is_itself(prompt):
    assert parse_attention(prompt) == [(prompt, 1.0)]


@pytest.mark.parametrize("piece", ["(", ":", "(a", "a:", "(a:1.2), ", "BREAK ", ": ", " ", "\\(", "(a)", ")", "1",
                                   ":1 "])
def test_time_grows_linearly(is_linear, piece):
    assert is_linear(lambda size: parse_attention(piece * (size // len(piece))))


def test_time_grows_linearly_inside_many_brackets(is_linear):
    assert is_linear(lambda size: parse_attention("(" * 64 + "[" * 64 + "(a)" * (size // 3) + ")" * 64))
