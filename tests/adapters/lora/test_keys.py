from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.adapters.lora.keys import Key, split_key

BLOCK = "down_blocks_0_attentions_0_transformer_blocks_0_attn1"
DOTTED = "down_blocks.0.attentions.0.transformer_blocks.0.attn1"
CLIP = "text_encoder_text_model_encoder_layers_3_self_attn_q_proj"


@pytest.mark.parametrize(("name", "layer", "factor"), [
    (f"lora_unet_{BLOCK}_to_q.lora_up.weight", f"lora_unet_{BLOCK}_to_q", "lora_up.weight"),
    (f"lora_unet_{BLOCK}_to_q.alpha", f"lora_unet_{BLOCK}_to_q", "alpha"),
    (f"lora_unet_{BLOCK}_to_q.lora_A.weight", f"lora_unet_{BLOCK}_to_q", "lora_down.weight"),
    ("lora_unet_conv_in.diff_b", "lora_unet_conv_in", "diff_b"),
    ("lora_te_text_model_final_layer_norm.w_norm", "lora_te_text_model_final_layer_norm", "w_norm"),
    ("oft_unet_conv_in.oft_blocks", "oft_unet_conv_in", "oft_blocks"),
    (f"lora_unet_{BLOCK}_to_k.weight", f"lora_unet_{BLOCK}_to_k", "weight"),
    (f"unet.{DOTTED}.to_q.lora_A.weight", f"unet_{BLOCK}_to_q", "lora_down.weight"),
    (f"unet.{DOTTED}.to_out.0.lora_B.weight", f"unet_{BLOCK}_to_out_0", "lora_up.weight"),
    (f"unet.{DOTTED}.to_q.lora.down.weight", f"unet_{BLOCK}_to_q", "lora_down.weight"),
    (f"unet.{DOTTED}.processor.to_q_lora.up.weight", f"unet_{BLOCK}_to_q", "lora_up.weight"),
    (f"{DOTTED}.processor.to_out_lora.down.weight", f"{BLOCK}_to_out_0", "lora_down.weight"),
    (f"base_model.model.unet.{DOTTED}.to_v.lora_A.default.weight", f"unet_{BLOCK}_to_v", "lora_down.weight"),
    (f"unet.{DOTTED}.to_v.lora_magnitude_vector", f"unet_{BLOCK}_to_v", "dora_scale"),
    (f"unet.{DOTTED}.to_v.lora_magnitude_vector.weight", f"unet_{BLOCK}_to_v", "dora_scale"),
    ("text_encoder.text_model.encoder.layers.3.self_attn.q_proj.lora_linear_layer.up.weight", CLIP, "lora_up.weight"),
    ("text_encoder.text_model.encoder.layers.3.self_attn.q_proj.alpha", CLIP, "alpha"),
    (f"diffusion_model.{DOTTED}.to_q.lokr_w1_a", f"diffusion_model_{BLOCK}_to_q", "lokr_w1_a"),
])
def test_layer_and_factor(name, layer, factor):
    assert split_key(name) == Key(layer, factor)


@pytest.mark.parametrize("name", ["", "alpha", "lora_unet_conv_in", "model.diffusion_model.out.2.weight", "emb_params",
                                  "text_encoder.text_model.final_layer_norm.weight"])
def test_what_is_no_part_of_a_lora(name):
    assert split_key(name) is None


@given(st.text(max_size=80))
def test_no_name_is_an_accident(name):
    key = split_key(name)
    assert key is None or (key.layer in name.replace(".", "_") and key.factor)
