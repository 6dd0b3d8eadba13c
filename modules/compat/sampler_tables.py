"""The tables of ``modules.sd_samplers_kdiffusion`` and ``modules.sd_samplers_timesteps``."""

from __future__ import annotations

from typing import Any

from modules.compat.samplers import SamplerData, all_samplers, list_schedulers
from modules.sampling.registry import REGISTRY, SamplerSpec

Row = tuple[str, str, list[str], dict[str, Any]]
CHURN = ("s_churn", "s_tmin", "s_tmax", "s_noise")


def _rows(*, timesteps: bool) -> list[Row]:
    return [(spec.label, _name(spec), list(spec.aliases), spec.options) for spec in REGISTRY.current.samplers
            if (spec.view == "timestep") is timesteps]


def _name(spec: SamplerSpec) -> str:
    return f"sample_{spec.solve.__name__}"


def _shown(rows: list[Row]) -> list[SamplerData]:
    labels = {label for label, *_ in rows}
    return [sampler for sampler in all_samplers if sampler.name in labels]


def samplers_k_diffusion() -> list[Row]:
    """List label, function, aliases and options of samplers on noise levels."""
    return _rows(timesteps=False)


def samplers_timesteps() -> list[Row]:
    """List label, function, aliases and options of samplers on timesteps."""
    return _rows(timesteps=True)


def samplers_data_k_diffusion() -> list[SamplerData]:
    return _shown(samplers_k_diffusion())


def samplers_data_timesteps() -> list[SamplerData]:
    return _shown(samplers_timesteps())


def k_diffusion_samplers_map() -> dict[str, SamplerData]:
    return {sampler.name: sampler for sampler in samplers_data_k_diffusion()}


def sampler_extra_params() -> dict[str, list[str]]:
    """List which churn parameters each sampler takes."""
    return {_name(spec): [name for name in CHURN if name in spec.accepts] for spec in REGISTRY.current.samplers
            if any(name in spec.accepts for name in CHURN)}


def k_diffusion_scheduler() -> dict[str, Any]:
    """Return the functions of schedules by name."""
    return {scheduler.name: scheduler.function for scheduler in list_schedulers()}
