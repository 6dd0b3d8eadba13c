"""Checks on a CUDA GPU what a CPU cannot show, and appends the figures to ``benchmarks/RESULTS.md``.

    python -m benchmarks.gpu_check [--quick] [--models FOLDER] [--results FILE]

With checkpoints of the real sizes and random weights, which it makes itself: whether fp16 and bf16 compute what fp32
on the CPU does, whether xformers and PyTorch's attention agree, how much memory --lowvram and --medvram take at most
(each within the limit of the card it is meant for, which the process gives itself), whether a job that runs out of
memory goes on, and how fast a checkpoint is loaded. Without a CUDA GPU it says so and does nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.full_size_models import full_size_checkpoint
from modules.engine.model_files import ModelFiles
from modules.engine.residency import prepare_model_libraries
from modules.foundation.size import Size
from modules.hardware.placement import CPU_PLACEMENT, Offload, Placement

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel
    from modules.generation.workbench import Workbench

RESULTS = Path(__file__).with_name("RESULTS.md")
GIB = 2**30
SIZES = {"sd1": Size(512, 512), "sdxl": Size(1024, 1024)}
LIMITS = {("sd1", Offload.LAYER_BY_LAYER): 4 * GIB, ("sdxl", Offload.WHOLE_MODELS): 8 * GIB}
"""What the flags promise: --lowvram for cards of 4 GB, --medvram for SDXL on cards of 8 GB."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``good`` is None for what is only recorded."""

    what: str
    value: str
    demand: str = ""
    good: bool | None = None


Check = Callable[["Machine"], Iterator[Figure]]


@dataclass(frozen=True)
class Painted:
    """Pictures, what was said about them, and the seconds they took."""

    comments: list[str]
    seconds: float
    pictures: list[torch.Tensor]


@dataclass(frozen=True)
class Machine:
    """Where the checks take place."""

    device: torch.device
    models: Path
    quick: bool

    def checkpoint(self, family: str) -> Path:
        return full_size_checkpoint(family, self.models)

    def placement(self, dtype: torch.dtype, offload: Offload = Offload.NOTHING) -> Placement:
        return Placement(self.device, dtype, dtype, dtype, offload)

    @property
    def families(self) -> tuple[str, ...]:
        return ("sd1",) if self.quick else ("sd1", "sdxl")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="Stable Diffusion 1.5's size only")
    parser.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "full-size-models",
                        help="where the checkpoints are kept (9 GB)")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("There is no CUDA GPU here: nothing was checked.")
        return 0
    prepare_model_libraries()
    machine = Machine(torch.device("cuda", torch.cuda.current_device()), options.models, options.quick)
    figures = list(run_checks(machine))
    append_table(options.results, figures)
    return 1 if any(figure.good is False for figure in figures) else 0


def run_checks(machine: Machine) -> Iterator[Figure]:
    """Make every check; one that breaks is a bad figure, and does not keep the others from being made."""
    checks: tuple[Check, ...] = (check_precision, check_attention, check_peaks, check_ladder, check_vae_overflow,
                                 check_loading, check_speed, check_switching)
    for check in checks:
        try:
            for figure in check(machine):
                print(f"{figure.what:<58} {figure.value:<26} {figure.demand}  {_mark(figure)}", flush=True)
                yield figure
        except Exception as error:
            print(f"{check.__name__} broke: {type(error).__name__}: {error}", flush=True)
            yield Figure(check.__name__, f"broke: {type(error).__name__}: {str(error)[:80]}", good=False)
        settle()


def check_precision(machine: Machine) -> Iterator[Figure]:
    """Compare one pass of each network with fp32 on the CPU."""
    for family in machine.families:
        reference = passes(load(machine.checkpoint(family), CPU_PLACEMENT))
        for dtype, most in ((torch.float32, 0.002), (torch.float16, 0.02), (torch.bfloat16, 0.1)):
            model = load(machine.checkpoint(family), machine.placement(dtype))
            found = passes(model)
            del model
            settle()
            for part, expected in reference.items():
                error = relative_error(found[part], expected)
                yield Figure(f"{family}, {part}, {_name(dtype)} against fp32 on the CPU", f"{error:.2e}",
                             f"≤ {most:g} (relative RMS)", error <= most)


def check_attention(machine: Machine) -> Iterator[Figure]:
    """Compare the ways of computing attention with one another."""
    model = load(machine.checkpoint("sd1"), machine.placement(torch.float16))
    expected = passes(model)["U-Net"]
    from torch.nn.attention import SDPBackend, sdpa_kernel

    for backend in (SDPBackend.MATH, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.FLASH_ATTENTION):
        try:
            with sdpa_kernel(backend):
                error = relative_error(passes(model)["U-Net"], expected)
        except RuntimeError as failure:
            yield Figure(f"PyTorch's attention, {backend.name}", f"not here: {str(failure)[:40]}")
            continue
        yield Figure(f"PyTorch's attention, {backend.name}, against its own choice", f"{error:.2e}", "≤ 0.01",
                     error <= 0.01)
    if importlib.util.find_spec("xformers") is None:
        yield Figure("xformers", "not installed")
        return
    model.unet.enable_xformers_memory_efficient_attention()
    error = relative_error(passes(model)["U-Net"], expected)
    yield Figure("xformers against PyTorch's attention", f"{error:.2e}", "≤ 0.01", error <= 0.01)


def check_peaks(machine: Machine) -> Iterator[Figure]:
    """Make a picture under each way of saving memory, on a card as small as it is meant for."""
    for family in machine.families:
        for offload in (Offload.NOTHING, Offload.WHOLE_MODELS, Offload.LAYER_BY_LAYER):
            limit = LIMITS.get((family, offload))
            with small_card(machine, limit):
                bench = build_bench_for(machine, offload)
                painted = paint(bench, machine.checkpoint(family).name, SIZES[family])
                peak = torch.cuda.max_memory_reserved(machine.device)
                del bench
            demand = f"< {limit / GIB:.0f} GB" if limit else ""
            said = f" ({'; '.join(painted.comments)})" if painted.comments else ""
            yield Figure(f"{family} {SIZES[family]}, offload: {offload.value}, 4 steps",
                         f"{peak / GIB:.2f} GiB, {painted.seconds:.1f} s{said}", demand,
                         peak < limit if limit else None)


def check_ladder(machine: Machine) -> Iterator[Figure]:
    """Let a job run out of memory: it goes on, says so, and gives the pictures it gives on a large card."""
    name = machine.checkpoint("sd1").name
    bench = build_bench_for(machine, Offload.NOTHING)
    whole = paint(bench, name, SIZES["sd1"], batch_size=8)
    del bench
    settle()
    with small_card(machine, int(4.5 * GIB)):
        bench = build_bench_for(machine, Offload.NOTHING)
        crowded = paint(bench, name, SIZES["sd1"], batch_size=8)
        del bench
    apart = max(difference(one, other) for one, other in zip(whole.pictures, crowded.pictures, strict=True))
    yield Figure("sd1, batch of 8 with 4.5 GB", "; ".join(crowded.comments) or "nothing was done without",
                 "finishes", True)
    yield Figure("the same: largest mean difference of a picture", f"{apart:.3f} of 255", "≤ 4", apart <= 4)


def check_vae_overflow(machine: Machine) -> Iterator[Figure]:
    """Make the VAE overflow in 16 bits: it goes on in 32."""
    model = load(machine.checkpoint("sd1"), machine.placement(torch.float16))
    weight = model.autoencoder.decoder.conv_in.weight
    weight.mul_(60000 / float(weight.abs().max()))
    with torch.inference_mode():
        pixels = model.decode(torch.randn(1, 4, 64, 64, generator=torch.Generator().manual_seed(0)) * 8)
    good = bool(pixels.isfinite().all()) and model.autoencoder.dtype == torch.float32
    yield Figure("a VAE that overflows in fp16", f"goes on in {_name(model.autoencoder.dtype)}", "float32", good)


def check_loading(machine: Machine) -> Iterator[Figure]:
    """Time loading straight to the GPU."""
    from benchmarks.model_loading import measure_loading

    with tempfile.TemporaryDirectory() as folder:
        times = measure_loading(machine.checkpoint("sd1"), machine.placement(torch.float16), 3, Path(folder))
    for name, seconds in times.items():
        demands = {"read and copy": 1.2, "from_single_file": 1.0}
        ratio = times["ours"] / seconds
        demand = demands.get(name)
        yield Figure(f"sd1, loading, {name}", f"{seconds:.2f} s, ours/this {ratio:.2f}",
                     f"≤ {demand:g}" if demand else "", ratio <= demand if demand else None)


def check_speed(machine: Machine) -> Iterator[Figure]:
    """Time whole pictures, to be compared over time and between machines."""
    bench = build_bench_for(machine, Offload.NOTHING)
    for family in machine.families:
        name = machine.checkpoint(family).name
        paint(bench, name, SIZES[family])
        seconds = min(paint(bench, name, SIZES[family], steps=20).seconds for _ in range(3))
        yield Figure(f"{family} {SIZES[family]}, fp16, 20 steps Euler, one picture", f"{seconds:.2f} s")


def check_switching(machine: Machine) -> Iterator[Figure]:
    """Switch back and forth with models waiting in main memory: memory of the GPU stays where it was."""
    from modules.engine.residency import ModelSlot
    from modules.engine.retention import Retention

    slot = ModelSlot(machine.placement(torch.float16))
    files = [ModelFiles(machine.checkpoint(family)) for family in machine.families]
    files = files if len(files) > 1 else [files[0], ModelFiles(copy_of(files[0].checkpoint))]
    slot.retain(Retention(1, len(files) - 1))

    def switch(times: int) -> tuple[int, float]:
        start = time.perf_counter()
        for turn in range(times):
            slot.load(files[turn % len(files)])
        torch.cuda.synchronize()
        return torch.cuda.memory_allocated(machine.device), (time.perf_counter() - start) / times

    before, _ = switch(2 * len(files))
    after, seconds = switch(6 * len(files))
    growth = after / before - 1
    yield Figure("switching with models waiting in main memory", f"{seconds:.2f} s each, VRAM {growth:+.1%}",
                 "± 2 %", abs(growth) <= 0.02)
    slot.unload()
    settle()
    left = torch.cuda.memory_allocated(machine.device)
    yield Figure("left on the GPU after unloading", f"{left / 2**20:.0f} MiB", "≤ 64 MiB", left <= 64 * 2**20)


def load(path: Path, placement: Placement) -> LoadedModel:
    from modules.engine.loading import load_model

    return load_model(ModelFiles(path), placement)


@torch.inference_mode()
def passes(model: LoadedModel) -> dict[str, torch.Tensor]:
    """Run each network once on the same input; small, because the CPU does it, too."""
    def draw(*shape: int, seed: int) -> torch.Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))

    unet = model.description.unet
    vector = None if unet.vector_width is None else draw(2, unet.vector_width, seed=3)
    ids = torch.randint(1, 40000, (1, 77), generator=torch.Generator().manual_seed(4))
    ids[:, 0], ids[:, 40:] = 49406, 49407
    found = {
        "U-Net": model.predict(draw(2, 4, 32, 32, seed=1), torch.tensor([500.0, 500.0]),
                               draw(2, 77, unet.context_width, seed=2), vector),
        "VAE decoder": model.decode(draw(1, 4, 32, 32, seed=5) * model.description.latent.scale),
        "VAE encoder": model.encode(draw(1, 3, 256, 256, seed=6).clamp(-1, 1)).mean,
    }
    for number, encoder in enumerate(model.text_encoders, 1):
        hidden, _ = encoder.encode(ids, 1)
        found[f"text encoder {number}"] = hidden
    return {name: tensor.float().cpu() for name, tensor in found.items()}


def build_bench_for(machine: Machine, offload: Offload) -> Workbench:
    """Build a workbench over the random checkpoints."""
    from modules.catalog.catalog import ModelFolders
    from modules.generation.bench_builder import ModelPlaces, build_bench

    places = dataclasses.replace(ModelPlaces.under(machine.models), models=ModelFolders((machine.models,)))
    bench = build_bench(places, machine.models / "data", machine.placement(torch.float16, offload), "gpu-check")
    bench.catalog.hashing = False
    return bench


def paint(bench: Workbench, checkpoint: str, size: Size, *, steps: int = 4, batch_size: int = 1
          ) -> Painted:
    """Make pictures through the whole pipeline."""
    from torchvision.transforms.functional import pil_to_tensor

    from modules.generation.events import Comment, ImageFinished
    from modules.generation.pipeline import run
    from modules.generation.plan import plan
    from modules.generation.request import GenerationRequest
    from modules.generation.run_context import RunContext
    from modules.settings.values import Settings

    events: list[object] = []
    settings = Settings().with_values({"samples_save": False, "grid_save": False, "live_previews_enable": False})
    request = GenerationRequest(prompt="a red house", negative_prompt="blurry", seed=1, steps=steps, width=size.width,
                                height=size.height, sampler_name="Euler", batch_size=batch_size, checkpoint=checkpoint)
    start = time.perf_counter()
    run(plan(request, bench.surroundings(settings, {})), bench, RunContext(events.append))
    torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    return Painted(
        [event.text for event in events if isinstance(event, Comment)], seconds,
        [pil_to_tensor(event.image).float() for event in events
         if isinstance(event, ImageFinished) and event.kind == "image" and event.image is not None])


@contextmanager
def small_card(machine: Machine, limit: int | None) -> Iterator[None]:
    """Let this process have no more of the GPU than a card with ``limit`` bytes has."""
    settle()
    total = torch.cuda.get_device_properties(machine.device).total_memory
    torch.cuda.set_per_process_memory_fraction(min((limit or total) / total, 1.0), machine.device)
    torch.cuda.reset_peak_memory_stats(machine.device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, machine.device)
        settle()


def copy_of(checkpoint: Path) -> Path:
    """Return a second name for a file."""
    other = checkpoint.with_name(f"again-{checkpoint.name}")
    if not other.exists():
        other.symlink_to(checkpoint)
    return other


def settle() -> None:
    gc.collect()
    torch.cuda.empty_cache()


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).square().mean().sqrt() / expected.square().mean().sqrt())


def difference(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().mean())


def append_table(path: Path, figures: list[Figure]) -> None:
    """Add a table under the name of the machine."""
    card = torch.cuda.get_device_properties(torch.cuda.current_device())
    title = f"\n## {card.name}, {card.total_memory / GIB:.0f} GiB, torch {torch.__version__}, {date.today()}\n"
    rows = [f"| {figure.what} | {figure.value} | {figure.demand} | {_mark(figure)} |" for figure in figures]
    with open(path, "a", encoding="utf-8") as handle:
        handle.write("\n".join([title, "| what | figure | demanded | |", "|---|---|---|---|", *rows, ""]))
    print(f"\nAdded to {path}.")


def _mark(figure: Figure) -> str:
    return "" if figure.good is None else "ok" if figure.good else "BAD"


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


if __name__ == "__main__":
    sys.exit(main())
