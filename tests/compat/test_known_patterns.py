"""What extensions are known to do: each pattern as a small extension of its own."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.compat.conftest import comments_of, pictures_of

HOOKS = ("before_process", "process", "before_process_batch", "after_extra_networks_activate", "process_batch",
         "process_before_every_sampling", "post_sample", "postprocess_batch", "postprocess_batch_list",
         "postprocess_image", "postprocess_image_after_composite", "postprocess")
HEAD = """
from modules import processing, script_callbacks, scripts, shared
import gradio as gr

class Always(scripts.Script):
    def title(self): return "Pattern"
    def show(self, is_img2img): return scripts.AlwaysVisible
"""


def extension(body: str) -> dict[str, str]:
    return {"pattern/scripts/pattern.py": HEAD + body}


def test_every_hook_is_called_in_the_order_of_a1111(with_extensions, run_scripted, quick):
    with_extensions(extension("\nCALLS = []\n" + "".join(
        f"def _note(self, p, *args, **kwargs): CALLS.append({hook!r})\nAlways.{hook} = _note\n" for hook in HOOKS)))
    run_scripted(quick)
    assert tuple(sys.modules["pattern.py"].CALLS) == HOOKS


def test_an_exception_in_every_hook_is_told_and_the_picture_is_made(with_extensions, run_scripted, quick):
    plain = pictures_of(run_scripted(quick))[0]
    host = with_extensions(extension("\n" + "".join(
        f"def _fail(self, p, *args, **kwargs): raise ValueError('no')\nAlways.{hook} = _fail\n" for hook in HOOKS)))
    emitted = run_scripted(quick)
    assert pictures_of(emitted)[0].image.tobytes() == plain.image.tobytes()
    told = comments_of(emitted)
    assert all(f"The plugin pattern failed in {hook}: ValueError: no" in told for hook in HOOKS)
    assert {failure.hook for failure in host.calls.failures("pattern")} == set(HOOKS)


@pytest.mark.parametrize("body", [
    "raise RuntimeError('broken')", "import sys; sys.exit(3)", "import not_there_at_all", "def broken(:\n  pass"])
def test_a_file_that_cannot_be_loaded_breaks_only_itself(with_extensions, run_scripted, quick, body):
    host = with_extensions({"broken/scripts/broken.py": body, **extension("")})
    assert host.calls.failures("broken")
    assert pictures_of(run_scripted(quick))


def test_a_batch_may_be_given_other_prompts_and_seeds(with_extensions, run_scripted, quick):
    with_extensions(extension("""
    def process(self, p):
        p.all_prompts = ["one", "two", "three"]
        p.all_seeds = [5, 6, 7]
        p.extra_generation_params["Pattern"] = "yes, sir"
"""))
    made = pictures_of(run_scripted(replace(quick, batch_size=2, batch_count=2)))
    assert [event.infotext.split("\n")[0] for event in made] == ["one", "two", "three"]
    assert [event.seed for event in made] == [5, 6, 7]
    assert all('Pattern: "yes, sir"' in event.infotext for event in made)


def test_what_is_written_late_reaches_the_infotext(with_extensions, run_scripted, quick):
    with_extensions(extension("""
    def postprocess_image(self, p, pp, *args):
        p.extra_generation_params["Late"] = p.batch_index
        pp.image = pp.image.transpose(0)
"""))
    assert "Late: 0" in pictures_of(run_scripted(quick))[0].infotext


def test_a_batch_may_grow(with_extensions, run_scripted, quick):
    with_extensions(extension("""
    def postprocess_batch_list(self, p, pp, *args, batch_number):
        pp.images.append(pp.images[0].flip(-1))
        p.prompts.append("mirrored")
        p.negative_prompts.append("")
        p.seeds.append(9)
        p.subseeds.append(9)
"""))
    made = pictures_of(run_scripted(quick))
    assert [event.infotext.split("\n")[0] for event in made] == ["a cat", "mirrored"]
    assert made[1].image.tobytes() == made[0].image.transpose(0).tobytes()


def test_a_copy_of_p_is_run_again_inside_postprocess(with_extensions, run_scripted, quick):
    with_extensions(extension("""
    def postprocess(self, p, processed, *args):
        import copy
        if getattr(p, "_inner", False):
            return
        again = copy.copy(p)
        again._inner = True
        again.seed = p.seed + 1
        processed.images += processing.process_images(again).images
"""))
    made = pictures_of(run_scripted(quick))
    assert len(made) == 2
    assert made[0].image.tobytes() != made[1].image.tobytes()


def test_process_images_inner_may_be_replaced(with_extensions, run_scripted, quick):
    with_extensions(extension("""
original = processing.process_images_inner
def replaced(p):
    p.prompt = "replaced"
    return original(p)
processing.process_images_inner = replaced
script_callbacks.on_script_unloaded(lambda: setattr(processing, "process_images_inner", original))
"""))
    try:
        assert pictures_of(run_scripted(quick))[0].infotext.startswith("replaced\n")
    finally:
        from modules import processing

        processing.process_images_inner = sys.modules["pattern.py"].original


def test_an_img2img_of_its_own_making(with_extensions, run_scripted, quick):
    with_extensions(extension("""
    def postprocess_image(self, p, pp, *args):
        if getattr(p, "_mine", False):
            return
        i2i = processing.StableDiffusionProcessingImg2Img(
            sd_model=p.sd_model, init_images=[pp.image], prompt="a dog", negative_prompt="", seed=3, steps=2,
            width=64, height=64, cfg_scale=5, denoising_strength=0.5, sampler_name="Euler", batch_size=1, n_iter=1,
            do_not_save_samples=True, do_not_save_grid=True)
        i2i._mine = True
        i2i.scripts, i2i.script_args = p.scripts, p.script_args
        pp.image = processing.process_images(i2i).images[0]
"""))
    made = pictures_of(run_scripted(quick))
    assert len(made) == 1
    assert made[0].infotext.startswith("a cat\n")


def test_options_are_added_and_read(with_extensions, run_scripted, quick):
    with_extensions(extension("""
    def process(self, p, *args):
        p.extra_generation_params["Option"] = shared.opts.pattern_value

def on_ui_settings():
    shared.opts.add_option("pattern_value", shared.OptionInfo(17, "A number", section=("pattern", "Pattern")))
script_callbacks.on_ui_settings(on_ui_settings)
"""))
    assert "Option: 17" in pictures_of(run_scripted(quick))[0].infotext


def test_an_axis_is_added_to_the_grid(with_extensions):
    with_extensions(extension("""
def add_axis():
    for data in scripts.scripts_data:
        if data.script_class.__module__ == "xyz_grid.py":
            module = data.module
            module.axis_options.append(module.AxisOption("[Pattern] value", int, module.apply_field("pattern")))
script_callbacks.on_before_ui(add_axis)
"""), shipped=True)
    from modules import script_callbacks, scripts

    script_callbacks.before_ui_callback()
    (xyz,) = [data.module for data in scripts.scripts_data if data.path.endswith("xyz_grid.py")]
    assert xyz.axis_options[-1].label == "[Pattern] value"


def test_the_model_is_seen_and_steered_at_every_step(with_extensions, run_scripted, quick):
    plain = pictures_of(run_scripted(quick))[0]
    with_extensions(extension("""
SEEN = []
def denoiser(params):
    SEEN.append((params.sampling_step, tuple(params.x.shape), tuple(params.sigma.shape), params.denoiser.step))
def after(params):
    params.x = params.x * 0.5
def on():
    script_callbacks.on_cfg_denoiser(denoiser)
    script_callbacks.on_cfg_after_cfg(after)
def process(self, p, *args):
    on()
def postprocess(self, p, processed, *args):
    script_callbacks.remove_callbacks_for_function(denoiser)
    script_callbacks.remove_callbacks_for_function(after)
Always.process, Always.postprocess = process, postprocess
"""))
    steered = pictures_of(run_scripted(quick))[0]
    seen = sys.modules["pattern.py"].SEEN
    assert [step for step, *_ in seen] == [0, 1]
    assert {shape for _, shape, *_ in seen} == {(2, 4, 8, 8)}  # the conditional part, then the unconditional
    assert [own for *_, own in seen] == [0, 1]
    assert steered.image.tobytes() != plain.image.tobytes()
    from modules import script_callbacks

    assert not script_callbacks.callback_map["callbacks_cfg_denoiser"]


def test_a_sampler_of_its_own_combines_predictions(with_extensions, run_scripted, quick):
    plain = pictures_of(run_scripted(quick))[0]
    with_extensions(extension("""
from modules import sd_samplers, sd_samplers_common, sd_samplers_kdiffusion

class Unguided(sd_samplers_kdiffusion.CFGDenoiserKDiffusion):
    def combine_denoised(self, x_out, conds_list, uncond, cond_scale):
        return super().combine_denoised(x_out, conds_list, uncond, 1.0)

def process_batch(self, p, *args, **kwargs):
    known = sd_samplers.all_samplers_map[p.sampler_name]
    def make(model):
        sampler = known.constructor(model)
        sampler.model_wrap_cfg = Unguided(sampler)
        return sampler
    data = sd_samplers_common.SamplerData("Unguided", make, known.aliases, known.options)
    sd_samplers.all_samplers_map["Unguided"] = data
    p.sampler_name = "Unguided"
def postprocess_batch(self, p, *args, **kwargs):
    p.sampler_name = "Euler"
    sd_samplers.all_samplers_map.pop("Unguided", None)
Always.process_batch, Always.postprocess_batch = process_batch, postprocess_batch
"""))
    unguided = pictures_of(run_scripted(quick))[0]
    assert unguided.image.tobytes() != plain.image.tobytes()
    assert "Sampler: Euler," in unguided.infotext


def test_the_steps_of_a_sampler_are_replaced(with_extensions, run_scripted, quick):
    plain = pictures_of(run_scripted(quick))[0]
    with_extensions(extension("""
from modules import sd_samplers_kdiffusion
original = sd_samplers_kdiffusion.KDiffusionSampler.callback_state
def callback_state(self, d):
    d["denoised"] *= 0.5
    return original(self, d)
def process(self, p, *args):
    sd_samplers_kdiffusion.KDiffusionSampler.callback_state = callback_state
def postprocess(self, p, *args):
    sd_samplers_kdiffusion.KDiffusionSampler.callback_state = original
Always.process, Always.postprocess = process, postprocess
"""))
    assert pictures_of(run_scripted(quick))[0].image.tobytes() != plain.image.tobytes()


def test_how_prompts_are_encoded_is_replaced(with_extensions, run_scripted, quick):
    plain = pictures_of(run_scripted(quick))[0]
    with_extensions(extension("""
from modules import prompt_parser
original = prompt_parser.get_learned_conditioning
def replaced(model, prompts, steps, *more, **kwargs):
    schedules = original(model, prompts, steps, *more, **kwargs)
    return [[prompt_parser.ScheduledPromptConditioning(one.end_at_step, one.cond * 0.5) for one in schedule]
            for schedule in schedules]
def process(self, p, *args):
    prompt_parser.get_learned_conditioning = replaced
def postprocess(self, p, *args):
    prompt_parser.get_learned_conditioning = original
Always.process, Always.postprocess = process, postprocess
"""))
    assert pictures_of(run_scripted(quick))[0].image.tobytes() != plain.image.tobytes()


def test_infotexts_are_replaced(with_extensions, run_scripted, quick):
    with_extensions(extension("""
original = processing.create_infotext
def replaced(*args, **kwargs):
    return original(*args, **kwargs) + ", Signed: yes"
def process(self, p, *args):
    processing.create_infotext = replaced
def postprocess(self, p, *args):
    processing.create_infotext = original
Always.process, Always.postprocess = process, postprocess
"""))
    assert pictures_of(run_scripted(quick))[0].infotext.endswith(", Signed: yes")


def test_a_kind_of_network_is_added(with_extensions, run_scripted, quick):
    with_extensions(extension("""
from modules import extra_networks
SEEN = []
class Own(extra_networks.ExtraNetwork):
    def __init__(self): super().__init__("own")
    def activate(self, p, params_list): SEEN.append([params.positional for params in params_list])
    def deactivate(self, p): SEEN.append("off")
network = Own()
script_callbacks.on_before_ui(lambda: extra_networks.register_extra_network(network))
"""))
    from modules import extra_networks, script_callbacks

    script_callbacks.before_ui_callback()
    try:
        emitted = run_scripted(replace(quick, prompt="a cat <own:this:0.5>"))
    finally:
        extra_networks.extra_network_registry.pop("own", None)
    assert sys.modules["pattern.py"].SEEN == [[["this", "0.5"]], "off"]
    assert comments_of(emitted) == []


def test_a_chosen_script_makes_the_pictures(with_extensions, run_scripted, quick):
    with_extensions({"chosen/scripts/chosen.py": """
        from modules import processing, scripts
        import gradio as gr

        class Chosen(scripts.Script):
            def title(self): return "Chosen one"
            def ui(self, is_img2img): return [gr.Slider(0, 9, 3, label="How many"), gr.Checkbox(False, label="Flip")]
            def run(self, p, count, flip):
                images, infotexts = [], []
                for number in range(int(count)):
                    p.seed += 1
                    done = processing.process_images(p)
                    images += done.images
                    infotexts += done.infotexts
                return processing.Processed(p, images, p.seed, infotexts=infotexts)
        """})
    made = pictures_of(run_scripted(replace(quick, script_name="chosen ONE", script_args=(2,))))
    assert ["Seed: 1001" in made[0].infotext, "Seed: 1002" in made[1].infotext, len(made)] == [True, True, 2]
    assert all(event.path is not None for event in made)


def test_a_chosen_script_that_fails_says_so(with_extensions, run_scripted, quick):
    from modules.foundation.errors import PluginError

    with_extensions({"chosen/scripts/chosen.py": """
        from modules import scripts
        class Chosen(scripts.Script):
            def title(self): return "Chosen one"
            def run(self, p): raise KeyError("width")
        """})
    with pytest.raises(PluginError, match="Chosen one failed: KeyError"):
        run_scripted(replace(quick, script_name="Chosen one"))


@pytest.mark.parametrize(("change", "words"), [
    ({"script_name": "Nothing"}, "There is no script 'Nothing'"),
    ({"alwayson_scripts": {"Nothing": []}}, "There is no script 'Nothing'"),
    ({"script_name": "Prompt matrix", "script_args": (1,) * 9}, "takes 5 values, not 9"),
    ({"alwayson_scripts": {"Prompt matrix": []}}, "is not always on"),
])
def test_scripts_that_cannot_be_used_are_refused(plugin_host, run_scripted, quick, change, words):
    from modules.foundation.errors import InvalidRequestError

    with pytest.raises(InvalidRequestError, match=words):
        run_scripted(replace(quick, **change))


def test_what_a1111_brought_along_is_installed_when_it_is_missing(with_extensions, monkeypatch, tmp_path):
    from modules.plugins.installing import Installer

    asked = []

    def install(self, arguments, what):
        asked.append(arguments[-1])
        (tmp_path / "packages" / "resize_right.py").write_text("THERE = True")

    (tmp_path / "packages").mkdir()
    monkeypatch.setattr("sys.path", [str(tmp_path / "packages"), *sys.path])
    monkeypatch.setattr(Installer, "run_pip", install)
    host = with_extensions({"needy/scripts/needy.py": "import resize_right; assert resize_right.THERE",
                            "wrong/scripts/wrong.py": "import nobody_has_this"})
    assert asked == ["resize-right"] and not host.calls.failures("needy")
    assert "nobody_has_this" in host.calls.failures("wrong")[0].error


def test_a_run_before_the_jobs_own_shows_nothing(with_extensions, run_scripted, quick):
    with_extensions(extension("""
def early(self, p):
    other = processing.StableDiffusionProcessingTxt2Img(prompt="early", seed=5, steps=1, width=64, height=64)
    processing.process_images(other)
Always.process = early
"""))
    [picture] = pictures_of(run_scripted(quick))
    assert (picture.index, picture.seed) == (0, quick.seed)


def test_pictures_that_are_replaced_one_by_one_are_all_shown(with_extensions, run_scripted, quick):
    with_extensions(extension("""
from PIL import ImageOps
def invert(self, p, processed):
    for number in range(len(processed.images)):
        processed.images[number] = ImageOps.invert(processed.images[number])
Always.postprocess = invert
"""))
    shown = pictures_of(run_scripted(replace(quick, batch_count=3, save_images=False)))
    assert len(shown) == 6
