"""The one entry: run a sampler from noise, or from a picture, to denoised latents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError
from modules.sampling.conditioning import GuidanceInput
from modules.sampling.denoiser import DiffusionModel, LcmDenoiser, ModelView, NoisePredictor, SigmaDenoiser
from modules.sampling.guidance import GuidanceSetup, GuidedDenoiser, ImageConditioning, Interrupted, Refiner
from modules.sampling.hooks import SamplingHooks
from modules.sampling.levels import LevelPlanner, ScheduleOverride
from modules.sampling.masking import LatentMask
from modules.sampling.noise import NoiseSource
from modules.sampling.options import NEUTRAL_CHURN, SamplingOptions
from modules.sampling.registry import REGISTRY, Registry, SamplerSpec
from modules.sampling.sigmas import LcmSigmas, ModelSigmas, downcast, zero_terminal_snr
from modules.sampling.solvers.contract import Noise, SolverStep
from modules.sampling.start import InitialImage, Start, Starter

CHURN_LABELS = {"s_churn": "Sigma churn", "s_tmin": "Sigma tmin", "s_tmax": "Sigma tmax", "s_noise": "Sigma noise"}


@dataclass(frozen=True)
class SamplingTask:
    """One batch to sample."""

    model: DiffusionModel
    guidance: GuidanceInput
    options: SamplingOptions
    noise: NoiseSource
    initial: InitialImage | None = None
    image: ImageConditioning | None = None
    refiner: Refiner | None = None
    schedule: ScheduleOverride | None = None
    registry: Registry = field(default_factory=lambda: REGISTRY.current)

    def __post_init__(self) -> None:
        if len(self.guidance) != len(self.noise):
            raise ValueError(f"noise for {len(self.noise)} images, but texts for {len(self.guidance)}")

    def single(self, index: int) -> SamplingTask:
        """Give one image of the batch alone."""
        image = self.image and replace(self.image, tensor=self.image.tensor[index:index + 1])
        return replace(self, guidance=self.guidance.image(index), noise=self.noise.image(index), image=image,
                       initial=self.initial and self.initial.image(index))


@dataclass(frozen=True)
class StepReport:
    """A step about to be made. Samplers that adapt to the picture report one image of a batch at a time."""

    step: int
    steps: int
    sigma: float
    denoised: Tensor
    denoiser: GuidedDenoiser

    def preview(self, content: str = "Combined") -> Tensor:
        """Give denoised latents: ``Combined``, ``Prompt`` or ``Negative prompt`` alone."""
        return self.denoised if content == "Combined" else \
            self.denoiser.preview(negative=content == "Negative prompt")


@dataclass(frozen=True)
class SamplingResult:
    """Latents in the model's scale, what belongs into the infotext, and what was adjusted on the way."""

    latents: Tensor
    infotext: dict[str, Any]
    comments: tuple[str, ...] = ()
    interrupted: bool = False


OnReport = Callable[[StepReport], None]


def sample(task: SamplingTask, *, hooks: SamplingHooks | None = None, on_step: OnReport | None = None,
           cancellation: Cancellation | None = None) -> SamplingResult:
    """Sample a batch; the caller holds ``torch.inference_mode``.

    A cancellation ends it within one model call, with the latest denoised latents.

    Raises: InvalidRequestError for values that the sampler or its schedule cannot use.
    """
    spec = task.registry.sampler(task.options.sampler)
    if spec.one_by_one and len(task.noise) > 1 and task.refiner is None:
        parts = [_Run(task.single(i), spec, hooks, on_step, cancellation).finish() for i in range(len(task.noise))]
        return replace(parts[0], latents=torch.cat([part.latents for part in parts]),
                       interrupted=any(part.interrupted for part in parts))
    return _Run(task, spec, hooks, on_step, cancellation).finish()


class _Run:
    """One sampling run and what it has to tell."""

    def __init__(self, task: SamplingTask, spec: SamplerSpec, hooks: SamplingHooks | None,
                 on_step: OnReport | None, cancellation: Cancellation | None) -> None:
        self._task, self._spec, self._hooks = task, spec, hooks
        self._on_step, self._cancellation = on_step, cancellation
        self._infotext: dict[str, Any] = {}
        self._comments: list[str] = []
        self._latest: Tensor | None = None
        self._view, self._alphas = self._view_of(task.model), self._altered(task.model).alphas_cumprod.cpu()

    def finish(self) -> SamplingResult:
        start = self._start()
        if start is None:
            assert self._task.initial is not None
            self._comments.append("The denoising strength leaves no step to make: the picture was not changed.")
            return self._result(self._task.initial.latents, interrupted=False)
        interrupted = False
        try:
            latents = self._solve(start)
        except Interrupted:
            interrupted, latents = True, start.x if self._latest is None else self._latest
        mask = self._mask()
        return self._result(mask.blend(latents) if mask else latents, interrupted=interrupted)

    def _result(self, latents: Tensor, *, interrupted: bool) -> SamplingResult:
        return SamplingResult(latents, self._infotext, tuple(self._comments), interrupted)

    def _altered(self, model: DiffusionModel) -> DiffusionModel:
        """Apply the options that change the noise schedule itself."""
        alphas, options = model.alphas_cumprod, self._task.options
        if options.use_downcasted_alpha_bar:
            alphas = downcast(alphas)
            self._infotext["Downcast alphas_cumprod"] = True
        if options.zero_terminal_snr:
            self._infotext["Noise Schedule"] = "Zero Terminal SNR"
        if options.zero_terminal_snr or model.zero_terminal_snr:
            alphas = zero_terminal_snr(alphas)
        return replace(model, alphas_cumprod=alphas)

    def _view_of(self, model: DiffusionModel) -> ModelView:
        model, quantize = self._altered(model), self._task.options.enable_quantization
        if self._spec.view == "timestep":
            return NoisePredictor(model)
        if self._spec.view == "lcm":
            return LcmDenoiser(model, LcmSigmas(model.alphas_cumprod, quantize=quantize))
        return SigmaDenoiser(model, ModelSigmas(model.alphas_cumprod, quantize=quantize))

    def _start(self) -> Start | None:
        task = self._task
        planner = LevelPlanner(task.options, self._spec, task.registry, self._infotext, task.model.is_sdxl,
                               task.schedule)
        sigmas = self._view.sigmas if isinstance(self._view, SigmaDenoiser) else None
        starter = Starter(planner, sigmas, self._alphas, task.noise)
        if task.initial is None:
            return starter.from_noise()
        return starter.from_image(task.initial, self._hooks or SamplingHooks())

    def _mask(self) -> LatentMask | None:
        initial = self._task.initial
        if initial is None or initial.mask is None:
            return None
        return LatentMask(initial.mask, initial.latents, self._hooks or SamplingHooks())

    def _solve(self, start: Start) -> Tensor:
        task = self._task
        setup = GuidanceSetup(task.guidance, task.options, self._spec, self._view_of, self._infotext, task.image,
                              self._mask(), self._hooks, self._cancellation, task.refiner)
        denoiser = GuidedDenoiser(setup, self._view, start.steps)

        def report(step: SolverStep) -> None:
            if self._hooks is not None:
                self._hooks.before_update(step)
            self._latest = step.denoised
            if self._on_step is not None:
                steps = max(start.steps, step.index + 1)
                self._on_step(StepReport(step.index, steps, step.sigma, step.denoised, denoiser))

        return self._spec.solve(denoiser, start.x, start.levels, self._noise(start), report,
                                **self._solver_options(start))

    def _noise(self, start: Start) -> Noise:
        source = self._task.noise
        if not self._spec.brownian_noise:
            return lambda sigma, sigma_next: source.next()
        limits = min(sigma for sigma in start.schedule if sigma > 0), max(start.schedule)
        if self._task.options.no_dpmpp_sde_batch_determinism:
            return source.brownian_unseeded(*limits)
        return source.brownian(*limits)

    def _solver_options(self, start: Start) -> dict[str, Any]:
        options, accepts = self._task.options, self._spec.accepts
        offered = {
            "eta": self._eta() if "eta" in accepts else None,
            "steps": start.own_steps,
            "alphas_cumprod": self._alphas,
            "t_start": (start.levels[-1] + 1) / len(self._alphas) if self._task.initial else 1.0,
            "variant": options.uni_pc_variant,
            "skip_type": options.uni_pc_skip_type,
            "order": self._order(len(start.levels)) if "order" in accepts else None,
            "lower_order_final": options.uni_pc_lower_order_final,
            **self._churn(),
        }
        return {**{name: value for name, value in offered.items() if name in accepts}, **self._spec.fixed}

    def _eta(self) -> float:
        options, on_timesteps = self._task.options, self._spec.view == "timestep"
        neutral, setting = (0.0, options.eta_ddim) if on_timesteps else (1.0, options.eta_ancestral)
        eta = setting if options.eta is None else options.eta
        if on_timesteps and eta > 1:
            raise InvalidRequestError("eta", f"eta is {eta:g}: {self._spec.label} takes a number from 0 to 1.")
        if eta != neutral:
            self._infotext["Eta DDIM" if on_timesteps else "Eta"] = eta
        return eta

    def _churn(self) -> dict[str, float]:
        values, recorded = self._task.options.churn.over(self._task.options.churn_settings)
        for name in NEUTRAL_CHURN:
            if name in recorded and name in self._spec.accepts:
                self._infotext[CHURN_LABELS[name]] = recorded[name]
        return values

    def _order(self, steps: int) -> int:
        order = self._task.options.uni_pc_order
        if steps < order:
            self._comments.append(f"{self._spec.label} of order {order} needs {order} steps; with {steps} the order "
                                  f"was lowered to {steps}.")
        return min(order, steps)
