"""Changing a LoRA's weight, side by side with diffusers over peft on the same weights.

    python -m benchmarks.lora_switching [--width 96] [--rank 16] [--steps 20] [--repeats 7]

peft (``pip install peft``; nothing else here needs it) computes a LoRA beside its layers: ``set_adapters`` stores
a number, and every pass through the U-Net pays. ``fuse_lora`` puts it into the weights, as we do. So a change of
weight is timed alone, with one pass, and with the passes of a picture. The U-Net has Stable Diffusion 1.5's blocks
and random weights; the LoRA is for all projections of its attention. Sides take turns; what counts is the ratio.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from safetensors.torch import save_file

from modules.adapters.patcher import NetworkPatcher
from modules.adapters.tags import LoraUse
from modules.engine.residency import prepare_model_libraries
from modules.families.unet_layout import UNetLayout
from modules.hardware.placement import CPU_PLACEMENT

CONTEXT = 768
PROJECTIONS = ("to_q", "to_k", "to_v", "to_out.0")
Action = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=96, help="of the finest level; 320 is the real one")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    prepare_model_libraries()
    try:
        import peft
    except ImportError:
        sys.exit("This compares with peft, which is not installed: pip install peft")
    print(f"peft {peft.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        layout = UNetLayout(4, 4, tuple(options.width * factor for factor in (1, 2, 4, 4)), 2, (1, 1, 1, 0), 1, CONTEXT,
                            False, None, (8, 8, 8, 8))
        tensors = random_lora(build(layout), options.rank)
        ours, ours_pass = our_side(layout, tensors, Path(folder))
        set_adapters, fuse, peft_pass = peft_side(layout, tensors, options.rank)
        report({"change of weight": (ours, set_adapters),
                "change of weight, fused": (ours, fuse),
                "a pass": (ours_pass, peft_pass),
                f"change and {options.steps} passes": (both(ours, ours_pass, options.steps),
                                                       both(set_adapters, peft_pass, options.steps))},
               options.repeats)


def build(layout: UNetLayout) -> torch.nn.Module:
    """Make a U-Net with random weights, the same at every call."""
    from modules.engine.unet import build_unet

    with torch.inference_mode(False), torch.no_grad():
        unet = build_unet(layout).to_empty(device="cpu")
        generator = torch.Generator().manual_seed(0)
        for parameter in unet.parameters():
            parameter.normal_(0, 0.02, generator=generator)
    return unet.requires_grad_(False).eval()


def random_lora(unet: torch.nn.Module, rank: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    tensors = {}
    for path, module in unet.named_modules():
        if ".attn" in path and path.endswith(PROJECTIONS):
            tensors[f"unet.{path}.lora_A.weight"] = torch.randn(rank, module.in_features, generator=generator) * 0.02
            tensors[f"unet.{path}.lora_B.weight"] = torch.randn(module.out_features, rank, generator=generator) * 0.02
    return tensors


def our_side(layout: UNetLayout, tensors: dict[str, torch.Tensor], folder: Path) -> tuple[Action, Action]:
    unet = build(layout)
    file = folder / "lora.safetensors"
    save_file(tensors, file)
    model = SimpleNamespace(description=SimpleNamespace(unet=layout, text=(), title="random"),
                            placement=CPU_PLACEMENT, unet=unet, text_encoders=())
    patcher, weights = NetworkPatcher(model), alternating()
    return lambda: patcher.apply([LoraUse(file, "lora", 1.0, next(weights))]), one_pass(unet)


def peft_side(layout: UNetLayout, tensors: dict[str, torch.Tensor], rank: int) -> tuple[Action, Action, Action]:
    unfused, fused = (with_adapter(build(layout), tensors) for _ in range(2))
    weights = alternating()

    def change_fused() -> None:
        fused.unfuse_lora()
        fused.set_adapters(["lora"], weights=[next(weights)])
        fused.fuse_lora(adapter_names=["lora"])

    fused.fuse_lora(adapter_names=["lora"])
    return lambda: unfused.set_adapters(["lora"], weights=[next(weights)]), change_fused, one_pass(unfused)


def with_adapter(unet: Any, tensors: dict[str, torch.Tensor]) -> Any:
    with torch.inference_mode(False), torch.no_grad():
        unet.load_lora_adapter(dict(tensors), prefix="unet", adapter_name="lora")
    return unet


def alternating() -> itertools.cycle[float]:
    return itertools.cycle((0.3, 0.7))


def one_pass(unet: Any) -> Action:
    x, cross, timestep = torch.randn(2, 4, 32, 32), torch.randn(2, 77, CONTEXT), torch.tensor([500, 500])
    return lambda: unet(x, timestep, cross, return_dict=False)


def both(change: Action, run: Action, steps: int) -> Action:
    def work() -> None:
        change()
        for _ in range(steps):
            run()

    return work


def report(rows: dict[str, tuple[Action, Action]], repeats: int) -> None:
    print(f"{'milliseconds, median':<28}{'ours':>10}{'peft':>10}{'ours/peft':>12}")
    for label, sides in rows.items():
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(repeats + 1):
            for side, taken in zip(sides, times):
                start = time.perf_counter()
                side()
                if number:  # the first round is for warming up
                    taken.append(time.perf_counter() - start)
        ours, theirs = (statistics.median(taken) * 1000 for taken in times)
        print(f"{label:<28}{ours:>10.2f}{theirs:>10.2f}{ours / theirs:>12.2f}", flush=True)


if __name__ == "__main__":
    main()
