"""Modules built from shapes alone are the ones diffusers and transformers would build, at full size too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from modules.engine.autoencoder import build_autoencoder
from modules.engine.filling import build_empty
from modules.engine.text_encoder import TextEncoder
from modules.engine.unet import build_unet
from modules.families.autoencoder_layout import name_autoencoder_tensors
from modules.families.description import ModelDescription
from modules.families.evidence import AUTOENCODER_PREFIX, UNET_PREFIX, Evidence
from modules.families.recognition import recognise
from modules.families.text_layout import name_text_tensors
from modules.families.unet_layout import name_unet_tensors
from modules.weights.reading import read_weights

FULL = ("sd1", "sd1-inpainting", "sd1-edit", "sd2", "sd2-depth", "sdxl", "sdxl-refiner")
TINY = ("tiny-sd1", "tiny-sd1-inpainting", "tiny-sd2-v", "tiny-sdxl")

SD15_UNET = {"sample_size": 64, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 768,
             "attention_head_dim": 8, "block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2}
"""The published configuration of Stable Diffusion 1.5; everything else is diffusers' default."""
SD15_VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4, "sample_size": 512,
            "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}


def shapes_of(module: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def describe(shapes: dict[str, tuple[int, ...]]) -> ModelDescription:
    return recognise(Evidence(shapes))


def test_stable_diffusion_15_is_what_diffusers_calls_so(full_size_shapes):
    found = describe(full_size_shapes["sd1"])
    reference = build_empty(lambda: UNet2DConditionModel(**SD15_UNET))
    unet = build_unet(found.unet)
    assert shapes_of(unet) == shapes_of(reference)
    assert sum(parameter.numel() for parameter in unet.parameters()) == 859_520_964
    assert {name: unet.config[name] for name in SD15_UNET if name not in ("sample_size", "attention_head_dim")} == {
        name: value for name, value in SD15_UNET.items() if name not in ("sample_size", "attention_head_dim")}
    assert shapes_of(build_autoencoder(found.autoencoder)) == shapes_of(build_empty(lambda: AutoencoderKL(**SD15_VAE)))


@pytest.mark.parametrize(("name", "parameters"), [
    ("sd1", 859_520_964), ("sd2", 865_910_724), ("sdxl", 2_567_463_684)])
def test_the_unets_have_as_many_parameters_as_were_published(full_size_shapes, name: str, parameters: int):
    unet = build_unet(describe(full_size_shapes[name]).unet)
    assert sum(parameter.numel() for parameter in unet.parameters()) == parameters


def test_the_refiner_is_what_diffusers_calls_so(full_size_shapes):
    """With the published configuration; what diffusers calls ``add_embedding`` is a ``class_embedding`` here."""
    cross, plain = "CrossAttn{}Block2D", "{}Block2D"
    kinds = (plain, cross, cross, plain)
    reference = build_empty(lambda: UNet2DConditionModel(
        block_out_channels=(384, 768, 1536, 1536), attention_head_dim=(6, 12, 24, 24), cross_attention_dim=1280,
        transformer_layers_per_block=4, use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=256, projection_class_embeddings_input_dim=2560,
        down_block_types=tuple(kind.format("Down") for kind in kinds),
        up_block_types=tuple(kind.format("Up") for kind in kinds)))
    ours = shapes_of(build_unet(describe(full_size_shapes["sdxl-refiner"]).unet))
    assert {name.replace("add_embedding", "class_embedding"): shape
            for name, shape in shapes_of(reference).items()} == ours


@pytest.mark.parametrize("name", FULL)
def test_every_tensor_of_a_full_size_checkpoint_has_its_place(full_size_shapes, name: str):
    evidence = Evidence(full_size_shapes[name])
    found = recognise(evidence)
    unet = evidence.below(UNET_PREFIX)
    names = name_unet_tensors(found.unet, unet)
    assert {names[name]: shape for name, shape in unet.items()} == shapes_of(build_unet(found.unet))
    vae = evidence.below(AUTOENCODER_PREFIX)
    names = name_autoencoder_tensors(found.autoencoder, vae)
    assert set(names.values()) == set(shapes_of(build_autoencoder(found.autoencoder)))
    for tower in found.text:
        inside = evidence.below(tower.recipe.prefix)
        named = set(name_text_tensors(tower, inside).values())
        wanted = {name.removeprefix("text_model.") for name in shapes_of(build_empty(lambda t=tower: TextEncoder(t)))}
        assert {name.replace(".qkv.", ".q_proj.") for name in named} <= wanted
        assert set(inside) - set(name_text_tensors(tower, inside)) <= {"logit_scale", "text_projection"}


@pytest.mark.parametrize(("part", "convert"), [
    ("unet", convert_ldm_unet_checkpoint), ("autoencoder", convert_ldm_vae_checkpoint)])
@pytest.mark.parametrize("name", TINY)
def test_the_modules_hold_what_diffusers_converts(name: str, part: str, convert: Callable, tiny_models, tiny_model):
    module = getattr(tiny_model(name), part)
    original = read_weights(tiny_models / "Stable-diffusion" / f"{name}.safetensors").tensors
    expected = convert(dict(original), module.config)
    actual = module.state_dict()
    assert set(actual) == set(expected)
    assert all(torch.equal(tensor, expected[key].float().reshape(tensor.shape)) for key, tensor in actual.items())


@torch.inference_mode()
def test_a_module_configured_by_hand_computes_the_same(tiny_models, tiny_sd1):
    original = dict(read_weights(tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors").tensors)
    reference = UNet2DConditionModel(block_out_channels=(32, 64, 128, 128), cross_attention_dim=48,
                                     attention_head_dim=8)
    reference.load_state_dict(convert_ldm_unet_checkpoint(original, reference.config))
    generator = torch.Generator().manual_seed(1)
    x, cross = torch.randn(2, 4, 16, 8, generator=generator), torch.randn(2, 77, 48, generator=generator)
    time = torch.tensor([500.5, 3.0])
    assert torch.equal(tiny_sd1.predict(x, time, cross), reference.eval()(x, time, cross).sample)


@torch.inference_mode()
def test_the_second_encoder_of_sdxl_computes_what_transformers_does(tiny_models, tiny_model):
    ours = tiny_model("tiny-sdxl").text_encoders[1]
    original = dict(read_weights(tiny_models / "Stable-diffusion" / "tiny-sdxl.safetensors").tensors)
    reference = CLIPTextModelWithProjection(CLIPTextConfig(
        hidden_size=64, intermediate_size=256, num_hidden_layers=4, num_attention_heads=4, hidden_act="gelu",
        projection_dim=64)).eval()
    converted = convert_open_clip_checkpoint(reference, original, "conditioner.embedders.1.model.")
    converted = {key.removeprefix("text_model."): value.float() for key, value in converted.items()}
    reference.text_model.load_state_dict({key: value for key, value in converted.items() if "projection" not in key},
                                         strict=False)
    reference.text_projection.weight.copy_(converted["text_projection.weight"])
    ids = torch.tensor([[49406, 320, 2368, 49407] + [0] * 73])
    expected = reference(ids, output_hidden_states=True)
    hidden, pooled = ours.encode(ids)
    assert torch.allclose(hidden, expected.hidden_states[-2], atol=1e-5)
    assert torch.allclose(pooled, expected.text_embeds, atol=1e-5)
