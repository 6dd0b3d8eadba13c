"""Time what a sampler costs on the host: everything but the network.

Run ``python -m benchmarks.sampling_overhead``. The network hands its input back, so that what is left is
guidance, solver and noise; diffusers' scheduler of the same algorithm, where there is one, runs in an
equivalent guided loop, in turns with ours. Times are medians per step, setting up included.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import diffusers
import torch
from torch import Tensor

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling.conditioning import Branch, Context, GuidanceInput
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.noise import NoiseSettings, NoiseSource
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import BUILTIN
from modules.sampling.sample import SamplingTask, sample

SHAPE = (4, 64, 64)
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "Euler": ("EulerDiscreteScheduler", {}),
    "LMS": ("LMSDiscreteScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "DPM2": ("KDPM2DiscreteScheduler", {"use_karras_sigmas": True}),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {"use_karras_sigmas": True}),
    "DDIM": ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}),
    "PLMS": ("PNDMScheduler", {"skip_prk_steps": True, "steps_offset": 1}),
    "UniPC": ("UniPCMultistepScheduler", {"solver_order": 3}),
    "LCM": ("LCMScheduler", {}),
}
CONTEXT = Context(torch.zeros(77, 768))


def echo(x: Tensor, timestep: Tensor, cross: Tensor, vector: Tensor | None, concat: Tensor | None,
         owners: Sequence[int]) -> Tensor:
    return x


def run_ours(label: str, steps: int) -> None:
    texts = GuidanceInput(((Branch(1.0, ((steps * 2, CONTEXT),)),),), (((steps * 2, CONTEXT),),))
    noise = NoiseSource([1], SHAPE, torch.device("cpu"), settings=NoiseSettings(source="CPU"))
    sample(SamplingTask(DiffusionModel(echo, NoiseSchedule().alphas_cumprod()), texts,
                        SamplingOptions(sampler=label, steps=steps), noise))


def run_peer(label: str, steps: int) -> None:
    name, options = PEERS[label]
    scheduler = getattr(diffusers, name)(**BETAS, **options)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, *SHAPE, generator=generator) * scheduler.init_noise_sigma
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    extra = {"generator": generator} if takes_generator else {}
    for timestep in scheduler.timesteps:
        rows = scheduler.scale_model_input(torch.cat([x] * 2), timestep)
        cond, uncond = echo(rows, timestep, CONTEXT.cross, None, None, (0, 0)).chunk(2)
        x = scheduler.step(uncond + 7.0 * (cond - uncond), timestep, x, **extra).prev_sample


def seconds(run: Callable[[str, int], None], label: str, steps: int) -> float:
    start = time.perf_counter()
    run(label, steps)
    return time.perf_counter() - start


def compare(label: str, steps: int, rounds: int) -> tuple[float, float | None]:
    """Give medians in milliseconds per step: ours, and diffusers' where it has the algorithm."""
    ours, peers = [], []
    for _ in range(rounds):
        ours.append(seconds(run_ours, label, steps))
        if label in PEERS:
            peers.append(seconds(run_peer, label, steps))
    return _per_step(ours, steps), _per_step(peers, steps) if peers else None


def _per_step(times: list[float], steps: int) -> float:
    return statistics.median(times) / steps * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    diffusers.logging.set_verbosity_error()
    print(f"{'sampler':20} {'ours ms/step':>12} {'diffusers':>10} {'ratio':>6}")
    with torch.inference_mode():
        for spec in BUILTIN.samplers:
            run_ours(spec.label, asked.steps)
            ours, peer = compare(spec.label, asked.steps, asked.rounds)
            beside = f"{peer:10.3f} {ours / peer:6.2f}" if peer else f"{'':10} {'':6}"
            print(f"{spec.label:20} {ours:12.3f} {beside}", flush=True)


if __name__ == "__main__":
    main()
