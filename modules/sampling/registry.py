"""Which samplers and schedules there are, under which names, with which options."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from torch import Tensor

from modules.foundation.errors import InvalidRequestError
from modules.sampling import schedules
from modules.sampling.schedules import ScheduleRequest
from modules.sampling.solvers import ancestral, ddim, dpm, euler, lcm, multistep, restart, sde, unipc
from modules.sampling.solvers.contract import Solver

AUTOMATIC = "Automatic"
SAME_SAMPLER = "Use same sampler"
SAME_SCHEDULER = "Use same scheduler"


@dataclass(frozen=True)
class SchedulerSpec:
    """A schedule. ``make`` is missing for Automatic alone, which leaves the choice to the sampler."""

    name: str
    label: str
    make: Callable[[ScheduleRequest], Tensor] | None = None
    aliases: tuple[str, ...] = ()
    default_rho: float = -1.0
    """-1 where the schedule has none."""
    need_inner_model: bool = False


@dataclass(frozen=True)
class SamplerSpec:
    """A sampler: a solver, how it sees the model, and what A1111 says about it."""

    label: str
    solve: Solver
    aliases: tuple[str, ...] = ()
    view: Literal["sigma", "lcm", "timestep"] = "sigma"
    scheduler: str | None = None
    """Name of the schedule that Automatic stands for."""
    second_order: bool = False
    """Counts two steps per step in prompts and totals."""
    discard_next_to_last_sigma: bool = False
    brownian_noise: bool = False
    uses_ensd: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Options of the solver that make this sampler."""
    guidance_scale: float = 1.0
    """Factor on the CFG scale."""
    own_steps: bool = False
    """Places its own steps between the limits of the schedule."""
    one_by_one: bool = False
    """Adapts to what it sees, so that a batch would change its images: each is sampled alone."""

    @cached_property
    def accepts(self) -> frozenset[str]:
        """The options its solver can be given."""
        parameters = inspect.signature(self.solve).parameters.values()
        return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY) - set(self.fixed)

    @property
    def options(self) -> dict[str, Any]:
        """What A1111's API lists as the sampler's options."""
        flags = ("uses_ensd", "discard_next_to_last_sigma", "second_order", "brownian_noise")
        scheduler = {"scheduler": self.scheduler} if self.scheduler else {}
        return {**scheduler, **{flag: True for flag in flags if getattr(self, flag)}, **self.fixed}

    def total_steps(self, steps: int) -> int:
        """Count steps as prompts and progress do."""
        return steps * 2 if self.second_order else steps


SCHEDULERS = (
    SchedulerSpec("automatic", AUTOMATIC),
    SchedulerSpec("uniform", "Uniform", schedules.uniform, need_inner_model=True),
    SchedulerSpec("karras", "Karras", schedules.karras, default_rho=7.0),
    SchedulerSpec("exponential", "Exponential", schedules.exponential),
    SchedulerSpec("polyexponential", "Polyexponential", schedules.polyexponential, default_rho=1.0),
    SchedulerSpec("sgm_uniform", "SGM Uniform", schedules.sgm_uniform, ("SGMUniform",), need_inner_model=True),
    SchedulerSpec("kl_optimal", "KL Optimal", schedules.kl_optimal),
    SchedulerSpec("align_your_steps", "Align Your Steps", schedules.align_your_steps),
    SchedulerSpec("simple", "Simple", schedules.simple, need_inner_model=True),
    SchedulerSpec("normal", "Normal", schedules.normal, need_inner_model=True),
    SchedulerSpec("ddim", "DDIM", schedules.ddim, need_inner_model=True),
    SchedulerSpec("beta", "Beta", schedules.beta, need_inner_model=True),
)

SAMPLERS = (
    SamplerSpec("DPM++ 2M", multistep.dpmpp_2m, ("k_dpmpp_2m",), scheduler="karras"),
    SamplerSpec("DPM++ SDE", sde.dpmpp_sde, ("k_dpmpp_sde",), scheduler="karras", second_order=True,
                brownian_noise=True),
    SamplerSpec("DPM++ 2M SDE", sde.dpmpp_2m_sde, ("k_dpmpp_2m_sde",), scheduler="exponential",
                brownian_noise=True),
    SamplerSpec("DPM++ 2M SDE Heun", sde.dpmpp_2m_sde, ("k_dpmpp_2m_sde_heun",), scheduler="exponential",
                brownian_noise=True, fixed={"solver_type": "heun"}),
    SamplerSpec("DPM++ 2S a", ancestral.dpmpp_2s_ancestral, ("k_dpmpp_2s_a",), scheduler="karras",
                uses_ensd=True, second_order=True),
    SamplerSpec("DPM++ 3M SDE", sde.dpmpp_3m_sde, ("k_dpmpp_3m_sde",), scheduler="exponential",
                discard_next_to_last_sigma=True, brownian_noise=True),
    SamplerSpec("Euler a", ancestral.euler_ancestral, ("k_euler_a", "k_euler_ancestral"), uses_ensd=True),
    SamplerSpec("Euler", euler.euler, ("k_euler",)),
    SamplerSpec("LMS", multistep.lms, ("k_lms",)),
    SamplerSpec("Heun", euler.heun, ("k_heun",), second_order=True),
    SamplerSpec("DPM2", euler.dpm_2, ("k_dpm_2",), scheduler="karras", discard_next_to_last_sigma=True,
                second_order=True),
    SamplerSpec("DPM2 a", ancestral.dpm_2_ancestral, ("k_dpm_2_a",), scheduler="karras",
                discard_next_to_last_sigma=True, uses_ensd=True, second_order=True),
    SamplerSpec("DPM fast", dpm.dpm_fast, ("k_dpm_fast",), uses_ensd=True, own_steps=True),
    SamplerSpec("DPM adaptive", dpm.dpm_adaptive, ("k_dpm_ad",), uses_ensd=True, own_steps=True,
                one_by_one=True),
    SamplerSpec("Restart", restart.restart, ("restart",), scheduler="karras", second_order=True),
    SamplerSpec("DDIM", ddim.ddim, ("ddim",), view="timestep"),
    SamplerSpec("DDIM CFG++", ddim.ddim_cfgpp, ("ddim_cfgpp",), view="timestep", guidance_scale=1 / 12.5),
    SamplerSpec("PLMS", ddim.plms, ("plms",), view="timestep"),
    SamplerSpec("UniPC", unipc.unipc, ("unipc",), view="timestep"),
    SamplerSpec("LCM", lcm.lcm, ("k_lcm",), view="lcm"),
)


@dataclass(frozen=True)
class Registry:
    """Tables in the order the page shows them; the first sampler is the default."""

    samplers: tuple[SamplerSpec, ...] = SAMPLERS
    schedulers: tuple[SchedulerSpec, ...] = SCHEDULERS

    def with_sampler(self, spec: SamplerSpec) -> Registry:
        """Add a sampler, or replace the one of the same label."""
        if any(known.label == spec.label for known in self.samplers):
            return replace(self, samplers=tuple(spec if s.label == spec.label else s for s in self.samplers))
        return replace(self, samplers=(*self.samplers, spec))

    def with_scheduler(self, spec: SchedulerSpec) -> Registry:
        """Add a schedule, or replace the one of the same name."""
        if any(known.name == spec.name for known in self.schedulers):
            return replace(self, schedulers=tuple(spec if s.name == spec.name else s for s in self.schedulers))
        return replace(self, schedulers=(*self.schedulers, spec))

    def sampler(self, label: str) -> SamplerSpec:
        """Raises: InvalidRequestError for a label that is not in the table."""
        spec = next((spec for spec in self.samplers if spec.label == label), None)
        if spec is None:
            labels = ", ".join(spec.label for spec in self.samplers)
            raise InvalidRequestError("sampler_name", f"There is no sampler {label!r}: expected one of {labels}.")
        return spec

    def scheduler(self, name: str) -> SchedulerSpec:
        """Find a schedule by name or label.

        Raises: InvalidRequestError for one that is not in the table.
        """
        spec = self._find_scheduler(name)
        if spec is None:
            labels = ", ".join(spec.label for spec in self.schedulers)
            raise InvalidRequestError("scheduler", f"There is no schedule {name!r}: expected one of {labels}.")
        return spec

    def alias_map(self) -> dict[str, str]:
        """Map every lower-case label and alias to a label: what grids, prompt files and imports accept."""
        return {name.lower(): spec.label for spec in self.samplers for name in (spec.label, *spec.aliases)}

    def default_scheduler(self, spec: SamplerSpec) -> SchedulerSpec | None:
        """Give the schedule that Automatic stands for, if any."""
        return self.scheduler(spec.scheduler) if spec.scheduler else None

    def resolve(self, sampler: str | None, scheduler: str | None, *,
                convert_automatic: bool = True) -> tuple[str, str]:
        """Turn what people write into labels; what is unknown becomes the default.

        With ``convert_automatic`` a sampler's own schedule is called Automatic, as on the page and in
        infotexts; generation itself does without. Reference: A1111 v1.10.1
        ``get_sampler_and_scheduler``.
        """
        label = sampler or self.samplers[0].label
        chosen = self._find_scheduler(scheduler) or self.schedulers[0]
        for spec in self.schedulers:
            suffix = next((name for name in (spec.label, spec.name, *spec.aliases)
                           if label.endswith(" " + name)), None)
            if suffix:
                label, chosen = label[:-len(suffix) - 1], spec
        found = next((spec for spec in self.samplers if spec.label == label), self.samplers[0])
        if convert_automatic and chosen.name == found.scheduler:
            chosen = self.schedulers[0]
        return found.label, chosen.label

    def resolve_hires(self, main: tuple[str, str], hires: tuple[str | None, str | None]) -> tuple[str, str]:
        """Resolve the pair of the second pass; what equals the first pass becomes "Use same …"."""
        sampler = main[0] if hires[0] in (None, SAME_SAMPLER) else hires[0]
        scheduler = main[1] if hires[1] in (None, SAME_SCHEDULER) else hires[1]
        label, schedule = self.resolve(sampler, scheduler)
        main_label, main_schedule = self.resolve(*main)
        return (SAME_SAMPLER if label == main_label else label,
                SAME_SCHEDULER if schedule == main_schedule else schedule)

    def _find_scheduler(self, name: str | None) -> SchedulerSpec | None:
        return next((spec for spec in self.schedulers if name in (spec.name, spec.label)), None)


BUILTIN = Registry()


class RegistryPlace:
    """The registry in force: the built-in tables, and what plugins have added. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._added: list[tuple[str, SamplerSpec | SchedulerSpec]] = []
        self._current = BUILTIN

    @property
    def current(self) -> Registry:
        return self._current

    def add(self, owner: str, spec: SamplerSpec | SchedulerSpec) -> None:
        """Add a sampler or a schedule, or put it in the place of the one of its name, until ``owner`` goes."""
        with self._lock:
            self._added.append((owner, spec))
            self._rebuild()

    def forget(self, owner: str) -> None:
        """Take out whatever somebody has added."""
        with self._lock:
            self._added = [entry for entry in self._added if entry[0] != owner]
            self._rebuild()

    def _rebuild(self) -> None:
        registry = BUILTIN
        for _, spec in self._added:
            registry = (registry.with_sampler(spec) if isinstance(spec, SamplerSpec)
                        else registry.with_scheduler(spec))
        self._current = registry


REGISTRY = RegistryPlace()
