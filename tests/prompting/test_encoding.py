from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.encoding import Emphasis, EncodingOptions, TextEncoding, apply_emphasis
from modules.prompting.towers import Tower

PLAIN = EncodingOptions()
EMPHASISED = "a (red:1.5) cat, [dog] ((mat))"


@pytest.fixture(scope="module")
def numbers(fixtures: Path):
    with np.load(fixtures / "prompting" / "text_embeddings.npz") as archive:
        return dict(archive)


@pytest.fixture
def tiny_clip(tiny_sd1, tokenizer) -> Tower:
    return Tower("clip_l", tiny_sd1.text_encoders[0], tokenizer)


@pytest.fixture
def encode(tiny_clip):
    def run(text: str, options: EncodingOptions = PLAIN, embeddings: EmbeddingIndex | None = None):
        with torch.inference_mode():
            [encoded] = TextEncoding([tiny_clip], options, embeddings).encode_group([text])
        return encoded.cross[None].numpy()
    return run


def test_every_golden_prompt(encode, golden, numbers):
    prompts = {name: entry["prompt"] for name, entry in golden("attention").items()}
    prompts["zero"] = "a (cat:0) dog"  # the name stands for two prompts; this one was encoded
    names = [name for name in numbers if name in prompts]
    assert len(names) > 35
    for name in names:
        np.testing.assert_allclose(encode(prompts[name]), numbers[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("mode", Emphasis)
def test_emphasis_modes(encode, numbers, mode):
    got = encode(EMPHASISED, EncodingOptions(emphasis=mode))
    np.testing.assert_allclose(got, numbers[f"emphasis_{mode.value}"], atol=1e-5)


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_clip_skip(encode, numbers, layers):
    got = encode(EMPHASISED, EncodingOptions(clip_skip=layers))
    np.testing.assert_allclose(got, numbers[f"clip_skip_{layers}"], atol=1e-5)


@pytest.mark.parametrize("prompt", ["a tiny-ti castle", "a (tiny-ti:1.3) castle, tiny-ti-st"])
def test_embeddings(encode, numbers, tiny_models, tokenizer, embedding, prompt):
    old = torch.load(tiny_models / "embeddings" / "tiny-ti.pt", weights_only=True)  # noqa: TID251
    new = load_file(tiny_models / "embeddings" / "tiny-ti-st.safetensors")
    made = [embedding("tiny-ti", old["string_to_param"]["*"]), embedding("tiny-ti-st", new["emb_params"])]
    got = encode(prompt, embeddings=EmbeddingIndex(made, tokenizer))
    np.testing.assert_allclose(got, numbers[f"ti_{prompt}"], atol=1e-5)


def test_original_emphasis_by_hand():
    hidden = torch.arange(1, 13).reshape(1, 3, 4) / 10
    got = apply_emphasis(hidden, [(1, 1.3, 1)], [1.0], Emphasis.ORIGINAL).flatten()
    assert got[[0, 4, 11]].tolist() == pytest.approx([0.0909091, 0.5909091, 1.0909092])
    assert got.mean().item() == pytest.approx(0.65)


def test_no_norm_by_hand():
    hidden = torch.arange(1, 13).reshape(1, 3, 4) / 10
    got = apply_emphasis(hidden, [(1, 1.3, 1)], [1.0], Emphasis.NO_NORM).flatten()
    assert got[4].item() == pytest.approx(0.65)
    assert got.mean().item() == pytest.approx(0.715)


def test_a_mean_of_zero_does_not_spoil_the_text():
    hidden = torch.tensor([[[1.0], [1.0]]])
    assert apply_emphasis(hidden, [(1, -1)], [1.0], Emphasis.ORIGINAL).flatten().tolist() == [1, -1]


def test_a_schedule_is_normalised_as_if_every_entry_were_a_row(tiny_clip):
    texts = ["a (cat:1.5)", "a dog", "a (cat:1.5)"]
    plain = TextEncoding([tiny_clip], EncodingOptions(emphasis=Emphasis.IGNORE)).encode_group(texts)
    hidden = torch.stack([text.cross for text in plain])
    multipliers = torch.ones(3, 77, 1)
    multipliers[[0, 2], 2] = 1.5
    scaled = hidden * multipliers
    expected = scaled * hidden.mean() / scaled.mean()
    got = torch.stack([text.cross for text in TextEncoding([tiny_clip], PLAIN).encode_group(texts)])
    torch.testing.assert_close(got, expected)


def test_texts_of_a_group_get_one_length(tokenizer, recording_tower):
    tower = recording_tower()
    short, long = TextEncoding([Tower("t", tower, tokenizer)], PLAIN).encode_group(["a", "a BREAK b"])
    assert short.cross.shape == long.cross.shape == (154, 4)
    assert [49406] + [49407] * 76 in [row for call in tower.calls for row in call[0]]


def test_towers_side_by_side(tokenizer, recording_tower):
    first, second = recording_tower(4), recording_tower(6, pooled=True)
    towers = [Tower("clip_l", first, tokenizer), Tower("clip_g", second, tokenizer, pad_id=0)]
    [encoded] = TextEncoding(towers, EncodingOptions(clip_skip=2)).encode_group(["a b BREAK a"])
    assert encoded.cross.shape == (154, 10)
    assert encoded.pooled.tolist() == [320, 321, 49407]
    assert {call[1] for call in first.calls + second.calls} == {2}
    assert second.calls[0][0][0] == [49406, 320, 321, 49407] + [0] * 73
    assert first.calls[0][0][0] == [49406, 320, 321] + [49407] * 74


@pytest.mark.parametrize(("clip_l_skip", "layers"), [(False, (None, None)), (True, (2, None))])
def test_towers_with_a_layer_of_their_own_follow_clip_skip_only_where_asked(tokenizer, recording_tower, clip_l_skip,
                                                                            layers):
    recorders = recording_tower(4), recording_tower(6, pooled=True)
    towers = [Tower(key, recorder, tokenizer, follows_clip_skip=False)
              for key, recorder in zip(("clip_l", "clip_g"), recorders)]
    TextEncoding(towers, EncodingOptions(clip_skip=2, clip_l_skip=clip_l_skip)).encode_group(["a"])
    assert tuple(recorder.calls[0][1] for recorder in recorders) == layers


def test_equal_chunks_are_encoded_once(tokenizer, recording_tower):
    tower = recording_tower()
    encoding = TextEncoding([Tower("t", tower, tokenizer)], PLAIN)
    one, two = encoding.encode_group(["a", "a"])
    encoding.encode_group(["(a:1.5)"])
    assert one is two
    assert [len(call[0]) for call in tower.calls] == [1]


def test_many_chunks_come_in_batches(tokenizer, recording_tower):
    tower = recording_tower()
    TextEncoding([Tower("t", tower, tokenizer, rows_per_call=3)], PLAIN).encode_group(["a BREAK b", "c", "d BREAK e"])
    assert [len(call[0]) for call in tower.calls] == [3, 3]


def test_embeddings_reach_their_row(tokenizer, recording_tower, embedding):
    tower = recording_tower()
    index = EmbeddingIndex([embedding("zebra", 2)], tokenizer)
    encoding = TextEncoding([Tower("t", tower, tokenizer)], PLAIN, index)
    encoding.encode_group(["a BREAK a zebra"])
    assert [[[offset for offset, _ in row] for row in call[2]] for call in tower.calls] == [[[]], [[1]]]
    assert encoding.used_embeddings == ("zebra",)


def test_old_emphasis_weighs_by_bracket_tokens(tokenizer, recording_tower):
    tower = recording_tower()
    options = EncodingOptions(emphasis=Emphasis.NO_NORM, old_emphasis=True)
    [encoded] = TextEncoding([Tower("t", tower, tokenizer)], options).encode_group(["a (b) [a]"])
    assert tower.calls[0][0][0][:5] == [49406, 320, 321, 320, 49407]
    factors = encoded.cross[1:4, 0] / torch.tensor([320 % 97 + 1, 321 % 97 + 1, 320 % 97 + 1])
    assert factors.tolist() == pytest.approx([1, 1.1, 1 / 1.1])


@pytest.mark.parametrize("name, mode", [("None", Emphasis.NONE), ("No norm", Emphasis.NO_NORM),
                                        ("Original", Emphasis.ORIGINAL), ("whatever", Emphasis.ORIGINAL)])
def test_modes_by_name(name, mode):
    assert Emphasis.named(name) is mode
