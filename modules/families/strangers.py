"""What a file is that is no checkpoint of ours, in words for whoever put it there.

Kept by the beginnings of the names of tensors; the first line that fits names the file.
Reference: the names by which diffusers' single-file loading and others tell architectures apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from modules.families.evidence import Evidence
from modules.foundation.errors import UnsupportedModelError

PIPELINE_METADATA = "diffusers.pipeline"
"""Where a folder's description of itself goes: the class that diffusers would use."""
_Table = Sequence[tuple[tuple[str, ...], str, str]]
_TO_LORA = "Move it to models/Lora and name it in the prompt."
_TO_EMBEDDINGS = "Move it to the embeddings folder."
_OURS = "Choose a Stable Diffusion 1.x, 2.x or XL checkpoint."

_SPOILED: _Table = (
    (("scaled_fp8",), "a checkpoint in scaled 8-bit numbers", "Use its fp16 version, or one in plain fp8."),
    (("edm_vpred.sigma_max", "edm_mean"), "a checkpoint trained on the EDM noise schedule, such as CosXL", ""),
)
"""What would be taken for a checkpoint of ours, and would only draw noise."""

_STRANGERS: _Table = (
    (("lora_", "lycoris_", "base_model.model.", "unet.lora",
      "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora"), "a LoRA", _TO_LORA),
    (("embedder.model.visual.", "noise_augmentor."), "an unCLIP checkpoint, which draws from a picture's meaning", ""),
    (("low_scale_model.",), "the x4 upscaler of Stable Diffusion 2", "Use an upscaler from models/ESRGAN."),
    (("cond_stage_model.roberta.",), "an AltDiffusion checkpoint", ""),
    (("control_model.", "control_", "input_hint_block.", "controlnet_cond_embedding.", "controlnet_blocks."),
     "a ControlNet", ""),
    (("motion_modules.", "down_blocks.0.motion_modules.", "mid_block.motion_modules.", "up_blocks.0.motion_modules.",
      "up_blocks.1.motion_modules.", "up_blocks.2.motion_modules."), "a motion module of AnimateDiff", ""),
    (("image_proj.", "ip_adapter."), "an IP-Adapter", ""),
    (("body.0.rdb1.", "params_ema", "conv_first.weight"), "an upscaler", "Move it to models/ESRGAN."),
    (("emb_params", "clip_g", "clip_l", "string_to_param"), "an embedding", _TO_EMBEDDINGS),
    (("encoder.down.", "encoder.down_blocks.", "decoder.up_blocks."), "a VAE", "Move it to models/VAE."),
    (("text_model.encoder.layers.", "transformer.resblocks.", "encoder.block.0.layer."), "a text encoder alone", ""),
    (("down_blocks.",), "a U-Net in the layout of diffusers, without text encoder and VAE",
     "Get the whole checkpoint, or the whole folder of the model."),
)

_PREFIXES = ("", "model.diffusion_model.", "model.", "transformer.", "net.")
"""Where other architectures keep their tensors."""
_ARCHITECTURES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("distilled_guidance_layer.",), "Chroma"),
    (("txt_in.individual_token_refiner.",), "Hunyuan Video"),
    (("single_stream_modulation.",), "Flux 2"),
    (("double_blocks.", "single_transformer_blocks."), "Flux"),
    (("joint_blocks.", "transformer_blocks.0.attn.add_q_proj."), "Stable Diffusion 3"),
    (("double_layers.", "double_stream_layers."), "AuraFlow"),
    (("patchify_proj.",), "LTX-Video"),
    (("adaln_single.", "t_block."), "PixArt"),
    (("down_blocks.1.0.channelwise.", "clip_txt_mapper."), "Stable Cascade"),
    (("text_embedder.", "pooler.positional_embedding"), "HunyuanDiT"),
    (("cap_embedder.", "noise_refiner."), "Lumina or Z-Image"),
    (("double_stream_blocks.",), "HiDream"),
    (("blocks.0.attn.qkv_x.",), "Mochi"),
    (("blocks.0.cross_attn.q_linear.",), "Sana"),
    (("txt_in.text_norm.",), "Qwen-Image"),
    (("time_stack.0.in_layers.0.", "input_blocks.1.0.time_stack."), "Stable Video Diffusion"),
    (("head.modulation", "vace_blocks."), "Wan"),
    (("x_embedder.", "layers.0.adaLN_modulation."), "Stable Diffusion 3 or another diffusion transformer"),
)
_PIPELINES: tuple[tuple[str, str], ...] = (
    ("StableDiffusion3", "Stable Diffusion 3"), ("Flux", "Flux"), ("PixArt", "PixArt"), ("AuraFlow", "AuraFlow"),
    ("StableCascade", "Stable Cascade"), ("Wuerstchen", "Stable Cascade"), ("HunyuanDiT", "HunyuanDiT"),
    ("Lumina", "Lumina"), ("ZImage", "Z-Image"), ("Kandinsky", "Kandinsky"), ("Kolors", "Kolors"),
    ("StableUnCLIP", "unCLIP"), ("StableVideo", "Stable Video Diffusion"), ("Wan", "Wan"), ("Sana", "Sana"),
    ("QwenImage", "Qwen-Image"), ("StableDiffusionUpscale", "the x4 upscaler of Stable Diffusion 2"),
)
"""Beginnings of the names of diffusers' pipelines."""


def explain_spoiled(evidence: Evidence) -> UnsupportedModelError | None:
    """Say why a file that looks like a checkpoint of ours would not work as one."""
    return _named_in(_SPOILED, evidence)


def explain_stranger(evidence: Evidence) -> UnsupportedModelError | None:
    """Say what a file is that no family claims, where that can be told."""
    described = evidence.metadata.get(PIPELINE_METADATA, "")
    other = next((what for start, what in _PIPELINES if described.startswith(start)), "") or next(
        (what for starts, what in _ARCHITECTURES
         if any(evidence.has(prefix + start) for prefix in _PREFIXES for start in starts)), "")
    if other:
        return UnsupportedModelError(f"This is a model of another kind, {other}, which is not supported.",
                                     remedy=_OURS)
    return _named_in(_STRANGERS, evidence)


def _named_in(table: _Table, evidence: Evidence) -> UnsupportedModelError | None:
    for starts, what, remedy in table:
        if any(evidence.has(start) for start in starts):
            return UnsupportedModelError(f"This is {what}, which is not supported as a checkpoint.", remedy=remedy)
    return None
