"""From files to models: every way of storing one loads, and every broken one is explained."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from modules.engine.loading import load_autoencoder, load_model
from modules.engine.model_files import ModelFiles
from modules.engine.prediction_probe import probe_prediction
from modules.families.description import Prediction
from modules.foundation.errors import ModelFileError, UnsupportedModelError
from modules.foundation.size import Size
from modules.hardware.placement import CPU_PLACEMENT, Placement

Tensors = dict[str, torch.Tensor]
BF16 = Placement(torch.device("cpu"), torch.bfloat16, torch.bfloat16, torch.bfloat16)
CRAYON = Path(__file__).parents[2] / "models" / "Stable-diffusion" / "crayon-v1.safetensors"


@pytest.fixture(scope="module")
def tensors(tiny_models: Path) -> Tensors:
    return load_file(tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors")


@pytest.fixture
def save(tmp_path: Path) -> Callable:
    """Write a checkpoint; the tiny text encoder's head count goes into the header."""

    def write(tensors: Tensors, name: str = "model.safetensors", **metadata: str) -> ModelFiles:
        save_file(tensors, tmp_path / name, metadata={"webui.text_encoder_heads": "4", **metadata})
        return ModelFiles(tmp_path / name)

    return write


def weights_of(model) -> Tensors:
    parts = {"unet": model.unet, "vae": model.autoencoder, "text": model.text_encoders[0]}
    return {f"{part}.{name}": tensor for part, module in parts.items() for name, tensor in module.state_dict().items()}


def assert_same(one, other) -> None:
    first, second = weights_of(one), weights_of(other)
    assert set(first) == set(second)
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_weights_are_frozen_copies_outside_inference_mode(tensors, save):
    with torch.inference_mode():
        model = load_model(save(tensors), CPU_PLACEMENT)
    assert not any(parameter.is_inference() or parameter.requires_grad for parameter in model.unet.parameters())
    assert not model.unet.training and not model.autoencoder.training
    model.unet.conv_in.weight.mul_(2.0)
    assert {parameter.dtype for parameter in model.unet.parameters()} == {torch.float32}


def test_a_file_that_vanishes_after_loading_is_not_missed(tensors, save, tiny_sd1):
    files = save(tensors)
    model = load_model(files, CPU_PLACEMENT)
    files.checkpoint.write_bytes(b"\0" * 10)
    assert_same(model, tiny_sd1)


def test_an_old_pickle_gives_the_same_model(tensors, tmp_path: Path, tiny_models: Path, tiny_sd1):
    path = tmp_path / "old.ckpt"
    torch.save({"state_dict": tensors, "global_step": 470_000}, path)
    sidecar = tiny_models / "Stable-diffusion" / "tiny-sd1.yaml"
    path.with_suffix(".yaml").write_text(sidecar.read_text().replace("clip/tiny48", "clip"))
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "config.json").write_text('{"num_attention_heads": 4}')
    assert_same(load_model(ModelFiles(path), CPU_PLACEMENT), tiny_sd1)


def test_old_names_of_the_text_encoder(tensors, save, tiny_sd1):
    old = {name.replace("transformer.text_model.", "transformer."): tensor for name, tensor in tensors.items()}
    assert_same(load_model(save(old), CPU_PLACEMENT), tiny_sd1)


OTHER_NAMES = {".q.": ".to_q.", ".k.": ".to_k.", ".v.": ".to_v.", ".proj_out.": ".to_out.0."}


@pytest.mark.parametrize("rename", [{}, OTHER_NAMES], ids=["names of the original", "names of diffusers"])
@pytest.mark.parametrize("flat", [True, False], ids=["linear", "convolution"])
def test_both_ways_of_storing_the_attention_of_a_vae(tensors, save, tiny_sd1, flat: bool, rename: dict[str, str]):
    changed = {}
    for name, tensor in tensors.items():
        if ".mid.attn_1." in name:
            for old, new in rename.items():
                name = name.replace(old, new)
            tensor = tensor[:, :, 0, 0].contiguous() if flat and tensor.ndim == 4 else tensor
        changed[name] = tensor
    assert_same(load_model(save(changed), CPU_PLACEMENT), tiny_sd1)


def test_other_formats_are_converted(tensors, save):
    model = load_model(save({name: tensor.float() for name, tensor in tensors.items()}), BF16)
    assert {tensor.dtype for tensor in weights_of(model).values()} == {torch.bfloat16}
    assert model.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        noise = model.predict(torch.ones(1, 4, 8, 8), torch.tensor([5.0]), torch.zeros(1, 77, 48))
        assert noise.dtype is torch.float32 and bool(noise.isfinite().all())
        assert model.decode(torch.ones(1, 4, 8, 8)).dtype is torch.float32
        assert model.text_encoders[0].encode(torch.zeros(1, 77, dtype=torch.long))[0].dtype is torch.float32


def test_extra_tensors_do_no_harm(tensors, save, tiny_sd1):
    extra = {**tensors, "model_ema.decay": torch.ones(()), "loss.logvar": torch.ones(2), "unrelated": torch.ones(1)}
    assert_same(load_model(save(extra), CPU_PLACEMENT), tiny_sd1)


def test_the_schedule_in_the_file_is_used_where_it_is_one(tensors, save, tiny_sd1):
    stored = torch.linspace(0.9, 0.01, 1000)
    assert torch.equal(load_model(save({**tensors, "alphas_cumprod": stored}), CPU_PLACEMENT).alphas_cumprod, stored)
    for wrong in (torch.ones(7), torch.full((1000,), math.nan), torch.linspace(0.01, 0.9, 1000)):
        model = load_model(save({**tensors, "alphas_cumprod": wrong}), CPU_PLACEMENT)
        assert torch.equal(model.alphas_cumprod, tiny_sd1.alphas_cumprod)


def test_the_native_size_in_the_header(tensors, save):
    files = save(tensors, **{"modelspec.resolution": "128x128"})
    assert load_model(files, CPU_PLACEMENT).description.native_size == Size(128, 128)


@pytest.mark.parametrize("prefix", ["", "first_stage_model."], ids=["bare", "as in a checkpoint"])
def test_a_vae_from_a_file_of_its_own(tensors, save, tiny_models: Path, tmp_path: Path, tiny_sd1, prefix: str):
    other = load_file(tiny_models / "VAE" / "tiny-vae.safetensors")
    noise = {"loss.discriminator": torch.ones(1)}
    save_file({prefix + name: tensor for name, tensor in {**other, **noise}.items()}, tmp_path / "vae.safetensors")
    model = load_model(ModelFiles(save(tensors).checkpoint, tmp_path / "vae.safetensors"), CPU_PLACEMENT)
    assert torch.equal(model.autoencoder.decoder.conv_in.weight, other["decoder.conv_in.weight"].float())
    assert torch.equal(model.unet.conv_in.weight, tiny_sd1.unet.conv_in.weight)


def test_what_is_no_vae_is_refused(tiny_models: Path):
    with pytest.raises(ModelFileError, match=r"tiny-lora\.safetensors is no VAE"):
        load_autoencoder(tiny_models / "Lora" / "tiny-lora.safetensors", CPU_PLACEMENT)


def test_a_checkpoint_without_vae_asks_for_one(tensors, save, tiny_models: Path):
    pruned = {name: tensor for name, tensor in tensors.items() if not name.startswith("first_stage_model.")}
    files = save(pruned)
    with pytest.raises(ModelFileError, match="has no VAE"):
        load_model(files, CPU_PLACEMENT)
    load_model(ModelFiles(files.checkpoint, tiny_models / "VAE" / "tiny-vae.safetensors"), CPU_PLACEMENT)


def test_a_network_in_the_wrong_folder_is_named(tiny_models: Path):
    with pytest.raises(UnsupportedModelError, match=r"tiny-lora\.safetensors: This is a LoRA"):
        load_model(ModelFiles(tiny_models / "Lora" / "tiny-lora.safetensors"), CPU_PLACEMENT)


def test_any_missing_or_misshapen_tensor_is_explained(tensors, save):
    choices = random.Random(3)
    names = [name for name in tensors if "position_ids" not in name]
    for name in choices.sample(names, 6):
        broken = dict(tensors)
        if choices.random() < 0.5:
            del broken[name]
        else:
            broken[name] = torch.ones(3, 5)
        with pytest.raises(ModelFileError, match=r"model\.safetensors"):
            load_model(save(broken), CPU_PLACEMENT)


def test_a_velocity_predictor_answers_grey_with_something_darker(tiny_model):
    layout = tiny_model("tiny-sd2-v").description.unet

    class Answer(torch.nn.Module):
        def __init__(self, offset: float) -> None:
            super().__init__()
            self.offset = torch.nn.Parameter(torch.tensor(offset))

        def forward(self, x, timestep, cross, return_dict):
            assert float(timestep) == 999 and not return_dict
            return (x + self.offset,)

    assert probe_prediction(Answer(-1.5), layout) is Prediction.VELOCITY
    assert probe_prediction(Answer(0.1), layout) is Prediction.NOISE


@pytest.fixture(scope="module")
def small_sd2(ldm_shapes) -> Tensors:
    """A Stable Diffusion 2 of another topology than the tiny ones: two levels, one resnet in each."""
    unet = {"model_channels": 64, "channel_mult": [1, 2], "num_res_blocks": 1, "attention_resolutions": [1, 2],
            "transformer_depth": 1, "in_channels": 4, "context_dim": 64, "use_linear_in_transformer": True}
    vae = {"ch": 32, "ch_mult": [1, 1], "num_res_blocks": 1, "z_channels": 4, "embed_dim": 4}
    text = {"width": 64, "layers": 2, "embed_dim": 64, "vocab_size": 100}
    table = [*ldm_shapes.unet(unet), *ldm_shapes.vae(vae), *ldm_shapes.clip_open(text)]
    generator = torch.Generator().manual_seed(0)
    return {name: torch.randn(shape, generator=generator) * 0.02 for name, shape in table}


@pytest.mark.parametrize(("bias", "prediction", "size"), [
    (0.0, Prediction.NOISE, Size(512, 512)), (-5.0, Prediction.VELOCITY, Size(768, 768))])
def test_an_undecided_checkpoint_is_decided_when_loaded(small_sd2, save, bias: float, prediction, size):
    biased = {**small_sd2, "model.diffusion_model.out.2.bias": torch.full((4,), bias)}
    files = save(biased, **{"webui.text_encoder_heads": "1"})
    description = load_model(files, CPU_PLACEMENT).description
    assert (description.prediction, description.native_size) == (prediction, size)


@pytest.mark.skipif(not CRAYON.is_file(), reason="the default model is not there yet")
@torch.inference_mode()
def test_the_default_model():
    model = load_model(ModelFiles(CRAYON), CPU_PLACEMENT)
    assert model.description.family == "sd1"
    assert model.description.native_size in (Size(128, 128), Size(256, 256))
    ids = torch.tensor([[49406, *[49407] * 76]])
    cross, _ = model.text_encoders[0].encode(ids)
    noise = model.predict(torch.randn(1, 4, 16, 16), torch.tensor([500.0]), cross)
    assert bool(noise.isfinite().all())
