"""Every layer of the full-size models is found by every name that files have for it."""

from __future__ import annotations

import pytest

from modules.adapters.lora.addresses import AddressBook
from modules.adapters.model import layers_of
from modules.families.unet_layout import name_unet_tensors

FAMILIES = ("sd1", "sd2", "sdxl")
UNET_PREFIX = "model.diffusion_model."


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, hollow_model):
    model = hollow_model(request.param)
    return request.param, model, AddressBook(model)


def flat(path):
    return path.replace(".", "_")


def test_every_unet_layer_by_its_name_in_diffusers(family):
    _, model, book = family
    paths = [path for path, _ in layers_of(model.unet, "unet")]
    assert len(paths) > 300
    for path in paths:
        for name in (f"lora_unet_{flat(path)}", f"oft_unet_{flat(path)}", f"unet_{flat(path)}", flat(path)):
            assert book.find(name).path == f"unet.{path}"


def test_every_unet_layer_by_its_name_in_the_checkpoint(family, full_size_shapes):
    name, model, book = family
    files = [file.removeprefix(UNET_PREFIX) for file in full_size_shapes[name]
             if file.startswith(UNET_PREFIX) and file.endswith(".weight")]
    modules = name_unet_tensors(model.description.unet, files)
    assert len(modules) == len(files) == len(list(layers_of(model.unet, "unet")))
    for file, module in modules.items():
        for prefix in ("lora_unet_", "diffusion_model_", "model_diffusion_model_"):
            layer = book.find(prefix + flat(file.removesuffix(".weight")))
            assert layer.path == f"unet.{module.removesuffix('.weight')}"


def test_every_text_layer(family):
    name, model, book = family
    prefixes = {"sdxl": (("lora_te1_", "text_encoder_"), ("lora_te2_", "text_encoder_2_"))}.get(
        name, (("lora_te_", "lora_te1_", "text_encoder_"),))
    for number, (encoder, spellings) in enumerate(zip(model.text_encoders, prefixes)):
        paths = [path for path, _ in layers_of(encoder, "")]
        assert len(paths) > 70
        for path in paths:
            assert path.startswith("text_model.")
            for prefix in spellings:
                assert book.find(prefix + flat(path)).path == f"text.{number}.{path}"


@pytest.mark.parametrize(("family_name", "name", "path"), [
    ("sd1", "lora_unet_down_blocks_3_resnets_1_conv1", "unet.down_blocks.3.resnets.1.conv1"),
    ("sd1", "lora_unet_input_blocks_11_0_in_layers_2", "unet.down_blocks.3.resnets.1.conv1"),
    ("sd1", "lora_unet_output_blocks_2_1_conv", "unet.up_blocks.0.upsamplers.0.conv"),
    ("sd1", "lora_unet_output_blocks_5_2_conv", "unet.up_blocks.1.upsamplers.0.conv"),
    ("sd1", "lora_unet_time_embed_2", "unet.time_embedding.linear_2"),
    ("sd1", "lora_unet_out_2", "unet.conv_out"),
    ("sd2", "lora_te_text_model_encoder_layers_11_mlp_fc1", "text.0.text_model.encoder.layers.11.mlp.fc1"),
    ("sd2", "lora_te_transformer_resblocks_11_mlp_c_fc", "text.0.text_model.encoder.layers.11.mlp.fc1"),
    ("sdxl", "lora_te2_transformer_resblocks_31_attn_out_proj",
     "text.1.text_model.encoder.layers.31.self_attn.out_proj"),
    ("sdxl", "lora_unet_label_emb_0_2", "unet.class_embedding.linear_2"),
    ("sdxl", "lora_unet_input_blocks_8_1_transformer_blocks_9_attn2_to_k",
     "unet.down_blocks.2.attentions.1.transformer_blocks.9.attn2.to_k"),
])
def test_examples(hollow_model, family_name, name, path):
    assert AddressBook(hollow_model(family_name)).find(name).path == path


@pytest.mark.parametrize(("family_name", "name"), [
    ("sd1", "lora_te2_text_model_encoder_layers_0_mlp_fc1"), ("sdxl", "lora_te_text_model_encoder_layers_0_mlp_fc1"),
    ("sd1", "lora_unet_input_blocks_8_1_transformer_blocks_9_attn2_to_k"), ("sd1", ""), ("sd1", "lora_unet_"),
    ("sd1", "lora_unet_double_blocks_0_img_attn_proj")])
def test_names_of_other_models(hollow_model, family_name, name):
    assert AddressBook(hollow_model(family_name)).find(name) is None
