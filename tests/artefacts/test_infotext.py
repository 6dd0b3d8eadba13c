import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.artefacts.infotext import quote, unquote, write_infotext
from modules.artefacts.parsing import parse_infotext, scan_pairs
from modules.artefacts.record import FIELD_ORDER, GenerationRecord

BASE = {"Steps": 20, "Sampler": "Euler a", "Seed": 1, "Size": "512x512"}


def test_quoting_matches_the_recorded_table(fixtures):
    for text, written in json.loads((fixtures / "artefacts/quote.json").read_text()).items():
        assert quote(text) == written


@pytest.mark.parametrize("text, written", [
    ("a:b", '"a:b"'),
    ('a, "b"', '"a, \\"b\\""'),
    ("é, x", '"é, x"'),
])
def test_quote(text, written):
    assert quote(text) == written
    assert unquote(written) == text


@pytest.mark.parametrize("text", ['"', '"a" b"', '"\\x"', "", "a"])
def test_unquote_keeps_what_is_not_json(text):
    assert unquote(text) == text


@pytest.mark.parametrize("fields, line", [
    (BASE, "Steps: 20, Sampler: Euler a, Seed: 1, Size: 512x512"),
    ({"Version": "v1", "Zebra": 1, "Steps": 2, "User": "me", "Apple": 2},
     "Steps: 2, Zebra: 1, Apple: 2, Version: v1, User: me"),
    ({"CFG scale": 7.0, "Tiling": True, "VAE": None}, "CFG scale: 7.0, Tiling: True"),
    ({"Foo": "Foo", "Bar": 1}, "Foo, Bar: 1"),
    ({"TI hashes": "a: 1, b: 2"}, 'TI hashes: "a: 1, b: 2"'),
])
def test_parameter_line(fields, line):
    assert write_infotext(GenerationRecord(fields=fields)) == line


def test_prompts_come_first_and_an_empty_negative_is_left_out():
    assert write_infotext(GenerationRecord("a\nb", "c\nd", {"Steps": 1})) == "a\nb\nNegative prompt: c\nd\nSteps: 1"
    assert write_infotext(GenerationRecord("a", "", {"Steps": 1})) == "a\nSteps: 1"


def test_every_recorded_infotext_is_written_again_whatever_the_order_of_its_values(fixtures):
    cases = json.loads((fixtures / "artefacts/infotexts.json").read_text("utf-8"))["cases"]
    for case in cases:
        *lines, last = case["infotext"].split("\n")
        prompt, _, negative = "\n".join(lines).partition("\nNegative prompt: ")
        if prompt.startswith("Negative prompt: "):
            prompt, negative = "", prompt.removeprefix("Negative prompt: ")
        values = [(key, unquote(raw)) for key, raw in scan_pairs(last)]
        shuffled = sorted((pair for pair in values if pair[0] in FIELD_ORDER), key=lambda _: random.random())
        others = [pair for pair in values if pair[0] not in FIELD_ORDER]
        assert write_infotext(GenerationRecord(prompt, negative, dict(others + shuffled))) == case["infotext"]


PROMPTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip).filter(
    lambda text: not text.startswith("Negative prompt:"))
KEYS = st.from_regex(r"[A-Z][a-z\-/]{1,6}( [a-z]{1,6}){0,2}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: quote(text) != text or (text == text.strip() and not text.startswith('"')))


@settings(deadline=None, max_examples=40)
@given(PROMPTS, PROMPTS, st.dictionaries(KEYS, VALUES, min_size=3))
def test_what_was_written_is_read_back(prompt, negative, fields):
    fields = {key: value for key, value in fields.items() if key != value}
    record = GenerationRecord(prompt, negative, {**BASE, **fields})
    read = parse_infotext(write_infotext(record)).fields
    assert (read["Prompt"], read["Negative prompt"]) == (prompt, negative)
    for key, value in fields.items():
        assert read.get(key, f"{read.get(f'{key}-1')}x{read.get(f'{key}-2')}") == value
