"""Text encoders: which layer is used, and how embeddings are put in."""

from __future__ import annotations

import pytest
import torch

START, END = 49406, 49407
IDS = torch.tensor([[START, 320, 2368, 530, *[END] * 73], [START, *[END] * 76]])


@pytest.fixture
def encoder(tiny_sd1):
    return tiny_sd1.text_encoders[0]


@torch.inference_mode()
def hidden_states(encoder, ids=IDS):
    output = encoder.text_model(ids, output_hidden_states=True)
    return (*output.hidden_states[:-1], output.last_hidden_state)


@torch.inference_mode()
def test_what_it_says_of_itself(encoder, tiny_model):
    assert (encoder.name, encoder.width, encoder.tower.recipe.pad_token) == ("clip_l", 48, END)
    assert encoder.token_vectors.shape == (49408, 48)
    assert [(one.name, one.width, one.tower.recipe.pad_token) for one in tiny_model("tiny-sdxl").text_encoders] == [
        ("clip_l", 48, END), ("clip_g", 64, 0)]


@torch.inference_mode()
def test_the_last_layer_is_the_default(encoder):
    hidden, pooled = encoder.encode(IDS)
    assert torch.equal(hidden, hidden_states(encoder)[-1])
    assert hidden.dtype is torch.float32 and pooled is None


@pytest.mark.parametrize("skip", [2, 3, 4])
@torch.inference_mode()
def test_clip_skip_counts_from_the_end_and_normalises(encoder, skip: int):
    expected = encoder.text_model.final_layer_norm(hidden_states(encoder)[-skip])
    assert torch.equal(encoder.encode(IDS, clip_skip=skip)[0], expected)


@torch.inference_mode()
def test_clip_skip_beyond_the_layers_stops_at_the_first(encoder):
    assert torch.equal(encoder.encode(IDS, clip_skip=12)[0], encoder.encode(IDS, clip_skip=4)[0])
    assert torch.equal(encoder.encode(IDS, clip_skip=0)[0], encoder.encode(IDS)[0])


@pytest.mark.parametrize(("name", "index", "final_norm"), [
    ("tiny-sd2-v", 0, True), ("tiny-sdxl", 0, False), ("tiny-sdxl", 1, False)])
@torch.inference_mode()
def test_the_other_families_use_the_last_layer_but_one_unless_told(tiny_model, name, index, final_norm):
    encoder = tiny_model(name).text_encoders[index]
    for skip, layer in ((None, -2), (2, -2), (3, -3)):
        expected = hidden_states(encoder)[layer]
        expected = encoder.text_model.final_layer_norm(expected) if final_norm else expected
        assert torch.allclose(encoder.encode(IDS, clip_skip=skip)[0], expected, atol=1e-6)


@torch.inference_mode()
def test_an_embedding_of_tokens_own_vectors_changes_nothing(encoder):
    own = encoder.token_vectors[IDS[0, 1:3]]
    without = encoder.encode(IDS)[0]
    empty = IDS.clone()
    empty[0, 1:3] = 0
    assert torch.equal(encoder.encode(empty, replacements=[[(0, own)], []])[0], without)
    assert not torch.equal(encoder.encode(empty)[0], without)


@torch.inference_mode()
def test_an_embedding_too_long_for_its_place_is_cut(encoder):
    long = torch.randn(100, 48, generator=torch.Generator().manual_seed(0))
    hidden, _ = encoder.encode(IDS, replacements=[[(70, long)], []])
    short, _ = encoder.encode(IDS, replacements=[[(70, long[:5])], []])
    assert torch.equal(hidden, short)
    assert torch.equal(hidden[1], encoder.encode(IDS)[0][1])


@torch.inference_mode()
def test_pooling_happens_at_the_first_end_token(tiny_model):
    encoder = tiny_model("tiny-sdxl").text_encoders[1]
    ids = torch.tensor([[START, 320, END, *[0] * 74]])
    other = ids.clone()
    other[0, 40] = 500  # after the end: attention is causal, so it cannot matter
    assert torch.equal(encoder.encode(ids)[1], encoder.encode(other)[1])
    assert encoder.encode(ids)[1].shape == (1, 64)


def test_training_reaches_the_vectors(encoder):
    vectors = torch.randn(2, 48, requires_grad=True)
    encoder.encode(IDS, replacements=[[(0, vectors)], []])[0].sum().backward()
    assert vectors.grad is not None and bool(vectors.grad.abs().sum() > 0)
