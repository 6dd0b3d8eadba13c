from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.foundation.errors import ConfigurationError
from modules.prompting.tokens import OPEN_CLIP, ClipTokenizer, load_vocabulary


@pytest.mark.parametrize("text, ids", [
    (",", [267]),
    ("a", [320]),
    ("b", [321]),
    ("BREAK", [2568]),
    ("", []),
    ("  a \n\t b  ", [320, 321]),
    ("A CAT ON A MAT", [320, 2368, 525, 320, 9063]),
    ("ein Kätzchen, 猫, кошка, 🐱",
     [24524, 74, 10896, 7710, 8983, 267, 163, 234, 360, 267, 27152, 13506, 141, 230, 27152, 27080, 267, 22979]),
    ("<|endoftext|>", [49407]),
    ("a<|StartOfText|>b", [320, 49406, 321]),
    ("it's", [585, 568]),
])
def test_known_ids(tokenizer, text, ids):
    assert tokenizer.encode(text) == ids


@pytest.mark.parametrize("repaired, text", [
    ("“a”", '"a"'), ("ﬁsh", "fish"), ("schÃ¶n", "schön"), ("a\u0308", "ä"), ("ＡＢＣ", "abc"), ("a &amp; b", "a & b"),
    ("\ud800", "\ufffd"), ("a\x00b", "ab")])
def test_damaged_text_is_repaired_first(tokenizer, repaired, text):
    assert tokenizer.encode(repaired) == tokenizer.encode(text)


def test_open_clip_spells_its_own_special_tokens_and_resolves_entities(vocabulary, tokenizer):
    open_clip = ClipTokenizer(vocabulary, OPEN_CLIP)
    assert open_clip.encode("<end_of_text>") == [49407]
    assert len(open_clip.encode("<|endoftext|>")) > 1
    assert open_clip.encode("<a> &lt;") == tokenizer.encode("<a> <")
    assert tokenizer.encode("<a> &lt;") != tokenizer.encode("<a> <")
    assert open_clip.encode("a photo of a cat, 4k") == tokenizer.encode("a photo of a cat, 4k")


def test_long_words_and_short_ones_are_cut_alike(tokenizer):
    assert tokenizer.encode("a" * 300) == tokenizer.encode("a" * 300 + " b")[:-1]
    assert tokenizer.encode("a" * 300)[:30] == [23126] * 30


def test_merging_in_the_order_of_rules(vocabulary, tokenizer):
    """Compare with the plain reading of the algorithm: the earliest rule, everywhere, again and again."""
    def plainly(word: str) -> list[int]:
        data = word.encode()
        ids = [vocabulary.byte_ids[byte] for byte in data[:-1]] + [vocabulary.last_byte_ids[data[-1]]]
        while rules := [vocabulary.merges[pair] for pair in pairwise(ids) if pair in vocabulary.merges]:
            merged, index = [], 0
            while index < len(ids):
                hit = vocabulary.merges.get(tuple(ids[index : index + 2])) == min(rules)
                merged.append(min(rules) if hit else ids[index])
                index += 2 if hit else 1
            ids = merged
        return ids

    @settings(max_examples=300, deadline=None)
    @given(st.text("abcehinorst", min_size=1, max_size=80))
    def check(word: str) -> None:
        assert tokenizer.encode(word) == plainly(word)
    check()


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_is_encoded(tokenizer, text):
    assert all(0 <= token < 49408 for token in tokenizer.encode(text))


@pytest.mark.parametrize("piece", ["a", "qz", "猫", "(", "1", "a, ", "Ã©", "&"])
def test_time_grows_linearly(is_linear, tokenizer, piece):
    assert is_linear(lambda size: tokenizer.encode(piece * (size // len(piece))))


def test_the_package_of_the_vocabulary_is_not_imported():
    code = ("import sys; from modules.prompting.tokens import ClipTokenizer, load_vocabulary;"
            "ClipTokenizer(load_vocabulary()).encode('a cat');"
            "sys.exit(any(name in sys.modules for name in ('open_clip', 'torchvision', 'torch', 'ftfy')))")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("content, message", [(None, "is missing"), (b"no gzip", "cannot be read")])
def test_a_vocabulary_that_is_not_there(monkeypatch, tmp_path, content, message):
    if content is not None:
        (tmp_path / "bpe_simple_vocab_16e6.txt.gz").write_bytes(content)
    spec = importlib.machinery.ModuleSpec("open_clip", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_vocabulary()
    assert "open_clip_torch" in caught.value.remedy


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="is missing"):
        load_vocabulary()
