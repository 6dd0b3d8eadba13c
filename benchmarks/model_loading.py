"""Loading a checkpoint of Stable Diffusion 1.5's size, side by side with the least there is to do, and with diffusers.

    python -m benchmarks.model_loading [--checkpoint FILE] [--dtype float32] [--repeats 5]

Everybody loads U-Net, VAE and text encoder to the device that the program would choose here, in the number format it
would choose. The least is to read the bytes of the file, block by block, and to copy each to memory where it stays in
that format. diffusers' side is its ``from_single_file`` for U-Net and VAE, and what its pipelines call for the text
encoder. On the CPU it leaves numbers that need no conversion in the file, to be read when they are computed with; the
last row counts reading them. The sides take turns in one run, with the file in the system's cache; what counts is the
ratio. On the CPU, processor seconds are counted, so that other programs do not matter; most go into memory never used
before.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.full_size_models import full_size_checkpoint
from modules.engine.model_files import ModelFiles
from modules.engine.residency import prepare_model_libraries
from modules.hardware.placement import Placement, PlacementWish, choose_placement, probe_machine

Side = Callable[[], object]
_BLOCK_BYTES = 16 * 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="default: one with random weights, written once")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), help="instead of the program's choice")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    chosen = choose_placement(PlacementWish(), probe_machine())
    dtype = getattr(torch, options.dtype) if options.dtype else chosen.unet_dtype
    checkpoint = options.checkpoint or full_size_checkpoint("sd1")
    placement = Placement(chosen.device, dtype, dtype, dtype)
    with tempfile.TemporaryDirectory() as folder:
        times = measure_loading(checkpoint, placement, options.repeats, Path(folder))
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {chosen.device}, {dtype}")
    for name, seconds in times.items():
        print(f"{name:<34}{seconds:8.2f} s   ours/this {times['ours'] / seconds:6.2f}")


def measure_loading(checkpoint: Path, placement: Placement, repeats: int, folder: Path) -> dict[str, float]:
    """Return the median seconds of each side."""
    sides = {"ours": our_side(checkpoint, placement), "read and copy": lambda: read_and_copy(checkpoint, placement),
             "from_single_file": diffusers_side(checkpoint, placement, folder, read=False),
             "from_single_file, numbers read": diffusers_side(checkpoint, placement, folder, read=True)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, side in sides.items():
            seconds = clock(side, placement.device)
            if turn:  # the first fills the system's cache and imports libraries
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def clock(side: Side, device: torch.device) -> float:
    gc.collect()
    now = time.perf_counter if device.type == "cuda" else time.process_time
    start = now()
    kept = side()
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = now() - start
    del kept
    return seconds


def our_side(checkpoint: Path, placement: Placement) -> Side:
    prepare_model_libraries()
    from modules.engine.loading import load_model

    return lambda: load_model(ModelFiles(checkpoint), placement)


def read_and_copy(checkpoint: Path, placement: Placement) -> list[torch.Tensor]:
    """Do what cannot be avoided: every byte into memory, and from there to where it is computed with."""
    block = torch.empty(_BLOCK_BYTES // 2, dtype=torch.float16)
    view, kept = memoryview(block.numpy()).cast("B"), []
    with open(checkpoint, "rb", buffering=0) as handle:
        while count := handle.readinto(view):
            kept.append(block[:count // 2].to(placement.device, placement.unet_dtype, copy=True))
    return kept


def diffusers_side(checkpoint: Path, placement: Placement, folder: Path, *, read: bool) -> Side:
    prepare_model_libraries()
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm, load_single_file_checkpoint
    from transformers import CLIPTextConfig, CLIPTextModel

    unet_config = {"cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64, "layers_per_block": 2}
    vae_config = {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4,
                  "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4}
    kinds: list[tuple[Any, dict[str, Any]]] = [(UNet2DConditionModel, unet_config), (AutoencoderKL, vae_config)]
    for kind, config in kinds:
        place = folder / kind.__name__
        place.mkdir(exist_ok=True)
        (place / "config.json").write_text(json.dumps({"_class_name": kind.__name__, **config}))

    CLIPTextConfig(hidden_size=768, intermediate_size=3072, projection_dim=768, num_hidden_layers=12,
                   num_attention_heads=12).save_pretrained(folder / "text_encoder")

    def load() -> object:
        parts = [kind.from_single_file(str(checkpoint), config=str(folder / kind.__name__), local_files_only=True,
                                       torch_dtype=placement.unet_dtype).to(placement.device) for kind, _ in kinds]
        tensors = load_single_file_checkpoint(str(checkpoint), local_files_only=True)
        text = create_diffusers_clip_model_from_ldm(CLIPTextModel, tensors, subfolder="text_encoder",
                                                    config=str(folder), torch_dtype=placement.unet_dtype)
        parts.append(text.to(placement.device))
        if not read:
            return parts
        return parts, [parameter.clone() for part in parts for parameter in part.parameters()]

    return load


if __name__ == "__main__":
    main()
