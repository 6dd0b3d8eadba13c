"""Text to picture, side by side with diffusers' own pipeline over the same weights.

    python -m benchmarks.text_to_image [--checkpoint FILE] [--sizes 128 256] [--steps 20] [--repeats 7]

Both sides encode the prompts, make the same Euler steps with CFG, decode, and write a PNG. They take turns within
one run, so that a busy machine slows both; what counts is the ratio. Host overhead per step is the slope between
a long and a short run, less what the U-Net alone takes. Memory is the peak of a process of its own for each side.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from modules.catalog.catalog import Catalog, ModelFolders
from modules.engine.residency import ModelSlot, prepare_model_libraries
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.workbench import Workbench
from modules.hardware.placement import PlacementWish, choose_placement, probe_machine
from modules.settings.values import Settings
from modules.weights.hash_cache import HashCache

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

DEFAULT_MODEL = Path(__file__).parents[1] / "models" / "Stable-diffusion" / "crayon-v1.safetensors"
PROMPT, NEGATIVE, SEED, CFG = "a red house under a yellow sun", "blurry", 1, 5.0
Maker = Callable[[int, int], object]
"""(side in pixels, steps): make one picture and write it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--memory-of", choices=("ours", "diffusers"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        makers = build_makers(options.checkpoint, Path(folder))
        if options.memory_of:
            makers[options.memory_of](options.sizes[-1], options.steps)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
            return
        previewing = {name: makers[name] for name in ("with previews", "ours")}
        rivals = {name: makers[name] for name in ("ours", "diffusers")}
        report_speed(rivals, options)
        report_overhead(rivals, options)
        report_memory(options)
        print(f"\n{'seconds per picture':<28}{'previews':>10}{'none':>12}{'previews/none':>17}")
        times = take_turns(previewing, options.sizes[-1], options.steps, options.repeats)
        print_row("a preview at every step", *map(statistics.median, times.values()))


def build_makers(checkpoint: Path, folder: Path) -> dict[str, Maker]:
    """Return both sides, sharing one set of weights."""
    catalog = Catalog(ModelFolders((checkpoint.parent,)), HashCache(folder / "hashes.json"))
    catalog.refresh()
    bench = Workbench(ModelSlot(choose_placement(PlacementWish(), probe_machine())), catalog, folder, "benchmark")

    def maker(**settings: object) -> Maker:
        around = bench.surroundings(Settings().with_values(settings), {})

        def make(side: int, steps: int) -> None:
            request = GenerationRequest(prompt=PROMPT, negative_prompt=NEGATIVE, seed=SEED, steps=steps, cfg_scale=CFG,
                                        width=side, height=side, sampler_name="Euler", checkpoint=checkpoint.name)
            run(plan(request, around), bench, RunContext(lambda event: None))

        return make

    model = bench.load(bench.choose(checkpoint.name), None)
    return {"ours": maker(live_previews_enable=False), "diffusers": diffusers_maker(bench, model, folder),
            "with previews": maker()}


def diffusers_maker(bench: Workbench, model: LoadedModel, folder: Path) -> Maker:
    prepare_model_libraries()
    from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline

    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    pipeline = StableDiffusionPipeline(
        vae=model.autoencoder, text_encoder=None, tokenizer=None, unet=model.unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    encoder = model.text_encoders[0]

    def embed(text: str) -> torch.Tensor:
        tokens = bench.tokenizer.encode(text)
        ids = torch.tensor([[49406, *tokens, *[49407] * (76 - len(tokens))]], device=model.placement.device)
        return encoder.text_model(ids).last_hidden_state

    def make(side: int, steps: int) -> None:
        with torch.inference_mode():
            image = pipeline(prompt_embeds=embed(PROMPT), negative_prompt_embeds=embed(NEGATIVE), height=side,
                             width=side, num_inference_steps=steps, guidance_scale=CFG,
                             generator=torch.Generator(model.placement.device).manual_seed(SEED)).images[0]
        image.save(folder / "diffusers.png")

    return make


def report_speed(makers: dict[str, Maker], options: argparse.Namespace) -> None:
    print(f"{'seconds per picture':<28}{'ours':>10}{'diffusers':>12}{'ours/diffusers':>17}")
    for side in options.sizes:
        times = take_turns(makers, side, options.steps, options.repeats)
        print_row(f"{side}x{side}, {options.steps} steps, median", *map(statistics.median, times.values()))
        print_row(f"{side}x{side}, {options.steps} steps, best", *map(min, times.values()))


def report_overhead(makers: dict[str, Maker], options: argparse.Namespace) -> None:
    """Tell the slope of time over steps at the smallest size, where the host weighs most."""
    short, long = (take_turns(makers, options.sizes[0], steps, options.repeats) for steps in (5, 25))
    slopes = [(min(long[name]) - min(short[name])) / 20 * 1000 for name in makers]
    print_row(f"ms per step at {options.sizes[0]}x{options.sizes[0]}", *slopes)


def report_memory(options: argparse.Namespace) -> None:
    command = [sys.executable, "-m", "benchmarks.text_to_image", "--checkpoint", str(options.checkpoint),
               "--sizes", str(options.sizes[-1]), "--steps", str(options.steps), "--memory-of"]
    peaks = [float(subprocess.run([*command, name], capture_output=True, text=True, check=True).stdout)
             for name in ("ours", "diffusers")]
    print_row(f"peak MiB at {options.sizes[-1]}x{options.sizes[-1]}", *peaks)


def take_turns(makers: dict[str, Maker], side: int, steps: int, repeats: int) -> dict[str, list[float]]:
    """Time both sides alternately. Units: seconds."""
    for make in makers.values():
        make(side, 2)
    times: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(repeats):
        for name, make in makers.items():
            start = time.perf_counter()
            make(side, steps)
            times[name].append(time.perf_counter() - start)
    return times


def print_row(label: str, ours: float, theirs: float) -> None:
    print(f"{label:<28}{ours:>10.3f}{theirs:>12.3f}{ours / theirs:>17.2f}")


if __name__ == "__main__":
    main()
