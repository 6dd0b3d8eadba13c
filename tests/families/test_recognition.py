"""Checkpoints are told apart by names and shapes alone, and what is none is named."""

from __future__ import annotations

import contextlib
import gzip
import json
import random

import pytest

from modules.families.autoencoder_layout import name_autoencoder_tensors
from modules.families.description import Conditioning, Prediction
from modules.families.dialect import original_names, read_evidence
from modules.families.evidence import AUTOENCODER_PREFIX, UNET_PREFIX, Evidence, NotMineError
from modules.families.recognition import FAMILIES, recognise
from modules.families.sidecar import Sidecar, TextSettings
from modules.families.unet_layout import name_unet_tensors
from modules.foundation.errors import ModelFileError, UnsupportedModelError
from modules.foundation.size import Size


@pytest.mark.parametrize(("name", "family", "conditioning", "prediction", "native"), [
    ("sd1", "sd1", Conditioning.NONE, Prediction.NOISE, Size(512, 512)),
    ("sd1-inpainting", "sd1", Conditioning.INPAINTING, Prediction.NOISE, Size(512, 512)),
    ("sd2", "sd2", Conditioning.NONE, Prediction.UNDECIDED, Size(512, 512)),
    ("sdxl", "sdxl", Conditioning.NONE, Prediction.NOISE, Size(1024, 1024)),
])
def test_families(full_size_shapes, name, family, conditioning, prediction, native):
    found = recognise(Evidence(full_size_shapes[name]))
    assert (found.family, found.conditioning, found.prediction, found.native_size) == (
        family, conditioning, prediction, native)


def test_heads_of_the_real_models(full_size_shapes):
    heads = {name: recognise(Evidence(shapes)) for name, shapes in full_size_shapes.items()}
    assert heads["sd1"].unet.heads == (8, 8, 8, 8)
    assert heads["sd2"].unet.heads == (5, 10, 20, 20)
    assert heads["sdxl"].unet.heads == (5, 10, 20)
    assert [tower.heads for tower in heads["sdxl"].text] == [12, 20]
    assert heads["sdxl"].unet.attention_depths == (0, 2, 10)
    assert heads["sdxl"].unet.vector_width == 2816


@pytest.mark.parametrize(("sidecar", "metadata", "expected"), [
    (Sidecar(), {}, Prediction.UNDECIDED),
    (Sidecar(parameterization="v"), {}, Prediction.VELOCITY),
    (Sidecar(parameterization="eps"), {}, Prediction.NOISE),
    (Sidecar(), {"modelspec.prediction_type": "v"}, Prediction.VELOCITY),
    (Sidecar(), {"modelspec.prediction_type": "epsilon"}, Prediction.NOISE),
    (Sidecar(parameterization="eps"), {"modelspec.prediction_type": "v"}, Prediction.NOISE),
    (Sidecar(), {"modelspec.prediction_type": "nonsense"}, Prediction.UNDECIDED),
])
def test_prediction_type(full_size_shapes, sidecar, metadata, expected):
    assert recognise(Evidence(full_size_shapes["sd2"], metadata, sidecar)).prediction is expected


def test_a_probed_prediction_brings_its_size(full_size_shapes):
    found = recognise(Evidence(full_size_shapes["sd2"]), Prediction.VELOCITY)
    assert found.prediction is Prediction.VELOCITY
    assert found.native_size == Size(768, 768)


def test_sdxl_can_be_marked_as_predicting_velocity(full_size_shapes):
    marked = {**full_size_shapes["sdxl"], "v_pred": (0,)}
    assert recognise(Evidence(marked)).prediction is Prediction.VELOCITY


def test_the_header_knows_the_size_best(full_size_shapes):
    shapes = full_size_shapes["sd1"]
    assert recognise(Evidence(shapes, {"modelspec.resolution": "128x128"})).native_size == Size(128, 128)
    assert recognise(Evidence(shapes, {}, Sidecar(native_cells=96))).native_size == Size(768, 768)
    for nonsense in ("large", "999999x999999", "8x8", "513x512"):
        assert recognise(Evidence(shapes, {"modelspec.resolution": nonsense})).native_size == Size(512, 512)


@pytest.mark.parametrize(("metadata", "settings", "expected"), [
    ({}, None, 12), ({"webui.text_encoder_heads": "6"}, None, 6), ({"webui.text_encoder_heads": "x"}, None, 12),
    ({"webui.text_encoder_heads": "6"}, 4, 4), ({}, 24, 24)])
def test_text_heads_are_the_sidecars_then_the_headers_then_the_familys(full_size_shapes, metadata, settings, expected):
    sidecar = Sidecar(text=(TextSettings(heads=settings),))
    assert recognise(Evidence(full_size_shapes["sd1"], metadata, sidecar)).text[0].heads == expected


def test_impossible_heads_are_refused(full_size_shapes):
    with pytest.raises(ModelFileError, match="divided into 7 attention heads"):
        recognise(Evidence(full_size_shapes["sd1"], {"webui.text_encoder_heads": "7"}))
    with pytest.raises(ModelFileError, match="divided into 7 heads"):
        recognise(Evidence(full_size_shapes["sd1"], {}, Sidecar(unet_heads=7)))


def test_names_without_text_model_are_the_same_model(full_size_shapes):
    old = {name.replace("transformer.text_model.", "transformer."): shape
           for name, shape in full_size_shapes["sd1"].items()}
    assert recognise(Evidence(old)) == recognise(Evidence(full_size_shapes["sd1"]))


def test_every_family_gives_a_reason():
    with pytest.raises(UnsupportedModelError) as caught:
        recognise(Evidence({"some.weight": (3, 3)}))
    assert all(f"not {family.title}, because it has no Stable Diffusion U-Net" in caught.value.message
               for family in FAMILIES)


FULL = ("sd1", "sd1-inpainting", "sd1-edit", "sd2", "sd2-inpainting", "sd2-depth", "sdxl", "sdxl-inpainting",
        "sdxl-edit", "sdxl-refiner")


@pytest.fixture(scope="module")
def headers(fixtures):
    """Names, shapes and formats of checkpoints of each family, full size, without their numbers."""
    with gzip.open(fixtures / "models" / "headers.json.gz", "rt") as file:
        stored = json.load(file)
    return {name: {key: tuple(shape) for key, (_dtype, shape) in table.items()} for name, table in stored.items()}


@pytest.mark.parametrize("name", FULL)
def test_each_family_is_told_by_its_header(headers, name: str):
    family, _, kind = name.partition("-") if name != "sdxl-refiner" else (name, "", "")
    found = recognise(Evidence(headers[name]))
    assert (found.family, found.conditioning.value) == (family, kind or "none")
    assert found.reasons[0] == "Stable Diffusion U-Net" and found.reasons[-1].endswith("input channels")
    assert found.prediction is (Prediction.UNDECIDED if name == "sd2" else Prediction.NOISE)
    assert found.rates_beauty == (name == "sdxl-refiner") and found.is_sdxl == name.startswith("sdxl")


def test_the_refiner_is_as_it_was_published(headers):
    unet = recognise(Evidence(headers["sdxl-refiner"])).unet
    assert unet.widths == (384, 768, 1536, 1536) and unet.heads == (6, 12, 24, 24)
    assert unet.attention_depths == (0, 4, 4, 0) and unet.middle_depth == 4
    assert (unet.context_width, unet.vector_width) == (1280, 2560)


def test_the_headers_are_those_of_the_recipes(headers, family_recipes):
    made = family_recipes.tables(small=False)
    assert {name: {key: tuple(shape) for key, shape in table.items()} for name, table in made.items()} == headers


@pytest.mark.parametrize("channels", [3, 6, 7])
def test_other_numbers_of_channels_are_no_family(headers, channels: int):
    shapes = {**headers["sd1"], "model.diffusion_model.input_blocks.0.0.weight": (320, channels, 3, 3)}
    with pytest.raises(UnsupportedModelError, match=f"takes {channels} channels"):
        recognise(Evidence(shapes))


@pytest.mark.parametrize(("name", "words"), [
    ("lora_unet_down_blocks_0_attentions_0_proj_in.alpha", "a LoRA"),
    ("model.diffusion_model.x_embedder.proj.weight", "Stable Diffusion 3"),
    ("model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight", "kind, Stable Diffusion 3, "),
    ("transformer_blocks.0.attn.add_q_proj.weight", "Stable Diffusion 3"),
    ("double_blocks.0.img_attn.norm.weight", "Flux"),
    ("model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale", "Flux"),
    ("adaln_single.emb.timestep_embedder.linear_1.weight", "PixArt"),
    ("clip_txt_mapper.weight", "Stable Cascade"),
    ("control_model.input_blocks.0.0.weight", "ControlNet"),
    ("controlnet_cond_embedding.conv_in.weight", "ControlNet"),
    ("mid_block.motion_modules.0.temporal_transformer.norm.bias", "AnimateDiff"),
    ("ip_adapter.1.to_k_ip.weight", "IP-Adapter"),
    ("embedder.model.visual.proj", "unCLIP"),
    ("low_scale_model.betas", "x4 upscaler"),
    ("encoder.down.0.block.0.conv1.weight", "a VAE"),
    ("encoder.down_blocks.0.resnets.0.conv1.weight", "a VAE"),
    ("text_model.encoder.layers.0.mlp.fc1.weight", "a text encoder alone"),
    ("emb_params", "an embedding"),
    ("down_blocks.0.resnets.0.conv1.weight", "diffusers"),
])
def test_well_known_strangers_are_named(name: str, words: str):
    with pytest.raises(UnsupportedModelError, match=words):
        recognise(Evidence({name: (1, 1, 1, 1)}))


@pytest.mark.parametrize(("pipeline", "words"), [
    ("FluxPipeline", "Flux"), ("StableDiffusion3Pipeline", "Stable Diffusion 3"), ("StableUnCLIPPipeline", "unCLIP"),
    ("PixArtSigmaPipeline", "PixArt"), ("SomethingNewPipeline", "no checkpoint the program knows")])
def test_a_folder_of_another_kind_is_named_by_its_index(pipeline: str, words: str):
    with pytest.raises(UnsupportedModelError, match=words):
        recognise(Evidence({"vae.decoder.conv_in.weight": (4, 4, 3, 3)}, {"diffusers.pipeline": pipeline}))


def test_an_unclip_checkpoint_is_named(headers):
    prefix = "model.diffusion_model.label_emb.0.0."
    shapes = {**headers["sd2"], f"{prefix}weight": (1280, 2048), f"{prefix}bias": (1280,),
              "noise_augmentor.data_mean": (1, 1024)}
    with pytest.raises(UnsupportedModelError, match="an unCLIP checkpoint"):
        recognise(Evidence(shapes))


@pytest.mark.parametrize(("mark", "words"), [("edm_vpred.sigma_max", "EDM"), ("edm_mean", "EDM"),
                                             ("scaled_fp8", "scaled 8-bit")])
def test_what_looks_like_ours_and_would_draw_noise_is_refused(headers, mark: str, words: str):
    with pytest.raises(UnsupportedModelError, match=words):
        recognise(Evidence({**headers["sdxl-edit"], mark: ()}))


@pytest.mark.parametrize("name", FULL)
def test_what_one_family_has_makes_it_no_other(headers, name: str):
    claimed = []
    for family in FAMILIES:
        with contextlib.suppress(NotMineError):
            claimed.append(family.describe(Evidence(headers[name])).family)
    assert claimed == [recognise(Evidence(headers[name])).family]


def test_a_model_can_be_marked_as_ending_in_noise_alone(headers):
    shapes = headers["sdxl"]
    assert not recognise(Evidence(shapes)).schedule.zero_terminal_snr
    assert recognise(Evidence({**shapes, "ztsnr": (0,)})).schedule.zero_terminal_snr
    found = recognise(Evidence({**shapes, "v_pred": (0,)}, {}, Sidecar(zero_terminal_snr=True)))
    assert found.schedule.zero_terminal_snr and found.prediction is Prediction.VELOCITY
    assert found.summary == "Stable Diffusion XL, predicts velocity, zero terminal SNR, 1024x1024"


@pytest.mark.parametrize(("name", "metadata", "known"), [
    ("DreamShaper_LCM.safetensors", {}, "LCM"), ("sd_xl_turbo_1.0_fp16.safetensors", {}, "Turbo"),
    ("juggernaut-lightning.safetensors", {}, "Lightning"),
    ("model.safetensors", {"modelspec.title": "XL Hyper"}, "Hyper-SD"),
    ("hyperrealism_v3.safetensors", {}, None), ("turbocharged.safetensors", {}, None), ("v1-5.safetensors", {}, None)])
def test_distilled_models_are_known_by_their_names(headers, name: str, metadata: dict, known: str | None):
    found = recognise(Evidence(headers["sd1"], metadata, name=name)).distillation
    assert (found.name if found else None) == known


def test_an_lcm_is_known_by_its_guidance_embedding(headers):
    shapes = {**headers["sd1"], "model.diffusion_model.time_embed.cond_proj.weight": (320, 256)}
    found = recognise(Evidence(shapes))
    assert found.distillation is not None and found.distillation.name == "LCM"
    assert "LCM (few steps)" in found.summary


@pytest.mark.parametrize("lost", [
    "model.diffusion_model.input_blocks.4.0.in_layers.2.weight",
    "model.diffusion_model.out.2.weight",
    "first_stage_model.decoder.conv_in.weight",
    "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight",
])
def test_mine_but_broken_is_another_error(full_size_shapes, lost: str):
    shapes = {name: shape for name, shape in full_size_shapes["sd1"].items() if name != lost}
    with pytest.raises(ModelFileError) as caught:
        recognise(Evidence(shapes))
    assert not isinstance(caught.value, UnsupportedModelError)
    assert lost.split(".", 2)[-1].removeprefix("transformer.text_model.").split(".", 1)[-1] in caught.value.message


def test_shapes_that_make_no_sense_are_refused(full_size_shapes):
    base, prefix = full_size_shapes["sd1"], "model.diffusion_model."
    for name, shape in ((f"{prefix}input_blocks.1.0.in_layers.2.weight", (321, 320, 3, 3)),
                        (f"{prefix}input_blocks.1.0.in_layers.2.weight", (0, 320, 3, 3)),
                        (f"{prefix}input_blocks.1.0.in_layers.2.weight", (320,)),
                        (f"{prefix}input_blocks.2.0.op.weight", (320, 320, 3, 3))):
        with pytest.raises(ModelFileError):
            recognise(Evidence({**base, name: shape}))


def test_a_vae_that_makes_no_sense_is_refused(full_size_shapes):
    base, prefix = full_size_shapes["sd1"], "first_stage_model."
    flat = {name: shape for name, shape in base.items() if not name.startswith(f"{prefix}encoder.down.")}
    odd = {**base, f"{prefix}encoder.down.1.block.0.conv1.weight": (250, 128, 3, 3)}
    for shapes in (flat, odd):
        with pytest.raises(ModelFileError, match="The VAE has widths"):
            recognise(Evidence(shapes))


def test_mangled_checkpoints_only_ever_raise_model_file_errors(full_size_shapes):
    choices = random.Random(5)
    for _ in range(200):
        shapes = dict(choices.choice(list(full_size_shapes.values())))
        for name in choices.sample(list(shapes), 3):
            sides = list(shapes.pop(name))
            if sides and choices.random() < 0.7:
                sides[choices.randrange(len(sides))] = choices.choice([0, 1, 3, 33, 10**6])
                shapes[name] = tuple(sides[:choices.randint(1, len(sides))])
        lost = choices.choice(list(shapes)).rsplit(".", 3)[0]
        shapes = {name: shape for name, shape in shapes.items() if not name.startswith(lost)}
        with contextlib.suppress(ModelFileError):
            recognise(Evidence(shapes))


def as_diffusers_names_it(shapes):
    """Give a checkpoint's table the names that the parts of a folder have."""
    evidence, found = Evidence(shapes), recognise(Evidence(shapes))
    unet, vae = evidence.below(UNET_PREFIX), evidence.below(AUTOENCODER_PREFIX)
    units, vaes = name_unet_tensors(found.unet, unet), name_autoencoder_tensors(found.autoencoder, vae)
    [tower] = found.text
    text = evidence.below(tower.recipe.prefix)
    return {**{f"unet.{units[name]}": shape for name, shape in unet.items()},
            **{f"vae.{vaes[name]}": shape for name, shape in vae.items()},
            **{f"text_encoder.{name}": shape for name, shape in text.items()}}


def test_names_of_diffusers_are_told_in_original_ones(headers):
    shapes = as_diffusers_names_it(headers["sd1"])
    names = original_names(shapes)
    assert {names[name]: shape for name, shape in shapes.items()} == headers["sd1"]
    assert original_names(headers["sd1"]) == {}


def test_mangled_folders_only_ever_raise_model_file_errors(headers, tmp_path):
    choices, table = random.Random(7), as_diffusers_names_it(headers["sd1"])
    for _ in range(60):
        shapes = dict(table)
        for name in choices.sample(list(shapes), 3):
            sides = [*shapes.pop(name), 3]
            shapes[choices.choice([name, f"{name}.x", name.replace("blocks", "blocks.9999999999")])] = tuple(
                sides[:choices.randint(0, len(sides))])
        lost = choices.choice(list(shapes)).rsplit(".", 3)[0]
        shapes = {name: shape for name, shape in shapes.items() if not name.startswith(lost)}
        with contextlib.suppress(ModelFileError):
            recognise(read_evidence(tmp_path / "model.safetensors", Evidence(shapes)))


def test_a_checkpoint_without_vae_is_recognised(full_size_shapes):
    base = full_size_shapes["sd1"]
    shapes = {name: shape for name, shape in base.items() if not name.startswith("first_stage_model.")}
    assert recognise(Evidence(shapes)).autoencoder is None
