"""What decoding latents costs in memory and time, in tiles and in one piece.

    python -m benchmarks.tiled_decoding [--checkpoint FILE] [--megapixels 1 4 16] [--whole-up-to 4]

Each measurement runs in a process of its own; what is shown is the peak of its memory above that of a process that
decodes one small picture. "Picture" is what the decoded picture itself takes.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import torch

from modules.engine.model_files import ModelFiles
from modules.engine.residency import ModelSlot
from modules.foundation.size import LATENT_SCALE
from modules.hardware.placement import CPU_PLACEMENT

CHECKPOINT = Path(__file__).parents[1] / "models" / "Stable-diffusion" / "crayon-v1.safetensors"
PIXEL_BYTES = 3 * 4
"""A decoded picture is 32-bit numbers in three channels."""
SMALL_PX = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 4, 16])
    parser.add_argument("--whole-up-to", type=float, default=4, help="megapixels decoded in one piece, too")
    parser.add_argument("--measure", type=int, nargs=2, metavar=("SIDE", "WHOLE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(*measure(options.checkpoint, *options.measure))
        return
    floor, _ = run(options.checkpoint, SMALL_PX, whole=True)
    print("| picture | tiles: MiB | whole: MiB | picture: MiB | tiles: s | whole: s |\n" + "| --- " * 6 + "|")
    for megapixels in options.megapixels:
        side = round((megapixels * 2**20) ** 0.5 / LATENT_SCALE) * LATENT_SCALE
        tiled = run(options.checkpoint, side, whole=False)
        whole = run(options.checkpoint, side, whole=True) if megapixels <= options.whole_up_to else None
        at_once = (f"{whole[0] - floor:.0f}", f"{whole[1]:.1f}") if whole else ("-", "-")
        print(f"| {megapixels:g} MP | {tiled[0] - floor:.0f} | {at_once[0]} | {side**2 * PIXEL_BYTES / 2**20:.0f} "
              f"| {tiled[1]:.1f} | {at_once[1]} |", flush=True)


def run(checkpoint: Path, side_px: int, *, whole: bool) -> tuple[float, float]:
    """Measure in a fresh process. Returns the peak in MiB and seconds."""
    command = [sys.executable, "-m", "benchmarks.tiled_decoding", "--checkpoint", str(checkpoint),
               "--measure", str(side_px), str(int(whole))]
    peak, seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(peak), float(seconds)


def measure(checkpoint: Path, side_px: int, whole: int) -> tuple[float, float]:
    """Decode random latents of a square picture. Returns the peak of this process in MiB, and seconds."""
    model = ModelSlot(CPU_PLACEMENT).load(ModelFiles(checkpoint))
    if not whole:
        model.whole_up_to_px = 0
    latents = torch.randn(1, 4, side_px // LATENT_SCALE, side_px // LATENT_SCALE)
    start = time.perf_counter()
    with torch.inference_mode():
        model.decode(latents)
    seconds = time.perf_counter() - start
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds


if __name__ == "__main__":
    main()
