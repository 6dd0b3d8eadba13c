"""``modules.sd_samplers*`` and ``modules.sd_schedulers``."""

from __future__ import annotations

import pytest
import torch


def test_lists():
    from modules import sd_samplers

    assert sd_samplers.samplers_map["k_euler_a"] == sd_samplers.samplers_map["euler a"] == "Euler a"
    assert sd_samplers.all_samplers[0].name == "DPM++ 2M" and len(sd_samplers.samplers_for_img2img) >= 20
    assert sd_samplers.all_samplers_map["DPM++ SDE"].total_steps(10) == 20
    assert sd_samplers.find_sampler_config(None).name == "DPM++ 2M"
    assert sd_samplers.get_sampler_and_scheduler("Euler Karras", None) == ("Euler", "Karras")


@pytest.mark.parametrize(("name", "kind", "denoiser"), [("Euler", "KDiffusionSampler", "CFGDenoiserKDiffusion"),
                                                        ("DDIM", "CompVisSampler", "CFGDenoiserTimesteps")])
def test_making_a_sampler(name, kind, denoiser):
    from modules import sd_samplers

    sampler = sd_samplers.create_sampler(name, None)
    assert type(sampler).__name__ == kind and type(sampler.model_wrap_cfg).__name__ == denoiser
    assert sampler.config.name == name and sampler.model_wrap_cfg.sampler is sampler
    sampler.p = sampler.model_wrap_cfg.p = object()
    type(sampler).callback_state(sampler, {"x": 1})


def test_an_unknown_sampler_is_refused():
    from modules import sd_samplers
    from modules.foundation.errors import InvalidRequestError

    with pytest.raises(InvalidRequestError, match="Nope"):
        sd_samplers.create_sampler("Nope", None)


def test_a_sampler_of_an_extension_stands_for_one_of_the_core(monkeypatch):
    """Dynamic thresholding puts such a one on the map while it works."""
    from modules import sd_samplers, sd_samplers_common, sd_samplers_kdiffusion
    from modules.compat.samplers import core_sampler_label

    class Denoiser(sd_samplers_kdiffusion.CFGDenoiserKDiffusion):
        def combine_denoised(self, x_out, conds_list, uncond, cond_scale):
            return super().combine_denoised(x_out, conds_list, uncond, cond_scale) * 0

    def make(model):
        sampler = sd_samplers.all_samplers_map["Heun"].constructor(model)
        sampler.model_wrap_cfg = Denoiser(sampler)
        return sampler

    data = sd_samplers_common.SamplerData("Heun_dynthres", make, ["k_heun"], {})
    monkeypatch.setitem(sd_samplers.all_samplers_map, data.name, data)
    sampler = sd_samplers.create_sampler("Heun_dynthres", None)
    assert sampler.model_wrap_cfg.combine_denoised(torch.ones(2, 4), [[(0, 1.0)]], None, 7.0).sum() == 0
    assert [core_sampler_label(name) for name in ("Heun_dynthres", "DDIM", "Nope")] == ["Heun", "DDIM", "Nope"]


def test_a_sampler_with_a_function_of_its_own_can_be_chosen(plugin_host):
    from modules import sd_samplers, sd_samplers_common, sd_samplers_kdiffusion
    from modules.sampling.registry import REGISTRY
    from modules.sampling.solvers.euler import euler

    def sample_mine(model, x, sigmas, extra_args=None, callback=None, disable=None):
        for i in range(len(sigmas) - 1):
            denoised = model(x, sigmas[i] * x.new_ones([len(x)]), **extra_args)
            callback({"x": x, "i": i, "sigma": sigmas[i], "sigma_hat": sigmas[i], "denoised": denoised})
            x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
        return x

    data = sd_samplers_common.SamplerData(
        "Mine", lambda model: sd_samplers_kdiffusion.KDiffusionSampler(sample_mine, model), ["k_mine"],
        {"scheduler": "karras"})
    sd_samplers.all_samplers.append(data)
    try:
        sd_samplers.all_samplers_map[data.name] = data
        sd_samplers.set_samplers()
        spec = REGISTRY.current.sampler("Mine")
        assert spec.scheduler == "karras" and sd_samplers.samplers_map["k_mine"] == "Mine"
        steps = [[], []]
        made = [solve(lambda x, sigma: x / (2 + sigma), torch.ones(1, 4, 2, 2), [3.0, 1.0, 0.0], None, told.append)
                for solve, told in zip((spec.solve, euler), steps)]
        assert torch.allclose(*made) and [step.index for step in steps[0]] == [0, 1]
    finally:
        sd_samplers.all_samplers.remove(data)
        del sd_samplers.all_samplers_map["Mine"]
        REGISTRY.forget("extensions")
        sd_samplers.set_samplers()


def test_guidance():
    from modules.sd_samplers_cfg_denoiser import CFGDenoiser

    x = torch.tensor([[1.0], [3.0], [0.5]])
    combined = CFGDenoiser(None).combine_denoised(x, [[(0, 1.0), (1, 0.5)]], None, 2.0)
    assert combined.tolist() == [[0.5 + 2 * 0.5 + 2.5]]


def test_conditionings_are_put_together():
    from modules.sd_samplers_cfg_denoiser import catenate_conds, pad_cond, subscript_cond

    one = {"crossattn": torch.ones(1, 77, 4), "vector": torch.ones(1, 3)}
    two = catenate_conds([one, one])
    assert two["crossattn"].shape == (2, 77, 4) and subscript_cond(two, 1, 2)["vector"].shape == (1, 3)
    assert pad_cond(one, 2, torch.zeros(1, 77, 4))["crossattn"].shape == (1, 231, 4)


def test_an_old_base_class_is_there():
    from modules import sd_samplers_compvis, sd_samplers_timesteps

    assert sd_samplers_compvis.VanillaStableDiffusionSampler is sd_samplers_timesteps.CompVisSampler


def test_schedules(plugin_host):
    from modules import sd_schedulers

    karras = sd_schedulers.schedulers_map["Karras"]
    assert karras.default_rho == 7.0 and sd_schedulers.schedulers_map["karras"].label == "Karras"
    assert [round(float(sigma), 3) for sigma in karras.function(3, 0.1, 10.0)] == [10.0, 1.451, 0.1, 0.0]
    assert sd_schedulers.schedulers[0].function is None


def test_tables():
    from modules import sd_samplers_kdiffusion

    assert ("Euler", "sample_euler", ["k_euler"], {}) in sd_samplers_kdiffusion.samplers_k_diffusion
    assert sd_samplers_kdiffusion.sampler_extra_params["sample_euler"] == ["s_churn", "s_tmin", "s_tmax", "s_noise"]
    assert "Euler" in sd_samplers_kdiffusion.k_diffusion_samplers_map
