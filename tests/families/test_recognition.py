"""Checkpoints are told apart by names and shapes alone, and what is none is named."""

from __future__ import annotations

import contextlib
import random

import pytest

from modules.families.description import Conditioning, Prediction
from modules.families.evidence import Evidence
from modules.families.recognition import FAMILIES, recognise
from modules.families.sidecar import Sidecar, TextSettings
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


def test_an_instruct_pix2pix_checkpoint_is_not_taken_for_sd1(full_size_shapes):
    shapes = {**full_size_shapes["sd1"], "model.diffusion_model.input_blocks.0.0.weight": (320, 8, 3, 3)}
    with pytest.raises(UnsupportedModelError, match="takes 8 channels"):
        recognise(Evidence(shapes))


@pytest.mark.parametrize(("name", "words"), [
    ("lora_unet_down_blocks_0_attentions_0_proj_in.alpha", "a LoRA"),
    ("model.diffusion_model.x_embedder.proj.weight", "Stable Diffusion 3"),
    ("double_blocks.0.img_attn.norm.weight", "Flux"),
    ("control_model.input_blocks.0.0.weight", "ControlNet"),
    ("encoder.down.0.block.0.conv1.weight", "a VAE"),
    ("emb_params", "an embedding"),
    ("down_blocks.0.resnets.0.conv1.weight", "diffusers"),
])
def test_well_known_strangers_are_named(name: str, words: str):
    with pytest.raises(UnsupportedModelError, match=words):
        recognise(Evidence({name: (1, 1, 1, 1)}))


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


def test_a_checkpoint_without_vae_is_recognised(full_size_shapes):
    base = full_size_shapes["sd1"]
    shapes = {name: shape for name, shape in base.items() if not name.startswith("first_stage_model.")}
    assert recognise(Evidence(shapes)).autoencoder is None
