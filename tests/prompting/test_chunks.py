from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.prompting.attention import Fragment, parse_attention
from modules.prompting.chunks import Chunk, chunk_text, count_limit
from modules.prompting.embeddings import EmbeddingIndex

A, B, COMMA, END = 320, 321, 267, 49407


def words(**counts: int) -> str:
    return " ".join(" ".join([word] * count) for word, count in counts.items())


def contents(chunk: Chunk) -> list[int]:
    """The tokens before the padding."""
    inside = list(chunk.tokens[1:-1])
    while inside and inside[-1] == END:
        inside.pop()
    return inside


WORKED_EXAMPLES = [
    (words(a=75), 20, [[A] * 75], 75),
    (words(a=76), 20, [[A] * 75, [A]], 76),
    (f"{words(a=60)} , {words(b=20)}", 20, [[A] * 60 + [COMMA], [B] * 20], 95),
    (f"{words(a=60)} , {words(b=20)}", 0, [[A] * 60 + [COMMA] + [B] * 14, [B] * 6], 81),
    (f"{words(a=54)} , {words(b=30)}", 20, [[A] * 54 + [COMMA] + [B] * 20, [B] * 10], 85),
    (f"{words(a=55)} , {words(b=30)}", 20, [[A] * 55 + [COMMA], [B] * 30], 105),
    (f"{words(a=74)} , {words(b=3)}", 20, [[A] * 74 + [COMMA], [B] * 3], 78),
    (f"{words(a=75)} , {words(b=3)}", 20, [[A] * 75, [COMMA] + [B] * 3], 79),
    ("cat BREAK dog", 20, [[2368], [1929]], 76),
    ("BREAK", 20, [[]], 75),
    ("a BREAK BREAK b", 20, [[A], [], [B]], 151),
    ("a BREAK", 20, [[A]], 75),
    ("(a BREAK b:1.3)", 20, [[A, 2568, B]], 3),
    ("", 20, [[]], 0),
]


@pytest.mark.parametrize("prompt, backtrack, expected, count", WORKED_EXAMPLES)
def test_worked_examples(tokenizer, prompt, backtrack, expected, count):
    got = chunk_text(parse_attention(prompt), tokenizer, comma_backtrack=backtrack)
    assert [contents(chunk) for chunk in got.chunks] == expected
    assert got.token_count == count


def test_golden(tokenizer, golden):
    prompts = golden("attention")
    for name, entry in golden("chunks").items():
        got = chunk_text(parse_attention(prompts[name]["prompt"]), tokenizer)
        assert got.token_count == entry["token_count"], name
        assert [list(chunk.tokens) for chunk in got.chunks] == [chunk["tokens"] for chunk in entry["chunks"]], name
        assert ([list(chunk.multipliers) for chunk in got.chunks]
                == [chunk["multipliers"] for chunk in entry["chunks"]]), name


def test_fragments_are_tokenised_apart(tokenizer):
    got = chunk_text([Fragment("cas", 1.0), Fragment("tle", 2.0)], tokenizer)
    assert contents(got.chunks[0]) == tokenizer.encode("cas") + tokenizer.encode("tle")
    assert got.chunks[0].multipliers[:4] == (1.0, 1.0, 2.0, 1.0)


@pytest.mark.parametrize("prompt, expected, placed, count", [
    (f"{words(a=72)} zebra", [[A] * 72 + [0] * 3], [[72]], 75),
    (f"{words(a=74)} zebra", [[A] * 74, [0] * 3], [[], [0]], 78),
    ("a zebra b", [[A, 0, 0, 0, B]], [[1]], 5),
    # what follows a comma moves to the next chunk with its embeddings
    (f"{words(a=60)} , {words(b=10)} zebra b b", [[A] * 60 + [COMMA], [B] * 10 + [0] * 3 + [B] * 2], [[], [10]], 90),
])
def test_where_embeddings_go(tokenizer, embedding, prompt, expected, placed, count):
    index = EmbeddingIndex([embedding("zebra", 3)], tokenizer)
    got = chunk_text(parse_attention(prompt), tokenizer, index)
    assert [contents(chunk) for chunk in got.chunks] == expected
    assert [[placement.offset for placement in chunk.placements] for chunk in got.chunks] == placed
    assert got.token_count == count


def test_an_embedding_takes_the_weight_of_its_name(tokenizer, embedding):
    index = EmbeddingIndex([embedding("mystyle", 3)], tokenizer)
    [chunk] = chunk_text(parse_attention("a (mystyle:1.2) b"), tokenizer, index).chunks
    assert chunk.multipliers[:6] == (1.0, 1.0, 1.2, 1.2, 1.2, 1.0)
    assert chunk.placements[0].offset == 1


@pytest.mark.parametrize("prompt, found", [("bad prompt word", True), ("bad (prompt)", False), ("BAD  Prompt", True)])
def test_a_name_of_several_words(tokenizer, embedding, prompt, found):
    index = EmbeddingIndex([embedding("bad prompt", 2)], tokenizer)
    [chunk] = chunk_text(parse_attention(prompt), tokenizer, index).chunks
    assert bool(chunk.placements) is found
    assert (contents(chunk)[:2] == [0, 0]) is found


def test_an_embedding_larger_than_a_chunk_fills_one(tokenizer, embedding):
    index = EmbeddingIndex([embedding("zebra", 200)], tokenizer)
    got = chunk_text(parse_attention("a zebra b"), tokenizer, index)
    assert [contents(chunk) for chunk in got.chunks] == [[A], [0] * 75, [B]]


@pytest.mark.parametrize("count, limit", [(0, 75), (75, 75), (76, 150), (150, 150), (151, 225)])
def test_limit_beside_the_count(count, limit):
    assert count_limit(count) == limit


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(["a", ",", "zebra", "BREAK", "a " * 30, "b " * 74, "(b:1.5)"]), max_size=20)
       .map(" ".join), st.integers(0, 74))
def test_chunks_are_whole(tokenizer, embedding_index, prompt, backtrack):
    got = chunk_text(parse_attention(prompt), tokenizer, embedding_index, backtrack)
    for chunk in got.chunks:
        assert len(chunk.tokens) == len(chunk.multipliers) == 77
        assert (chunk.tokens[0], chunk.tokens[-1]) == (49406, END)
        for offset, found in chunk.placements:
            assert chunk.tokens[offset + 1 : offset + 1 + found.vector_count] == (0,) * found.vector_count
    kept = [token for chunk in got.chunks for token in contents(chunk)]
    assert len(kept) == sum(4 if token == 22548 else 1 for token in
                            tokenizer.encode(" ".join(fragment.text for fragment in parse_attention(prompt)
                                                      if not fragment.is_break)))


def test_time_grows_linearly(is_linear, tokenizer):
    fragments = parse_attention
    assert is_linear(lambda size: chunk_text(fragments("a, " * (size // 3)), tokenizer))
