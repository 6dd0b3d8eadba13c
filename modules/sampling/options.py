"""What can be asked of a sampling run; a value out of range is refused when the options are made."""

from __future__ import annotations

import math
from dataclasses import dataclass

from modules.foundation.errors import InvalidRequestError

MAX_STEPS = 10_000
UNIPC_VARIANTS = ("bh1", "bh2", "vary_coeff")
UNIPC_SKIP_TYPES = ("time_uniform", "time_quadratic", "logSNR")
NO_LIMIT = math.inf


@dataclass(frozen=True)
class Churn:
    """Noise parameters of Karras et al.; ``None`` leaves a value to whoever comes next."""

    s_churn: float | None = None
    s_tmin: float | None = None
    s_tmax: float | None = None
    """0 means no limit."""
    s_noise: float | None = None

    def over(self, settings: Churn) -> tuple[dict[str, float], dict[str, float]]:
        """Settle on values, and say which of them come from ``settings`` and belong into the infotext.

        A setting that is not neutral wins over the request, as in A1111 v1.10.1.
        """
        values, recorded = dict(NEUTRAL_CHURN), {}
        for name, neutral in NEUTRAL_CHURN.items():
            asked, setting = getattr(self, name), getattr(settings, name)
            if name == "s_tmax":
                asked, setting = asked or None, setting or None
            if setting is not None and setting != neutral:
                values[name] = recorded[name] = setting
            elif asked is not None:
                values[name] = asked
        return values, recorded


NEUTRAL_CHURN = {"s_churn": 0.0, "s_tmin": 0.0, "s_tmax": NO_LIMIT, "s_noise": 1.0}


@dataclass(frozen=True)
class SamplingOptions:
    """One run. Names are A1111's settings where there is one; ``None`` leaves a value to its setting."""

    sampler: str = "DPM++ 2M"
    scheduler: str = "Automatic"
    steps: int = 20
    cfg_scale: float = 7.0
    image_cfg_scale: float | None = None
    """Only for models that edit a picture (instruct-pix2pix); 1 turns it off."""

    eta: float | None = None
    eta_ancestral: float = 1.0
    eta_ddim: float = 0.0
    churn: Churn = Churn()
    churn_settings: Churn = Churn()

    sigma_min: float = 0.0
    sigma_max: float = 0.0
    rho: float = 0.0
    """0 leaves the limits to the model and rho to the schedule."""
    beta_dist_alpha: float = 0.6
    beta_dist_beta: float = 0.6
    use_old_karras_scheduler_sigmas: bool = False
    always_discard_next_to_last_sigma: bool = False
    sgm_noise_multiplier: bool = False
    enable_quantization: bool = False
    use_downcasted_alpha_bar: bool = False
    zero_terminal_snr: bool = False

    uni_pc_variant: str = "bh1"
    uni_pc_skip_type: str = "time_uniform"
    uni_pc_order: int = 3
    uni_pc_lower_order_final: bool = True
    no_dpmpp_sde_batch_determinism: bool = False

    img2img_fix_steps: bool = False
    """Make exactly ``steps`` steps from a picture; the second pass of hires fix always does."""
    img2img_extra_noise: float = 0.0

    skip_early_cond: float = 0.0
    s_min_uncond: float = 0.0
    s_min_uncond_all: bool = False
    pad_cond_uncond: bool = False
    pad_cond_uncond_v0: bool = False
    batch_cond_uncond: bool = True
    refiner_switch_by_sample_steps: bool = False

    def __post_init__(self) -> None:
        require_whole("steps", self.steps, 1, MAX_STEPS)
        require_whole("uni_pc_order", self.uni_pc_order, 1, 50)
        for name in ("cfg_scale", "image_cfg_scale"):
            require_number(name, getattr(self, name), -math.inf, math.inf)
        for name, high in _NOT_NEGATIVE.items():
            require_number(name, getattr(self, name), 0, high)
        for name in ("beta_dist_alpha", "beta_dist_beta"):
            require_number(name, getattr(self, name), 0.001, 1000)
        for churn in (self.churn, self.churn_settings):
            for name in NEUTRAL_CHURN:
                if not (name == "s_tmax" and churn.s_tmax == NO_LIMIT):
                    require_number(name, getattr(churn, name), 0, math.inf)
        require_choice("uni_pc_variant", self.uni_pc_variant, UNIPC_VARIANTS)
        require_choice("uni_pc_skip_type", self.uni_pc_skip_type, UNIPC_SKIP_TYPES)


_NOT_NEGATIVE = {"eta": 100.0, "eta_ancestral": 100.0, "eta_ddim": 100.0, "sigma_min": math.inf, "sigma_max": math.inf,
                 "rho": 1000.0, "img2img_extra_noise": math.inf, "skip_early_cond": 1.0, "s_min_uncond": math.inf}


def require_number(field: str, value: float | None, low: float, high: float) -> None:
    """Refuse what is not a finite number in [low, high]; ``None`` passes."""
    if value is not None and not (low <= value <= high and math.isfinite(value)):
        raise InvalidRequestError(field, f"{field} is {value}: expected a number{_range(low, high)}.")


def require_whole(field: str, value: int, low: int, high: int) -> None:
    """Refuse what is not a whole number in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidRequestError(field, f"{field} is {value}: expected a whole number{_range(low, high)}.")


def require_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse what is not among the choices."""
    if value not in choices:
        raise InvalidRequestError(field, f"{field} is {value!r}: expected one of {', '.join(choices)}.")


def _range(low: float, high: float) -> str:
    if math.isinf(low):
        return ""
    return f" from {low:g} up" if math.isinf(high) else f" from {low:g} to {high:g}"
