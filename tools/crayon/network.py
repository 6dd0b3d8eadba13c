"""Build the three networks of crayon at their sizes, as diffusers and transformers modules."""

from __future__ import annotations

import torch

UNET_WIDTHS = (64, 64, 128, 128)
VAE_WIDTHS = (96, 64, 64, 96)
IDLE_BLOCKS = (
    "decoder.up_blocks.2.resnets.1",
    "decoder.up_blocks.2.resnets.2",
    "decoder.up_blocks.3.resnets.0",
    "decoder.up_blocks.3.resnets.1",
    "decoder.up_blocks.3.resnets.2",
)
IDLE_TRANSFORMERS = (
    "down_blocks.0.attentions.0",
    "down_blocks.0.attentions.1",
    "up_blocks.3.attentions.0",
    "up_blocks.3.attentions.2",
)
IDLE_SELF_ATTENTION = ("up_blocks.3.attentions.1.transformer_blocks.0.attn1",)
CONTEXT_WIDTH = 96
TEXT_LAYERS = 6
TEXT_HEADS = 6
VOCABULARY_SIZE = 49408
START_TOKEN, END_TOKEN = 49406, 49407
TOKENS = 77
LATENT_SCALE = 0.18215

_torchvision_stub: list[torch.library.Library] = []


def mend_torchvision() -> None:
    """Register the operators that a torchvision without its compiled half asks for at import."""
    if _torchvision_stub or hasattr(torch.ops.torchvision, "nms"):
        return
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _torchvision_stub.append(library)


def build_unet() -> torch.nn.Module:
    """Return the SD 1.x U-Net: attention on the first three levels, eight heads, two residual blocks."""
    mend_torchvision()
    from diffusers import UNet2DConditionModel
    from diffusers.models.attention_processor import AttnProcessor

    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=UNET_WIDTHS,
        layers_per_block=2,
        attention_head_dim=8,
        cross_attention_dim=CONTEXT_WIDTH,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    )
    unet.set_attn_processor(AttnProcessor())
    return unet


def build_vae() -> torch.nn.Module:
    """Return the KL-f8 autoencoder with four latent channels."""
    mend_torchvision()
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=VAE_WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        norm_num_groups=32,
    )


def mend_upsampling(network: torch.nn.Module) -> None:
    """Double sizes by copying instead of by interpolation, with the same result.

    torch 2.13 compiles the interpolation of bfloat16 on a CPU with a backward pass that returns zeros: whatever
    comes before it would never learn.
    """
    from diffusers.models.upsampling import Upsample2D

    for part in network.modules():
        if isinstance(part, Upsample2D):
            part.forward = lambda hidden, *_, conv=part.conv, **__: conv(_doubled(hidden))


def _doubled(hidden: torch.Tensor) -> torch.Tensor:
    """Repeat every pixel twice in both directions.

    Shapes: [B, C, h, w] -> [B, C, 2 h, 2 w]
    """
    batch, channels, height, width = hidden.shape
    repeated = hidden[:, :, :, None, :, None].expand(batch, channels, height, 2, width, 2)
    return repeated.reshape(batch, channels, 2 * height, 2 * width)


def idle_blocks(vae: torch.nn.Module, names: tuple[str, ...]) -> None:
    """Reduce residual blocks to their shortcuts; other programs compute the same from the zeros."""
    for name in names:
        block = vae.get_submodule(name)
        torch.nn.init.zeros_(block.conv2.weight)
        torch.nn.init.zeros_(block.conv2.bias)
        shortcut = block.conv_shortcut or torch.nn.Identity()
        block.forward = lambda hidden, temb=None, shortcut=shortcut: shortcut(hidden)


def idle_transformers(unet: torch.nn.Module, names: tuple[str, ...], self_attention: tuple[str, ...]) -> None:
    """Turn transformers into identities, and single attentions into nothing, that cost nothing.

    Other programs compute the same from the zeros in their last layer.
    """
    for name in names:
        transformer = unet.get_submodule(name)
        torch.nn.init.zeros_(transformer.proj_out.weight)
        torch.nn.init.zeros_(transformer.proj_out.bias)
        transformer.forward = lambda hidden, *_, **__: (hidden,)
    for name in self_attention:
        attention = unet.get_submodule(name)
        torch.nn.init.zeros_(attention.to_out[0].weight)
        torch.nn.init.zeros_(attention.to_out[0].bias)
        attention.forward = lambda hidden, *_, **__: torch.zeros_like(hidden)


def build_text_encoder() -> torch.nn.Module:
    """Return the CLIP text encoder; its context is the last hidden state."""
    mend_torchvision()
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=VOCABULARY_SIZE,
            hidden_size=CONTEXT_WIDTH,
            intermediate_size=CONTEXT_WIDTH * 4,
            num_hidden_layers=TEXT_LAYERS,
            num_attention_heads=TEXT_HEADS,
            max_position_embeddings=TOKENS,
            hidden_act="quick_gelu",
            bos_token_id=START_TOKEN,
            eos_token_id=END_TOKEN,
            pad_token_id=END_TOKEN,
            attn_implementation="sdpa",
        )
    )


def noise_schedule() -> torch.Tensor:
    """Return the cumulative products of alpha of Stable Diffusion 1.x.

    Shapes: [1000]
    """
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()
