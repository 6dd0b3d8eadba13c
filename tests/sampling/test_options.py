from __future__ import annotations

import math
from typing import Any

import pytest

from modules.foundation.errors import InvalidRequestError
from modules.sampling.options import Churn, SamplingOptions


@pytest.mark.parametrize(("field", "value"), [
    ("steps", 0), ("steps", -1), ("steps", 10_001), ("steps", 2.5), ("steps", True),
    ("cfg_scale", math.nan), ("cfg_scale", math.inf), ("image_cfg_scale", math.nan),
    ("eta", -0.1), ("eta", math.nan), ("eta_ddim", -1.0), ("eta_ancestral", math.inf),
    ("sigma_min", -0.1), ("sigma_max", math.nan), ("rho", -1.0),
    ("beta_dist_alpha", 0.0), ("beta_dist_beta", -0.6),
    ("uni_pc_order", 0), ("uni_pc_order", 51), ("uni_pc_variant", "bh3"), ("uni_pc_skip_type", "time"),
    ("skip_early_cond", 1.1), ("s_min_uncond", -1.0), ("img2img_extra_noise", math.nan),
])
def test_values_out_of_range_are_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="expected") as refusal:
        SamplingOptions(**{field: value})
    assert refusal.value.field == field


@pytest.mark.parametrize("field", ["s_churn", "s_tmin", "s_tmax", "s_noise"])
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_churn_out_of_range_is_refused(field: str, value: float) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        SamplingOptions(churn=Churn(**{field: value}))
    assert refusal.value.field == field


@pytest.mark.parametrize(("asked", "settings", "values", "recorded"), [
    (Churn(), Churn(), (0, 0, math.inf, 1), {}),
    (Churn(s_churn=5.0), Churn(), (5, 0, math.inf, 1), {}),
    (Churn(s_churn=5.0), Churn(s_churn=10.0), (10, 0, math.inf, 1), {"s_churn": 10}),
    (Churn(s_tmax=0.0), Churn(s_tmax=0.0), (0, 0, math.inf, 1), {}),
    (Churn(s_tmax=8.0), Churn(s_tmax=0.0), (0, 0, 8, 1), {}),
    (Churn(s_tmax=math.inf), Churn(s_tmax=9.0), (0, 0, 9, 1), {"s_tmax": 9}),
    (Churn(s_noise=0.5), Churn(s_noise=1.0), (0, 0, math.inf, 0.5), {}),
])
def test_settings_that_say_something_win(asked: Churn, settings: Churn, values: tuple[float, ...],
                                         recorded: dict[str, float]) -> None:
    made, noted = asked.over(settings)
    assert tuple(made.values()) == values
    assert noted == recorded
