"""Samplers that extensions put on A1111's list, as the core's registry knows them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from modules.sampling.registry import REGISTRY, SamplerSpec
from modules.sampling.solvers.contract import Denoise, Noise, OnStep, Solver, SolverStep

FLAGS = ("second_order", "discard_next_to_last_sigma", "brownian_noise", "uses_ensd")


def spec_of(name: str, aliases: Sequence[str], options: dict[str, Any], function: Any) -> SamplerSpec | None:
    """Describe a sampler; ``function`` is k-diffusion's name of a solver, or a function of that kind."""
    facts: dict[str, Any] = {flag: True for flag in FLAGS if options.get(flag)}
    facts |= {"label": name, "aliases": tuple(aliases), "scheduler": options.get("scheduler")}
    if isinstance(function, str):
        known = next((spec for spec in REGISTRY.current.samplers if f"sample_{spec.solve.__name__}" == function), None)
        return None if known is None else replace(known, **facts)
    return SamplerSpec(solve=solver_of(function), **facts) if callable(function) else None


def solver_of(function: Callable[..., Tensor]) -> Solver:
    """Let a function of k-diffusion's kind, ``(model, x, sigmas, …)``, do the core's work."""
    accepted = inspect.signature(function).parameters

    def solve(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep) -> Tensor:
        def report(state: dict[str, Any]) -> None:
            sigma = float(state["sigma"])
            on_step(SolverStep(int(state["i"]), state["x"], state["denoised"], sigma,
                               float(state.get("sigma_hat", sigma))))

        def draw(sigma: Any, sigma_next: Any) -> Tensor:
            return noise(float(sigma), float(sigma_next))

        offered = {"extra_args": {}, "callback": report, "disable": True, "noise_sampler": draw}
        return function(_Model(denoise), x, torch.tensor(sigmas, device=x.device),
                        **{key: value for key, value in offered.items() if key in accepted})

    return solve


class _Model:
    """The guided denoiser as k-diffusion's functions call it."""

    def __init__(self, denoise: Denoise) -> None:
        self._denoise = denoise

    def __call__(self, x: Tensor, sigma: Any, **_: Any) -> Tensor:
        return self._denoise(x, float(torch.as_tensor(sigma).flatten()[0]))
