from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.prompting.remarks import Remarks
from modules.prompting.wildcards import resolve_wildcards


class Lines(dict):
    def lines(self, name):
        return self.get(name)


SOURCE = Lines({"colour": ["red", "blue"], "animals/cat": ["lion"], "nested": ["{big|small} __colour__"],
                "loop": ["x __pool__"], "pool": ["y __loop__"], "bomb": ["__bomb__ __bomb__"], "empty": [],
                "long": ["x" * 15_000]})


def possibilities(template: str) -> set[str]:
    return {resolve_wildcards(template, seed, SOURCE) for seed in range(200)}


@pytest.mark.parametrize("template, expected", [
    ("a {red|blue} cat", {"a red cat", "a blue cat"}),
    ("{a|}", {"a", ""}),
    ("{2$$a|b|c}", {"a, b", "b, a", "a, c", "c, a", "b, c", "c, b"}),
    ("{a|b|2$$c}", {"a, b", "b, a", "a, c", "c, a", "b, c", "c, b"}),
    ("{2$$ and $$a|b}", {"a and b", "b and a"}),
    ("{1-2$$a|b}", {"a", "b", "a, b", "b, a"}),
    ("{5$$a|b}", {"a, b", "b, a"}),
    ("{0::a|b}", {"b"}),
    ("{{a|b} x|c}", {"a x", "b x", "c"}),
    ("{[a|b]|c}", {"[a|b]", "c"}),
    ("[{a|b}|c]", {"[a|c]", "[b|c]"}),
    ("__colour__ cat", {"red cat", "blue cat"}),
    ("a __animals/cat__", {"a lion"}),
    ("__nested__", {"big red", "big blue", "small red", "small blue"}),
    ("{__colour__|green}", {"red", "blue", "green"}),
    ("{a|b}{a|b}", {"aa", "ab", "ba", "bb"}),
])
def test_what_a_template_can_become(template, expected):
    assert possibilities(template) == expected


@pytest.mark.parametrize("text", [
    "plain (a:1.2), [b|c]", "{a}", "{{masterpiece}}", "{prompt}", "{", "}", "a|b", "{a|b", "a|b}", r"\{a|b\}",
    "snake_case __", "____", "__ init__x", "{:1.2}", "\\"])
def test_ordinary_text_is_itself(text):
    assert resolve_wildcards(text, 1, SOURCE) == text


def test_the_seed_decides():
    template = "{a|b|c|d|e|f} __nested__ {2$$x|y|z}"
    assert len({resolve_wildcards(template, 7, SOURCE) for _ in range(5)}) == 1
    assert len({resolve_wildcards(template, seed, SOURCE) for seed in range(20)}) > 10


def test_these_choices_never_change():
    """A seed in an old picture must keep its meaning."""
    template = "{a|b|c|d} {2$$w|x|y|z} __colour__"
    assert [resolve_wildcards(template, seed, SOURCE) for seed in (0, 1, 1234)] == [
        "d x, y red", "d x, y red", "b z, y blue"]


def test_options_are_equally_likely_unless_weighed():
    count = Counter(resolve_wildcards("{3::a|b}", seed, SOURCE) for seed in range(2000))
    assert 0.7 < count["a"] / 2000 < 0.8


def test_switched_off():
    assert resolve_wildcards("{a|b} __colour__", 1, SOURCE, enabled=False) == "{a|b} __colour__"


@pytest.mark.parametrize("template, kept, remark", [
    ("a __unknown__", "__unknown__", "no wildcard"),
    ("__empty__", "__empty__", "no wildcard"),
    ("__../../secret__", "__../../secret__", "no wildcard"),
    ("__loop__", "__loop__", "without end"),
    ("__bomb__", "__bomb__", "without end"),
    ("__long__ __long__", "__long__", "characters"),
])
def test_what_stays_and_why(template, kept, remark):
    remarks = Remarks()
    got = resolve_wildcards(template, 1, SOURCE, remarks)
    assert kept in got
    assert len(got) < 40_000
    assert any(remark in line for line in remarks)


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("{}|[]_$:-12a\\ .\ud800\n"), max_size=50)
       | st.lists(st.sampled_from(["{", "}", "|", "2$$", "__colour__", "__bomb__", "3::", "a"]), max_size=15)
       .map("".join), st.integers())
def test_any_text_resolves(template, seed):
    assert isinstance(resolve_wildcards(template, seed, SOURCE), str)


@pytest.mark.parametrize("opening, closing", [("{", ""), ("{", "}"), ("{a|", "}"), ("_", ""), ("__a", ""), ("|", ""),
                                              ("{[|", ""), ("__x__", ""), ("{a|b}", ""), ("{2$$a", "")])
def test_time_grows_linearly(is_linear, opening, closing):
    def resolve(size: int) -> object:
        count = size // len(opening + closing)
        return resolve_wildcards(opening * count + closing * count, 1, SOURCE)
    assert is_linear(resolve)
