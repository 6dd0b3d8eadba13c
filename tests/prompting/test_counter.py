from __future__ import annotations

import pytest

from modules.prompting.counter import Counting, count_tokens
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.encoding import Emphasis, EncodingOptions
from modules.prompting.schedule import Timeline

COUNTING = Counting(Timeline(20))


@pytest.mark.parametrize("prompt, expected", [
    ("", "0/75"),
    ("a b", "2/75"),
    ("a " * 75, "75/75"),
    ("a " * 76, "76/150"),
    ("BREAK", "75/75"),
    ("cat BREAK dog", "76/150"),
    ("a # comment", "1/75"),
    ("a <lora:x:1>", "1/75"),
    ("a AND b b", "2/75"),
    ("[a:a b c:5]", "3/75"),
    ("[a|a b]", "2/75"),
    ("(a:1.2.3)", "7/75"),
])
def test_counting(tokenizer, prompt, expected):
    assert str(count_tokens(prompt, tokenizer, COUNTING)) == expected


@pytest.mark.parametrize("counting, prompt, tokens", [
    (Counting(Timeline(20), is_negative=True), "a AND b b", 4),
    (Counting(Timeline(20), comments=False), "a # b", 3),
    (Counting(Timeline(20), EncodingOptions(emphasis=Emphasis.NONE)), "a (red:1.3) cat BREAK x", 11),
    (Counting(Timeline(20), EncodingOptions(comma_backtrack=0)), "a " * 60 + "," + " b" * 20, 81),
])
def test_options(tokenizer, counting, prompt, tokens):
    assert count_tokens(prompt, tokenizer, counting).tokens == tokens


def test_embeddings_count_their_vectors(tokenizer, embedding):
    index = EmbeddingIndex([embedding("zebra", 5)], tokenizer)
    assert count_tokens("a zebra", tokenizer, COUNTING, index).tokens == 6
