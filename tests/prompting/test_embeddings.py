from __future__ import annotations

from modules.prompting.embeddings import EmbeddingIndex


def test_the_longest_name_wins(tokenizer, embedding):
    index = EmbeddingIndex([embedding("bad"), embedding("bad hands"), embedding("bad prompt")], tokenizer)
    tokens = tokenizer.encode("bad hands bad cat")
    found = index.match(tokens, 0)
    assert (found.embedding.name, found.token_count) == ("bad hands", 2)
    assert index.match(tokens, 1) is None
    assert index.match(tokens, 2).embedding.name == "bad"


def test_a_name_without_tokens_never_matches(tokenizer, embedding):
    index = EmbeddingIndex([embedding(" ")], tokenizer)
    assert index.match(tokenizer.encode("a"), 0) is None


def test_the_end_of_the_text_is_no_match(tokenizer, embedding):
    index = EmbeddingIndex([embedding("bad hands")], tokenizer)
    assert index.match(tokenizer.encode("bad"), 0) is None
