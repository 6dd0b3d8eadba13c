from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.prompting.remarks import Remarks
from modules.prompting.schedule import Timeline, timelines_differ, unroll

TEN = Timeline(10)
HIRES = Timeline(10, 20)
OLD = Timeline(10, old_rules=True)


def alternating(*texts: str) -> list[tuple[int, str]]:
    return [(step, texts[(step - 1) % len(texts)]) for step in range(1, 11)]


WORKED_EXAMPLES = [
    ("[a:b:0.5]", TEN, [(5, "a"), (10, "b")]),
    ("[a:b:5]", TEN, [(5, "a"), (10, "b")]),
    ("[a:b:1.0]", TEN, [(10, "a")]),
    ("[a:b:1.5]", TEN, [(10, "a")]),
    ("[a:b:2.0]", TEN, [(10, "a")]),
    ("[a:b:20]", TEN, [(10, "a")]),
    ("[a:b:1]", TEN, [(1, "a"), (10, "b")]),
    ("[b:3]", TEN, [(3, ""), (10, "b")]),
    ("[b:.3]", TEN, [(3, ""), (10, "b")]),
    ("[a::0.6]", TEN, [(6, "a"), (10, "")]),
    ("[::5]", TEN, [(5, ""), (10, "")]),
    ("[a:b:0]", TEN, [(10, "b")]),
    ("[a:b:-2]", TEN, [(10, "b")]),
    ("[a:b:0.05]", TEN, [(10, "b")]),
    ("[a:b:0.25]", TEN, [(2, "a"), (10, "b")]),
    ("[a:b:.35]", TEN, [(3, "a"), (10, "b")]),
    ("[a:[b:c:8]:4]", TEN, [(4, "a"), (8, "b"), (10, "c")]),
    ("[[a:b:2]:c:6]", TEN, [(2, "a"), (6, "b"), (10, "c")]),
    ("(a:1.5) [x:y:3]", TEN, [(3, "(a:1.5) x"), (10, "(a:1.5) y")]),
    (r"\[a:b:3\]", TEN, [(10, r"\[a:b:3\]")]),
    (r"[a\:b:c:3]", TEN, [(3, r"a\:b"), (10, "c")]),
    ("[ a : b : 3 ]", TEN, [(3, " a "), (10, " b ")]),
    ("[a:b:3e0]", TEN, [(3, "a"), (10, "b")]),
    ("[a:b:+3]", TEN, [(3, "a"), (10, "b")]),
    ("[a:b:c:3]", TEN, [(10, "[a:b:c:3]")]),
    ("[a:b:0.5", TEN, [(10, "[a:b:0.5")]),
    ("a:b:0.5]", TEN, [(10, "a:b:0.5]")]),
    ("[a:b]", TEN, [(10, "[a:b]")]),
    ("[a]", TEN, [(10, "[a]")]),
    ("((a:1.2) [b:c:2]", TEN, [(2, "((a:1.2) b"), (10, "((a:1.2) c")]),
    ("[a:b:0.999]", TEN, [(9, "a"), (10, "b")]),
    ("[<lora:x:1>:b:3]", TEN, [(10, "[<lora:x:1>:b:3]")]),
    ("[:b:3]", TEN, [(3, ""), (10, "b")]),
    ("[a|b]", TEN, alternating("a", "b")),
    ("[fe|]male", TEN, alternating("female", "male")),
    ("[a|b|c] x", TEN, alternating("a x", "b x", "c x")),
    ("x [(a:1.2)|b]", TEN, alternating("x (a:1.2)", "x b")),
    ("[[a|b]:c:4]", TEN, [*alternating("a", "b")[:4], *((step, "c") for step in range(5, 11))]),
    ("[a:[b|c]:4]", TEN, [*((step, "a") for step in range(1, 5)), *alternating("b", "c")[4:]]),
    ("[b|c:0.5]", TEN, [(10, "[b|c:0.5]")]),
    ("[a:b:0.5]", HIRES, [(20, "b")]),
    ("[a:b:1.5]", HIRES, [(10, "a"), (20, "b")]),
    ("[a:b:1.25]", HIRES, [(5, "a"), (20, "b")]),
    ("[a:b:5]", HIRES, [(20, "b")]),
    ("[a:b:15]", HIRES, [(5, "a"), (20, "b")]),
    ("[a:b:25]", HIRES, [(15, "a"), (20, "b")]),
    ("[a:b:1.0]", HIRES, [(20, "b")]),
    ("[a:b:2.0]", HIRES, [(20, "a")]),
    ("[a:b:1.0]", OLD, [(1, "a"), (10, "b")]),
    ("[a:b:1.5]", OLD, [(1, "a"), (10, "b")]),
    ("[a:b:0.05]", OLD, [(10, "b")]),
    ("[a:b:0.5]", Timeline(10, 20, old_rules=True), [(5, "a"), (10, "b")]),
]


@pytest.mark.parametrize("prompt, timeline, expected", WORKED_EXAMPLES)
def test_worked_examples(prompt, timeline, expected):
    assert unroll(prompt, timeline) == expected


TIMELINES = {"10": TEN, "8": Timeline(8), "20": Timeline(20), "10 old": OLD,
             "10+hires5": Timeline(10, 5), "10+hires10": Timeline(10, 10)}


def test_golden(golden):
    prompts = golden("attention")
    for name, schedules in golden("schedules").items():
        for kind, expected in schedules.items():
            got = unroll(prompts[name]["prompt"], TIMELINES[kind])
            assert got == [tuple(entry) for entry in expected], (name, kind)


def test_same_as_an_earley_parser_of_the_grammar(golden):
    """Random prompts, parsed by a general parser of the written grammar (those it resolves in one way only)."""
    for prompt, first, hires in golden("schedules_reference"):
        assert unroll(prompt, Timeline(5)) == [tuple(entry) for entry in first], prompt
        assert unroll(prompt, Timeline(5, 7)) == [tuple(entry) for entry in hires], prompt


@pytest.mark.parametrize("prompt, final", [
    ("[a:b:1e999]", "a"), ("[a:b:-1e999]", "b"), ("[a:b:" + "9" * 5000 + "]", "a"), ("[a:b:1.e999]", "a")])
def test_absurd_numbers_are_before_or_after_everything(prompt, final):
    assert unroll(prompt, TEN) == [(10, final)]


def test_deep_nesting_stays_literal_with_a_remark():
    remarks = Remarks()
    prompt = "[" * 65 + "a" + ":3]" * 65
    assert unroll("[" * 64 + "a" + ":3]" * 64, TEN, remarks) == [(3, ""), (10, "a")]
    assert list(remarks) == []
    assert unroll(prompt, TEN, remarks)[-1].text.startswith("[a")
    assert "deeper than 64" in next(iter(remarks))


def test_emphasis_hides_no_nesting():
    remarks = Remarks()
    unroll("([" * 65 + "a" + "|b])" * 65, TEN, remarks)
    assert "deeper than 64" in next(iter(remarks))


def test_lone_brackets_are_no_nesting():
    remarks = Remarks()
    assert unroll("(" * 3000 + " [a:b:3]", TEN, remarks)[-1] == (10, "(" * 3000 + " b")
    assert list(remarks) == []


@pytest.mark.parametrize("prompts, differ", [
    (["a", "[a:b:0.5]"], False), (["a", "[a:b:1.5]"], True), (["[a|b]"], False)])
def test_whether_old_rules_matter(prompts, differ):
    assert timelines_differ(prompts, OLD) is differ


def test_old_rules_matter_in_the_hires_pass():
    assert timelines_differ(["a"], HIRES)


@settings(max_examples=1000, deadline=None)
@given(st.text(st.sampled_from("()[]:|\\ \n.+-15eab,\ud800\0"), max_size=60)
       | st.lists(st.sampled_from(["[a:", "[a|", ":3]", ":0.5]", "|b]", "(", ")", "[", "]", "x", ":1.2)"]),
                  max_size=20).map("".join), st.integers(1, 30), st.sampled_from([None, 1, 12]), st.booleans())
def test_any_text_unrolls(prompt, steps, hires_steps, old_rules):
    timeline = Timeline(steps, hires_steps, old_rules)
    schedule = unroll(prompt, timeline)
    boundaries = [entry.until for entry in schedule]
    assert boundaries == sorted(set(boundaries))
    assert boundaries[0] >= 1
    assert boundaries[-1] == timeline.length


@given(st.text(st.characters(exclude_characters="[]|\\", exclude_categories=()), max_size=60))
def test_text_without_square_brackets_is_itself(prompt):
    assert unroll(prompt, TEN) == [(10, prompt)]


@pytest.mark.parametrize("piece", ["(", "[", ":", "(a:1.2), ", "[a|b]", "[a:b:3]", "[a|", "[a:", "[a:b:3", "\\", "[|]",
                                   "a, ", "]", "[a:1", "1"])
def test_time_grows_linearly(is_linear, piece):
    assert is_linear(lambda size: unroll(piece * (size // len(piece)), Timeline(20)))


@pytest.mark.parametrize("opening, middle, closing", [("(", "", ")"), ("[", "a", ":3]"), ("[a|", "b", "]"),
                                                      ("([a|b]", "", ")")])
def test_time_grows_linearly_with_depth(is_linear, opening, middle, closing):
    def nested(size: int) -> object:
        depth = size // len(opening + closing)
        return unroll(opening * depth + middle + closing * depth, Timeline(20))
    assert is_linear(nested)
