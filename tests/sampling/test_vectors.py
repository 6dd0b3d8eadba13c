"""A1111's own numbers: every case of the specification's vector file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from modules.families.noise_schedule import NoiseSchedule
from modules.foundation.size import Size
from modules.sampling.conditioning import Branch
from modules.sampling.options import Churn
from modules.sampling.sample import SamplingTask, sample
from modules.sampling.sigmas import downcast, zero_terminal_snr
from modules.sampling.start import InitialImage
from tests.sampling.toy import END, ToyNetwork, always, context, guidance, model, noise, task

CASES = json.loads((Path(__file__).parents[1] / "fixtures/sampling/vectors.json").read_text())["cases"]
LATENTS = (1.5 * torch.sin(0.37 * torch.arange(64, dtype=torch.float32))).view(1, 4, 4, 4)
RIGHT_HALF = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(1, 4, 4, 4)
FROM_PICTURE = {"steps": 10, "initial": InitialImage(LATENTS, 0.6)}
EXACT_STEPS = {"steps": 6, "initial": InitialImage(LATENTS, 0.5), "img2img_fix_steps": True}
CHANGING = ((3, context(1.0)), (END, context(2.0)))

FAMILIES: dict[str, dict[str, Any]] = {
    "t2i": {}, "sched": {}, "i2i": FROM_PICTURE, "i2i_fix": EXACT_STEPS, "hires": EXACT_STEPS,
    "masked": {"steps": 10, "initial": InitialImage(LATENTS, 0.6, RIGHT_HALF)},
    "batch2": {"noise": (42, 43), "guidance": guidance(2)},
    "variation": {"noise": {"subseeds": (7,), "variation_strength": 0.3}},
    "seedresize": {"noise": {"shape": (4, 6, 8), "resize_from": Size(32, 32)}},
    "seedresize2": {"noise": {"resize_from": Size(48, 64)}},
    "ensd": {"noise": {"seed_delta": 31337}},
    "nv": {"noise": {"source": "NV"}},
    "churn": {"churn_settings": Churn(s_churn=10.0)},
    "churn2": {"churn": Churn(s_churn=5.0), "churn_settings": Churn(s_noise=1.05, s_tmin=0.5)},
    "and": {"guidance": guidance(cond=(Branch(1.0, always(1.0)), Branch(0.5, always(2.0))))},
    "schedule": {"guidance": guidance(cond=(Branch(1.0, CHANGING),))},
    "skipearly": {"skip_early_cond": 0.3},
    "ngms": {"s_min_uncond": 5.0},
    "ngmsall": {"s_min_uncond": 5.0, "s_min_uncond_all": True},
    "oldkarras": {"use_old_karras_scheduler_sigmas": True},
    "discard": {"always_discard_next_to_last_sigma": True},
    "sgmnoise": {"sgm_noise_multiplier": True},
    "sigmaopts": {"sigma_min": 0.1, "sigma_max": 10.0, "rho": 5.0},
    "extranoise": {**FROM_PICTURE, "img2img_extra_noise": 0.2},
    "quant": {"enable_quantization": True},
    "nobatch": {"batch_cond_uncond": False},
    "vpred": {"model": {"prediction_type": "v"}},
    "ztsnr": {"model": {"alphas_cumprod": zero_terminal_snr(NoiseSchedule().alphas_cumprod())}},
    "halfac": {"model": {"alphas_cumprod": downcast(NoiseSchedule().alphas_cumprod())}},
}
UNIPC = {"bh2": {"uni_pc_variant": "bh2"}, "vary_coeff": {"uni_pc_variant": "vary_coeff"},
         "order2": {"uni_pc_order": 2}, "time_quadratic": {"uni_pc_skip_type": "time_quadratic"},
         "logSNR": {"uni_pc_skip_type": "logSNR"}}
ETA = {"Euler a": 0.5, "DDIM": 1.0}


def build(name: str, network: ToyNetwork) -> SamplingTask:
    family, _, rest = name.partition("/")
    if family == "unipc":
        return task(network, sampler="UniPC", **UNIPC[rest])
    if family == "restart":
        return task(network, sampler="Restart", steps=int(rest))
    fields = dict(FAMILIES["t2i"] if family == "eta" else FAMILIES[family])
    fields["sampler"], _, schedule = rest.partition("/")
    if family == "eta":
        fields["eta"] = ETA[rest]
    if "noise" in fields:
        asked = fields["noise"]
        fields["noise"] = noise(*asked) if isinstance(asked, tuple) else noise(42, **asked)
    fields["model"] = model(network, **fields.get("model", {}))
    return task(scheduler=schedule or "Automatic", **fields)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    network = ToyNetwork()
    result = sample(build(case["name"], network))
    expected = torch.tensor(case["out"])
    scale = max(float(expected.abs().max()), 1.0)
    assert float((result.latents.flatten() - expected).abs().max()) <= 1e-4 * scale
    assert len(network.timesteps) == case["calls"]
    assert [round(t, 4) for t in network.timesteps[:len(case["first_timesteps"])]] == \
        pytest.approx(case["first_timesteps"], abs=1.01e-4)
    assert sorted(set(network.sizes)) == case["batch_sizes"]
    assert result.infotext == case["infotext"]


def test_every_case_is_there() -> None:
    assert len(CASES) == 118
