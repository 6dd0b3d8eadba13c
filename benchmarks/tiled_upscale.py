"""What upscaling costs in memory and time, tile by tile and in one go.

    python -m benchmarks.tiled_upscale [--file FILE] [--megapixels 1 4 16] [--tile 192] [--whole-up-to 4]

Sizes are those of the result. Each measurement runs in a process of its own; what is shown is the peak of its memory
above that of a process that enlarges one small tile. "Picture" is what the result itself takes.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from modules.imaging.upscaling.entry import Tiling
from modules.imaging.upscaling.shelf import UpscalerShelf

DEFAULT_FILE = Path(__file__).parents[1] / "models" / "ESRGAN" / "crayon-4x.safetensors"
SCALE = 4
RESULT_BYTES = 4
"""Pillow keeps a coloured pixel in four."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=DEFAULT_FILE)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 4, 16])
    parser.add_argument("--tile", type=int, default=192, help="pixels of the picture given")
    parser.add_argument("--whole-up-to", type=float, default=4, help="megapixels enlarged in one go, too")
    parser.add_argument("--measure", type=int, nargs=2, metavar=("SIDE", "TILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(*measure(options.file, *options.measure))
        return
    floor, _ = run(options.file, options.tile, options.tile)
    print("| result | tiles: MiB | whole: MiB | picture: MiB | tiles: s | whole: s |\n" + "| --- " * 6 + "|")
    for megapixels in options.megapixels:
        side = round((megapixels * 1e6) ** 0.5 / SCALE / 2) * 2
        tiled = run(options.file, side, options.tile)
        whole = run(options.file, side, 0) if megapixels <= options.whole_up_to else None
        own = (side * SCALE) ** 2 * RESULT_BYTES / 2**20
        at_once = (f"{whole[0] - floor:.0f}", f"{whole[1]:.1f}") if whole else ("-", "-")
        print(f"| {megapixels:g} MP | {tiled[0] - floor:.0f} | {at_once[0]} | {own:.0f} "
              f"| {tiled[1]:.1f} | {at_once[1]} |", flush=True)


def run(file: Path, side: int, tile: int) -> tuple[float, float]:
    """Measure in a fresh process. Returns the peak in MiB and seconds."""
    command = [sys.executable, "-m", "benchmarks.tiled_upscale", "--file", str(file), "--measure", str(side), str(tile)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    peak, seconds = answer.stdout.split()
    return float(peak), float(seconds)


def measure(file: Path, side: int, tile: int) -> tuple[float, float]:
    """Enlarge one picture of noise."""
    shelf = UpscalerShelf({"ESRGAN": file.parent}, torch.device("cpu"))
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))
    shelf.upscale(image.resize((16, 16)), file.stem, SCALE, Tiling(0, 0))
    started = time.perf_counter()
    shelf.upscale(image, file.stem, SCALE, Tiling(tile, 8))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.perf_counter() - started


if __name__ == "__main__":
    main()
