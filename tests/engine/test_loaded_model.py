"""What a loaded model promises beyond its networks: repeatability, noise, precision."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch

from modules.engine.loaded_model import LoadedModel, ModelParts
from modules.foundation.errors import InvalidPictureError
from modules.foundation.size import Size
from modules.hardware.placement import CPU_PLACEMENT


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def with_parts(model: LoadedModel, **changes: object) -> LoadedModel:
    parts = ModelParts(model.unet, model.autoencoder, model.text_encoders, model.alphas_cumprod)
    return LoadedModel(model.files, model.description, CPU_PLACEMENT, dataclasses.replace(parts, **changes))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@torch.inference_mode()
def test_an_image_in_a_batch_is_predicted_as_it_is_alone(tiny_sd1, count: int):
    x, cross, time = draw(2 * count, 4, 8, 8), draw(2 * count, 77, 48, seed=1), torch.full((2 * count,), 700.25)
    owners = [*range(count), *range(count)]
    together = tiny_sd1.predict(x, time, cross, owners=owners)
    for image in range(count):
        rows = [image, image + count]
        alone = tiny_sd1.predict(x[rows], time[rows], cross[rows], owners=[0, 0])
        assert torch.equal(together[rows], alone)
    assert torch.allclose(together, tiny_sd1.predict(x, time, cross), atol=1e-5)


@torch.inference_mode()
def test_owners_carry_the_vector_along(tiny_model):
    model = tiny_model("tiny-sdxl")
    x, cross, vector = draw(4, 4, 8, 8), draw(4, 77, 112, seed=1), draw(4, 1600, seed=2)
    time = torch.tensor([1.0, 2.0, 3.0, 4.0])
    split = model.predict(x, time, cross, vector, owners=[0, 1, 0, 1])
    assert torch.allclose(split, model.predict(x, time, cross, vector), atol=1e-5)


@torch.inference_mode()
def test_the_same_input_gives_the_same_bytes(tiny_sd1):
    x, cross, time = draw(2, 4, 8, 8), draw(2, 77, 48), torch.tensor([5.0, 5.0])
    assert torch.equal(tiny_sd1.predict(x, time, cross), tiny_sd1.predict(x, time, cross))
    assert torch.equal(tiny_sd1.decode(x), tiny_sd1.decode(x))


@torch.inference_mode()
def test_pictures_pass_through_the_vae_one_at_a_time(tiny_sd1):
    latents = draw(3, 4, 8, 8)
    assert torch.equal(tiny_sd1.decode(latents), torch.cat([tiny_sd1.decode(one) for one in latents.split(1)]))
    pixels = tiny_sd1.decode(latents).clamp(-1, 1)
    assert torch.equal(tiny_sd1.encode(pixels).draw(),
                       torch.cat([tiny_sd1.encode(one).draw() for one in pixels.split(1)]))


class LoudPosterior(torch.nn.Module):
    """An encoder whose posterior has mean 2 and deviation 3 everywhere."""

    dtype = torch.float32

    def _encode(self, pixels: torch.Tensor) -> torch.Tensor:
        mean = torch.full((len(pixels), 4, 2, 2), 2.0)
        return torch.cat([mean, torch.full_like(mean, 3.0).log() * 2], dim=1)


def test_the_posterior_is_drawn_from_the_given_generator(tiny_sd1):
    model = with_parts(tiny_sd1, autoencoder=LoudPosterior())
    pixels = torch.zeros(2, 3, 16, 16)
    latents = model.encode(pixels).draw(torch.Generator().manual_seed(7))
    generator = torch.Generator().manual_seed(7)
    expected = torch.cat([2 + 3 * torch.randn(1, 4, 2, 2, generator=generator) for _ in range(2)]) * 0.18215
    assert torch.allclose(latents, expected)
    assert torch.allclose(model.encode(pixels).draw(), torch.full((2, 4, 2, 2), 2 * 0.18215))
    state = torch.get_rng_state()
    model.encode(pixels).draw(torch.Generator().manual_seed(7))
    assert torch.equal(state, torch.get_rng_state())


def overflowing(model: LoadedModel) -> LoadedModel:
    """Give a model whose VAE overflows in 16 bits, as SDXL's does."""
    vae = copy.deepcopy(model.autoencoder).to(torch.bfloat16)
    vae.decoder.conv_in.register_forward_hook(
        lambda module, _inputs, output: output * (float("inf") if module.weight.dtype is torch.bfloat16 else 1.0))
    return with_parts(model, autoencoder=vae)


@torch.inference_mode()
def test_a_vae_that_overflows_goes_on_in_32_bits(tiny_sd1, caplog: pytest.LogCaptureFixture):
    model, latents = overflowing(tiny_sd1), draw(1, 4, 4, 4)
    pixels = model.decode(latents)
    assert bool(torch.isfinite(pixels).all())
    assert torch.allclose(pixels, tiny_sd1.decode(latents), atol=0.2)
    assert model.autoencoder.dtype is torch.float32
    assert "32 bits" in caplog.text


@torch.inference_mode()
def test_large_pictures_pass_through_the_vae_in_tiles(tiny_sd1):
    model = with_parts(tiny_sd1)
    latents = draw(1, 4, 16, 112) * 0.2
    whole = model.decode(latents)
    model.whole_up_to_px = 64 * 64
    tiled = model.decode(latents)
    assert tiled.shape == whole.shape and not torch.equal(tiled, whole)
    assert (tiled - whole).abs().mean() < 0.05
    assert model.encode(whole.clamp(-1, 1)).mean.shape == latents.shape


@torch.inference_mode()
def test_a_picture_of_nan_is_an_error(tiny_sd1):
    latents = draw(1, 4, 4, 4)
    latents[0, 0, 0, 0] = float("nan")
    with pytest.raises(InvalidPictureError, match="VAE decoder"):
        tiny_sd1.decode(latents)
    with pytest.raises(InvalidPictureError, match="VAE encoder"):
        tiny_sd1.encode(torch.full((1, 3, 16, 16), float("nan"))).draw()


def test_sdxl_is_told_the_sizes(tiny_model, tiny_sd1):
    pooled = draw(2, 64)
    vector = tiny_model("tiny-sdxl").size_vector(pooled, Size(96, 64), crop=(3, 0))
    assert vector.shape == (2, 64 + 6 * 256)
    assert torch.equal(vector[:, :64], pooled)
    parts = vector[0, 64:].reshape(6, 256)
    assert torch.equal(parts[0], parts[4]) and torch.equal(parts[1], parts[5])  # original = target: height, width
    assert torch.allclose(parts[0, 0], torch.tensor(64.0).cos())
    assert torch.allclose(parts[1, 128], torch.tensor(96.0).sin())
    assert torch.allclose(parts[2, 0], torch.tensor(3.0).cos())
    assert tiny_sd1.size_vector(pooled, Size(96, 64)) is None
