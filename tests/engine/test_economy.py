"""When memory runs out, the model does without: in which order, with which result, and only until the job's end."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from modules.engine import economy as economy_module
from modules.engine.economy import Economy, attempt
from modules.engine.loaded_model import LoadedModel, ModelParts
from modules.engine.offloading import TurnTaking
from modules.foundation.errors import InvalidPictureError
from modules.hardware.placement import CPU_PLACEMENT, Offload
from tests.engine.test_loaded_model import draw, overflowing, with_parts
from tests.engine.test_offloading import Part


def no_memory(*_arguments: object, **_named: object) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory")


def sparing(model: LoadedModel) -> tuple[LoadedModel, list[str]]:
    said: list[str] = []
    model.economy = Economy(said.append)
    return model, said


@torch.inference_mode()
def test_a_batch_passes_through_the_unet_in_the_largest_groups_that_fit(tiny_sd1, monkeypatch):
    model, said = sparing(with_parts(tiny_sd1))
    x, cross, time = draw(8, 4, 8, 8), draw(8, 77, 48, seed=1), torch.full((8,), 500.0)
    owners = [0, 1, 2, 3] * 2
    alone = model.predict(x, time, cross, owners=owners)
    model.image_by_image = False
    run, sizes = model._run_rows, []

    def crowded(x, *rest):
        sizes.append(len(x))
        return no_memory() if len(x) > most else run(x, *rest)

    monkeypatch.setattr(model, "_run_rows", crowded)
    most = 2
    assert torch.equal(model.predict(x, time, cross, owners=owners), alone)
    assert sizes == [8, 4, 2, 2, 2, 2]
    model.predict(x, time, cross, owners=owners)
    assert sizes[6:] == [2, 2, 2, 2]  # it is not tried again in the same job
    assert len(said) == 1 and "smaller groups" in said[0]
    most = 1
    assert torch.allclose(model.predict(x, time, cross, owners=owners), alone, atol=1e-5)
    assert len(said) == 2 and "one after the other" in said[1]


@torch.inference_mode()
def test_rows_take_their_vectors_along(tiny_model):
    model, _ = sparing(with_parts(tiny_model("tiny-sdxl")))
    x, cross, vector, time = draw(3, 4, 8, 8), draw(3, 77, 112), draw(3, 1600), torch.tensor([1.0, 2.0, 3.0])
    expected = model.predict(x, time, cross, vector)
    model.economy.rows = 1
    assert torch.allclose(model.predict(x, time, cross, vector), expected, atol=1e-5)


@torch.inference_mode()
def test_a_vae_that_has_no_room_works_in_tiles(tiny_sd1, monkeypatch):
    monkeypatch.setattr(economy_module, "_TILES_PX", (64, 32))
    model, said = sparing(with_parts(tiny_sd1))
    latents = draw(1, 4, 16, 16) * 0.2
    whole = model.decode(latents)
    monkeypatch.setattr(model.autoencoder, "decode", no_memory)
    tiled = model.decode(latents)
    assert not torch.equal(tiled, whole) and (tiled - whole).abs().mean() < 0.1
    monkeypatch.setattr(model.autoencoder, "_encode", no_memory)
    assert model.encode(whole.clamp(-1, 1)).mean.shape == latents.shape
    assert said == ["Memory ran out: pictures passed through the VAE in tiles of 64 pixels."]
    monkeypatch.setattr(model.autoencoder, "tiled_decode", no_memory)
    with pytest.raises(torch.OutOfMemoryError):
        model.decode(latents)
    assert "tiles of 32" in said[-1]


def test_a_picture_that_is_sure_not_to_fit_is_tiled_at_once(monkeypatch):
    monkeypatch.setattr(economy_module, "available_bytes", lambda _device: 2**30)
    economy, cuda = Economy(), torch.device("cuda")
    assert economy.tile_for(512 * 512, torch.float16, cuda) is None
    assert economy.tile_for(1024 * 1024, torch.float16, cuda) == 512


def test_then_parts_leave_the_device_the_quickest_way_first():
    said: list[str] = []
    parts = [Part(), Part()]
    turns = TurnTaking(dataclasses.replace(CPU_PLACEMENT, device=torch.device("cuda:0")), parts, parts[0])
    tries = iter([no_memory, lambda: turns.offload])
    assert attempt(lambda: next(tries)(), Economy(said.append).unet_steps(1, 1, turns)) is Offload.WHOLE_MODELS
    assert "as with --medvram" in said[0] and parts[0]() == "cuda:0" and parts[1].place == "cpu"
    assert turns.more_frugal() == [Offload.LAYER_BY_LAYER]
    turns.back_to_usual()
    assert turns.offload is Offload.NOTHING and [part.place for part in parts] == ["cuda:0", "cuda:0"]
    assert parts[1]() == "cuda:0" and parts[0].place == "cuda:0"  # nobody takes turns any more


def test_streaming_ends_as_it_began():
    streamed, whole = torch.nn.Linear(2, 2), Part()
    expected, weight = streamed(torch.ones(1, 2)), streamed.weight.clone()
    turns = TurnTaking(CPU_PLACEMENT, [streamed, whole], streamed)
    turns.change(Offload.LAYER_BY_LAYER)
    assert streamed.weight.device.type == "meta" and torch.equal(streamed(torch.ones(1, 2)), expected)
    turns.back_to_usual()
    assert torch.equal(streamed.weight, weight) and torch.equal(streamed(torch.ones(1, 2)), expected)


def test_other_errors_are_not_tried_again():
    tries: list[int] = []

    def broken() -> None:
        tries.append(1)
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        attempt(broken, iter([lambda: None]))
    assert len(tries) == 1


@pytest.mark.parametrize(("formats", "ends_in"), [
    ((torch.float32,), torch.float32), ((torch.float16, torch.float32), torch.float16), ((), None)])
@torch.inference_mode()
def test_an_overflow_is_answered_as_the_settings_say(tiny_sd1: LoadedModel, formats, ends_in):
    model, said = sparing(overflowing(tiny_sd1))
    model.economy.vae_formats = formats
    latents = draw(1, 4, 4, 4)
    if ends_in is None:
        with pytest.raises(InvalidPictureError, match="--no-half"):
            model.decode(latents)
        return
    assert bool(model.decode(latents).isfinite().all()) and model.autoencoder.dtype is ends_in
    assert len(said) == 1 and "overflowed" in said[0]


@torch.inference_mode()
def test_a_32_bit_vae_that_makes_nan_is_not_tried_again(tiny_sd1: LoadedModel):
    parts = ModelParts(tiny_sd1.unet, tiny_sd1.autoencoder, tiny_sd1.text_encoders, tiny_sd1.alphas_cumprod)
    model, said = sparing(LoadedModel(tiny_sd1.files, tiny_sd1.description, CPU_PLACEMENT, parts))
    with pytest.raises(InvalidPictureError):
        model.decode(torch.full((1, 4, 4, 4), float("nan")))
    assert not said
