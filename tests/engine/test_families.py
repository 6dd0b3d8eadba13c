"""Every family's checkpoint becomes the model that diffusers makes of the same file: same tensors, same outputs."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_clip_checkpoint, convert_open_clip_checkpoint
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, DPTForDepthEstimation

from modules.engine.depth import draft_depth_estimator
from modules.engine.loaded_model import LoadedModel
from modules.engine.loading import load_autoencoder, load_model
from modules.engine.model_files import ModelFiles
from modules.families.depth_layout import name_depth_tensors, read_depth_layout
from modules.families.evidence import DEPTH_PREFIX
from modules.foundation.errors import ModelFileError
from modules.foundation.size import Size
from modules.hardware.placement import CPU_PLACEMENT

CPU, FP32 = torch.device("cpu"), torch.float32
_CROSS, _PLAIN = "CrossAttnDownBlock2D", "DownBlock2D"
_SD = {"block_out_channels": (64, 64, 64, 128), "cross_attention_dim": 64, "attention_head_dim": 8}
_SD2 = {**_SD, "attention_head_dim": (1, 1, 1, 2), "use_linear_projection": True}
_VECTOR = {"addition_embed_type": "text_time", "addition_time_embed_dim": 256, "use_linear_projection": True}
_XL = {"block_out_channels": (64, 64, 128), "cross_attention_dim": 192, "attention_head_dim": (1, 1, 2),
       "transformer_layers_per_block": (1, 1, 2), "down_block_types": (_PLAIN, _CROSS, _CROSS),
       "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), **_VECTOR,
       "projection_class_embeddings_input_dim": 128 + 6 * 256}
_REFINER = {"block_out_channels": (64, 64, 64, 128), "cross_attention_dim": 128, "attention_head_dim": (1, 1, 1, 2),
            "down_block_types": (_PLAIN, _CROSS, _CROSS, _PLAIN), **_VECTOR,
            "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "projection_class_embeddings_input_dim": 128 + 5 * 256}
UNETS = {"sd1": _SD, "sd1-edit": {**_SD, "in_channels": 8}, "sd2": _SD2, "sd2-depth": {**_SD2, "in_channels": 5},
         "sd2-inpainting": {**_SD2, "in_channels": 9}, "sdxl": _XL, "sdxl-edit": {**_XL, "in_channels": 8},
         "sdxl-refiner": _REFINER}
"""The published configurations, at the widths of the small checkpoints."""
VAE = {"block_out_channels": (32, 32, 32, 64), "layers_per_block": 2, "down_block_types": ("DownEncoderBlock2D",) * 4,
       "up_block_types": ("UpDecoderBlock2D",) * 4}
IDS = torch.tensor([[49406, 320, 2368, 49407] + [0] * 73])


@pytest.fixture(scope="module")
def load(family_file: Callable[[str], Path]) -> Callable[[str], LoadedModel]:
    return functools.cache(lambda name: load_model(ModelFiles(family_file(name)), CPU_PLACEMENT))


@pytest.fixture(scope="module")
def reference(family_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """Let diffusers read a part of a checkpoint."""
    folder = tmp_path_factory.mktemp("configurations")

    @functools.cache
    def read(name: str, part: str):
        kind, config = (UNet2DConditionModel, UNETS[name]) if part == "unet" else (AutoencoderKL, VAE)
        with torch.device("meta"):
            kind(**config).save_config(folder / name / part)
        return kind.from_single_file(str(family_file(name)), config=str(folder / name), subfolder=part,
                                     local_files_only=True).eval()

    return read


@pytest.mark.parametrize("name", list(UNETS))
@torch.inference_mode()
def test_the_unet_computes_what_diffusers_does(load, reference, name: str):
    model, theirs = load(name), reference(name, "unet")
    width = model.description.unet
    generator = torch.Generator().manual_seed(3)
    x, seen = torch.randn(1, 4, 8, 8, generator=generator), torch.randn(1, 5, 8, 8, generator=generator)
    cross, time = torch.randn(1, 77, width.context_width, generator=generator), torch.tensor([321.0])
    vector, told = None, None
    if width.vector_width:
        pooled = torch.randn(1, 128, generator=generator)
        vector = model.size_vector(pooled, Size(96, 64), crop=(3, 5), aesthetic_score=2.5)
        last = [2.5] if name == "sdxl-refiner" else [64, 96]
        told = {"text_embeds": pooled, "time_ids": torch.tensor([[64, 96, 3, 5, *last]])}
    concat = seen[:, :width.in_channels - 4] if width.in_channels > 4 else None
    ours = model.predict(x, time, cross, vector, concat)
    expected = theirs(x if concat is None else torch.cat([x, concat], 1), time, cross, added_cond_kwargs=told).sample
    assert torch.allclose(ours, expected, atol=2e-5), (ours - expected).abs().max()


@torch.inference_mode()
def test_the_vae_computes_what_diffusers_does(load, reference):
    model, theirs = load("sd2-depth"), reference("sd2-depth", "vae")
    assert all(torch.equal(tensor, model.autoencoder.state_dict()[key]) for key, tensor in theirs.state_dict().items())
    pixels = torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)
    assert torch.allclose(model.encode(pixels).mean, theirs.encode(pixels).latent_dist.mode(), atol=1e-6)


def text_reference(name: str, tensors: dict[str, torch.Tensor], index: int):
    """Build a text encoder as diffusers' pipelines have it."""
    if name.startswith("sd1"):
        return _filled(CLIPTextModel(_text_config(64, 2, "quick_gelu")), convert_ldm_clip_checkpoint(tensors))
    if name.startswith("sd2"):
        model = CLIPTextModel(_text_config(64, 2, "gelu"))  # one layer fewer than the file has
        return _filled(model, convert_open_clip_checkpoint(model, tensors, "cond_stage_model.model."))
    if index == 0 and name != "sdxl-refiner":
        return _filled(CLIPTextModel(_text_config(64, 2, "quick_gelu")),
                       convert_ldm_clip_checkpoint(tensors, remove_prefix="conditioner.embedders.0.transformer."))
    model = CLIPTextModelWithProjection(_text_config(128, 3, "gelu"))
    return _filled(model, convert_open_clip_checkpoint(model, tensors, f"conditioner.embedders.{index}.model."))


def _text_config(width: int, layers: int, act: str) -> CLIPTextConfig:
    return CLIPTextConfig(hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers, hidden_act=act,
                          num_attention_heads=width // 64, projection_dim=width)


def _filled(model: torch.nn.Module, state: dict[str, torch.Tensor]) -> torch.nn.Module:
    wanted = model.state_dict()
    names = {key.removeprefix("text_model."): key for key in wanted}
    state = {names[short]: value.float() for key, value in state.items()
             if (short := key.removeprefix("text_model.")) in names}
    assert set(state) == {key for key in wanted if "position_ids" not in key}
    model.load_state_dict(state, strict=False)
    return model.eval()


@pytest.mark.parametrize(("name", "index"), [
    ("sd1-edit", 0), ("sd2", 0), ("sdxl", 0), ("sdxl", 1), ("sdxl-refiner", 0)])
@torch.inference_mode()
def test_the_text_encoders_compute_what_the_pipelines_do(load, family_file, name: str, index: int):
    theirs = text_reference(name, load_file(family_file(name)), index)
    hidden, pooled = load(name).text_encoders[index].encode(IDS)
    out = theirs(IDS, output_hidden_states=True)
    expected = out.hidden_states[-2] if name.startswith("sdxl") else out.last_hidden_state
    assert torch.allclose(hidden, expected, atol=1e-5)
    if pooled is not None:
        assert torch.allclose(pooled, out.text_embeds, atol=1e-5)


@pytest.fixture(scope="module")
def write_folder(family_file, load, reference, tmp_path_factory) -> Callable[[str], Path]:
    """Let diffusers and transformers write a model as a folder."""
    root = tmp_path_factory.mktemp("folders")

    @functools.cache
    def write(name: str) -> Path:
        folder = root / f"{name}-v1.5"  # with a dot that begins no ending
        tensors = load_file(family_file(name))
        reference(name, "unet").save_pretrained(folder / "unet", max_shard_size="20MB")
        copy.deepcopy(reference(name, "vae")).half().save_pretrained(folder / "vae", variant="fp16")
        for index in range(2 if name.startswith("sdxl") and name != "sdxl-refiner" else 1):
            part = "text_encoder_2" if index or name == "sdxl-refiner" else "text_encoder"
            text_reference(name, tensors, index).save_pretrained(folder / part)
        if name == "sd2-depth":
            load(name).depth.network.save_pretrained(folder / "depth_estimator")
        (folder / "scheduler").mkdir()
        (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(
            {"prediction_type": "epsilon", "beta_start": 0.00085, "beta_end": 0.012}))
        (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
        return folder

    return write


def tensors_of(model: LoadedModel) -> dict[str, torch.Tensor]:
    parts = {"unet": model.unet, "vae": model.autoencoder, **dict(enumerate(model.text_encoders))}
    parts |= {"depth": model.depth} if model.depth else {}
    return {f"{part}.{name}": tensor for part, module in parts.items() for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("name", ["sd1-edit", "sd2", "sd2-depth", "sdxl", "sdxl-refiner"])
@torch.inference_mode()
def test_a_folder_of_diffusers_is_the_same_model(load, write_folder, name: str):
    single, folder = load(name), load_model(ModelFiles(write_folder(name)), CPU_PLACEMENT)
    ours, same = tensors_of(folder), tensors_of(single)
    assert all(torch.equal(tensor, same[key]) for key, tensor in ours.items())
    unused = {key for key in same if name.startswith("sd2") and ".encoder.layers.2." in key}
    assert set(same) - set(ours) == unused
    assert folder.description.family == single.description.family
    assert folder.description.unet == single.description.unet
    for one, other in zip(folder.text_encoders, single.text_encoders):
        assert torch.allclose(one.encode(IDS)[0], other.encode(IDS)[0], atol=1e-6)


def test_one_file_with_the_parts_of_a_folder_is_the_same_model(load, write_folder, tmp_path: Path):
    parts = {part: path for part in ("unet", "vae", "text_encoder") for path in [write_folder("sd1") / part]}
    save_file({f"{part}.{name}": tensor for part, folder in parts.items() for path in folder.glob("*.safetensors")
               for name, tensor in load_file(path).items()}, tmp_path / "one.safetensors")
    model = load_model(ModelFiles(tmp_path / "one.safetensors"), CPU_PLACEMENT)
    same = tensors_of(load("sd1"))
    assert all(torch.equal(tensor, same[key]) for key, tensor in tensors_of(model).items())


def test_a_vae_file_in_the_layout_of_diffusers_is_the_same_vae(load, write_folder):
    [path] = (write_folder("sd1") / "vae").glob("*.safetensors")
    same = load("sd1").autoencoder.state_dict()
    assert all(torch.equal(tensor, same[key])
               for key, tensor in load_autoencoder(path, CPU_PLACEMENT).state_dict().items())


def test_old_pickles_in_a_folder_load_and_bad_ones_do_not(load, write_folder, tmp_path: Path):
    folder = tmp_path / "old"
    for part in ("unet", "vae", "text_encoder"):
        (folder / part).mkdir(parents=True)
        tensors = {}
        for path in (write_folder("sd1") / part).glob("*.safetensors"):
            tensors.update(load_file(path))
        torch.save(tensors, folder / part / ("pytorch_model.bin" if "text" in part else "diffusion_pytorch_model.bin"))
    (folder / "model_index.json").write_text("{}")
    same = tensors_of(load("sd1"))
    model = load_model(ModelFiles(folder), CPU_PLACEMENT)
    assert all(torch.equal(tensor, same[key]) for key, tensor in tensors_of(model).items())
    torch.save({"state_dict": print}, folder / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelFileError, match="was refused"):
        load_model(ModelFiles(folder), CPU_PLACEMENT)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2])
def test_other_formats_of_storage_load(family_file, tmp_path: Path, dtype: torch.dtype):
    tensors = {name: tensor.to(dtype) for name, tensor in load_file(family_file("sd1")).items()}
    save_file(tensors, tmp_path / "model.safetensors")
    model = load_model(ModelFiles(tmp_path / "model.safetensors"), CPU_PLACEMENT)
    name = "model.diffusion_model.input_blocks.0.0.weight"
    assert torch.equal(model.unet.conv_in.weight, tensors[name].float())


def test_an_ema_copy_beside_the_weights_is_not_used(load, family_file, tmp_path: Path):
    tensors = load_file(family_file("sd1"))
    ema = {f"model_ema.{name.removeprefix('model.').replace('.', '')}": tensor + 1
           for name, tensor in tensors.items() if name.startswith("model.diffusion_model.")}
    save_file({**tensors, **ema, "model_ema.decay": torch.tensor(0.9), "model_ema.num_updates": torch.tensor(3)},
              tmp_path / "ema.safetensors")
    same = tensors_of(load("sd1"))
    model = load_model(ModelFiles(tmp_path / "ema.safetensors"), CPU_PLACEMENT)
    assert all(torch.equal(tensor, same[key]) for key, tensor in tensors_of(model).items())


def test_every_tensor_of_midas_has_its_place(family_recipes):
    """The published DPT-Hybrid, and not one tensor left over but its unused classifier."""
    shapes = {name.removeprefix(DEPTH_PREFIX): shape for name, shape in family_recipes.midas(family_recipes.MIDAS)}
    empty = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    draft = draft_depth_estimator(empty)
    unused = {f"pretrained.model.head.{leaf}" for leaf in ("weight", "bias")}
    assert set(shapes) - set(name_depth_tensors(shapes)) == unused
    assert set(draft.tensors) == set(draft.module.state_dict())
    assert draft.module.layout.heads == 12 and draft.module.layout.side_px == 384
    assert draft.module.network.config.backbone_out_indices == [2, 5, 8, 11]


@torch.inference_mode()
def test_depth_is_what_transformers_estimates(load):
    estimator = load("sd2-depth").depth
    network: DPTForDepthEstimation = estimator.network
    pixels = torch.randn(1, 3, 384, 384, generator=torch.Generator().manual_seed(1)).clamp(-1, 1)
    ours = estimator(pixels, Size(384, 384))
    theirs = DPTForDepthEstimation(network.config).eval()
    theirs.load_state_dict(network.state_dict())
    depth = theirs(pixels).predicted_depth
    expected = 2 * (depth - depth.min()) / (depth.max() - depth.min()) - 1
    assert torch.allclose(ours[0], expected, atol=1e-4)


@torch.inference_mode()
def test_depth_of_pictures_of_any_shape_fills_the_range(load):
    pixels = torch.randn(2, 3, 64, 160, generator=torch.Generator().manual_seed(1)).clamp(-1, 1)
    depth = load("sd2-depth").estimate_depth(pixels, Size(20, 8))
    assert depth.shape == (2, 1, 8, 20)
    assert torch.allclose(depth.amin((1, 2, 3)), torch.tensor(-1.0)) and torch.allclose(
        depth.amax((1, 2, 3)), torch.tensor(1.0), atol=1e-6)


def test_a_depth_model_without_its_network_says_so(family_file, tmp_path: Path):
    tensors = {name: tensor for name, tensor in load_file(family_file("sd2-depth")).items()
               if not name.startswith(DEPTH_PREFIX)}
    save_file(tensors, tmp_path / "pruned.safetensors")
    with pytest.raises(ModelFileError, match=r"pruned\.safetensors: It is a depth-to-image model without"):
        load_model(ModelFiles(tmp_path / "pruned.safetensors"), CPU_PLACEMENT)


@pytest.mark.parametrize("change", [{"stages": (128, 128), "depths": (1, 1)}, {"width": 200}, {"layers": 2},
                                    {"trunk": 40}, {"stages": (96, 128, 128)}])
def test_another_depth_network_is_refused(family_recipes, change: dict):
    shapes = dict(family_recipes.midas({**family_recipes.MIDAS_SMALL, **change}))
    named = name_depth_tensors(name.removeprefix(DEPTH_PREFIX) for name in shapes)
    with pytest.raises(ModelFileError, match="not MiDaS's DPT-Hybrid"):
        read_depth_layout({module: shapes[DEPTH_PREFIX + name] for name, module in named.items()
                           if "qkv" not in module})


def test_mangled_depth_networks_only_ever_raise_model_file_errors(family_recipes):
    choices, table = random.Random(3), dict(family_recipes.midas(family_recipes.MIDAS_SMALL, "x"))
    for _ in range(15):
        shapes = {name.removeprefix("x."): shape for name, shape in table.items()}
        for name in choices.sample(list(shapes), 2):
            sides = [*shapes.pop(name)]
            sides[choices.randrange(len(sides))] = choices.choice([1, 5, 96, 10**5])
            if choices.random() < 0.8:
                shapes[name] = tuple(sides)
        with contextlib.suppress(ModelFileError):
            draft_depth_estimator({name: torch.empty(shape, device="meta") for name, shape in shapes.items()})
