"""A run with a sampler that an extension made, as dynamic thresholding does."""

from __future__ import annotations

from dataclasses import replace


def test_guidance_of_an_extension_takes_part(plugin_host, run_scripted, quick, with_extensions):
    from tests.compat.conftest import pictures_of

    source = '''
        from modules import scripts, sd_samplers, sd_samplers_common, sd_samplers_kdiffusion

        class Denoiser(sd_samplers_kdiffusion.CFGDenoiserKDiffusion):
            def combine_denoised(self, x_out, conds_list, uncond, cond_scale):
                return super().combine_denoised(x_out, conds_list, uncond, SCALE or cond_scale)

        SCALE = None

        class Mine(scripts.Script):
            def title(self):
                return "Mine"

            def show(self, is_img2img):
                return scripts.AlwaysVisible

            def process(self, p):
                original = sd_samplers.all_samplers_map[p.sampler_name]

                def make(model):
                    sampler = original.constructor(model)
                    sampler.model_wrap_cfg = Denoiser(sampler)
                    return sampler

                self.name = p.sampler_name
                p.sampler_name = "Euler_mine"
                sd_samplers.all_samplers_map["Euler_mine"] = sd_samplers_common.SamplerData(
                    "Euler_mine", make, [], original.options)

            def postprocess(self, p, processed):
                del sd_samplers.all_samplers_map["Euler_mine"]
    '''
    before = pictures_of(run_scripted(quick))
    with_extensions({"mine/scripts/mine.py": source})
    same = pictures_of(run_scripted(quick))
    with_extensions({"mine/scripts/mine.py": source.replace("SCALE = None", "SCALE = 1.5")})
    other = pictures_of(run_scripted(quick))
    asked = pictures_of(run_scripted(replace(quick, cfg_scale=1.5)))
    assert "Sampler: Euler," in same[0].infotext
    assert same[0].image.tobytes() == before[0].image.tobytes() != other[0].image.tobytes()
    assert asked[0].image.tobytes() == other[0].image.tobytes()
