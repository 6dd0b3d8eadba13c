from __future__ import annotations

import pytest

from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.old_emphasis import chunk_text_once
from modules.prompting.remarks import Remarks


@pytest.mark.parametrize("text, tokens, weights", [
    ("a (b) a", [320, 321, 320], [1, 1.1, 1]),
    ("a ((b)) [a]", [320, 321, 320], [1, 1.21, 1 / 1.1]),
    ("a (b", [320, 321], [1, 1.1]),
    ("(a:1.3)", [320, 281, 272, 269, 274], [1.1] * 5),
])
def test_bracket_tokens_change_what_follows(tokenizer, text, tokens, weights):
    [chunk] = chunk_text_once(text, tokenizer).chunks
    assert list(chunk.tokens[1 : len(tokens) + 2]) == [*tokens, 49407]
    assert chunk.multipliers[1 : len(tokens) + 1] == pytest.approx(weights)


def test_what_exceeds_the_chunk_is_cut_off_with_a_remark(tokenizer):
    remarks = Remarks()
    got = chunk_text_once("a " * 80, tokenizer, report=remarks)
    assert len(got.chunks) == 1
    assert got.token_count == 80
    assert list(remarks) == ["The prompt was cut off: 5 of its 80 tokens are too many."]


def test_embeddings_are_placed(tokenizer, embedding):
    index = EmbeddingIndex([embedding("zebra", 2)], tokenizer)
    [chunk] = chunk_text_once("a (zebra) b", tokenizer, index).chunks
    assert chunk.tokens[:6] == (49406, 320, 0, 0, 321, 49407)
    assert [placement.offset for placement in chunk.placements] == [1]
    assert chunk.multipliers[2:5] == pytest.approx((1.1, 1.1, 1.0))
