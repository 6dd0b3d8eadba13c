"""img2img alternative test: find the noise that would have made the picture, and change it from there."""

from __future__ import annotations

from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import inversion, processing, shared

MOST_STEPS = 150


class Script(scripts.Script):
    """Turns the picture back into noise by Euler steps, guided by a description of it."""

    def __init__(self) -> None:
        self._cache = inversion.InversionCache()

    def title(self) -> str:
        return "img2img alternative test"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        info = gr.HTML("<p>Describe the picture as it is under Original prompt; the prompt above says what it shall "
                       "become. CFG scale should be 2 or lower, and the sampler Euler.</p>")
        with gr.Row():
            override_sampler = gr.Checkbox(label="Override `Sampling method` to Euler? (this method is built for it)",
                                           value=True, elem_id=self.elem_id("override_sampler"))
            override_prompt = gr.Checkbox(
                label="Override `prompt` to the same value as `original prompt`? (and `negative prompt`)", value=True,
                elem_id=self.elem_id("override_prompt"))
        original_prompt = gr.Textbox(label="Original prompt", lines=1, elem_id=self.elem_id("original_prompt"))
        original_negative_prompt = gr.Textbox(label="Original negative prompt", lines=1,
                                              elem_id=self.elem_id("original_negative_prompt"))
        with gr.Row():
            override_steps = gr.Checkbox(label="Override `Sampling Steps` to the same value as `Decode steps`?",
                                         value=True, elem_id=self.elem_id("override_steps"))
            override_strength = gr.Checkbox(label="Override `Denoising strength` to 1?", value=True,
                                            elem_id=self.elem_id("override_strength"))
        st = gr.Slider(label="Decode steps", minimum=1, maximum=MOST_STEPS, step=1, value=50,
                       elem_id=self.elem_id("st"))
        cfg = gr.Slider(label="Decode CFG scale", minimum=0.0, maximum=15.0, step=0.1, value=1.0,
                        elem_id=self.elem_id("cfg"))
        randomness = gr.Slider(label="Randomness", minimum=0.0, maximum=1.0, step=0.01, value=0.0,
                               elem_id=self.elem_id("randomness"), info="0: the noise of the picture, 1: random noise")
        sigma_adjustment = gr.Checkbox(label="Sigma adjustment for finding noise for image", value=False,
                                       elem_id=self.elem_id("sigma_adjustment"))
        return [info, override_sampler, override_prompt, original_prompt, original_negative_prompt, override_steps, st,
                override_strength, cfg, randomness, sigma_adjustment]

    def run(self, p: Any, _: Any, override_sampler: bool, override_prompt: bool, original_prompt: str,
            original_negative_prompt: str, override_steps: bool, st: int, override_strength: bool, cfg: float,
            randomness: float, sigma_adjustment: bool) -> processing.Processed:
        if not 1 <= int(st) <= MOST_STEPS:
            raise ValueError(f"Decode steps must be from 1 to {MOST_STEPS}, not {st}.")
        if not 0 <= randomness <= 1:
            raise ValueError(f"Randomness must be from 0 to 1, not {randomness}.")
        if override_sampler:
            p.sampler_name = "Euler"
        if override_prompt:
            p.prompt, p.negative_prompt = original_prompt, original_negative_prompt
        if override_steps:
            p.steps = int(st)
        if override_strength:
            p.denoising_strength = 1.0
        wanted = inversion.InversionRequest(
            original_prompt, original_negative_prompt,
            inversion.InversionOptions(int(st), float(cfg), bool(sigma_adjustment)), float(randomness))
        p.generation_hooks = [inversion.InversionHooks(wanted, self._cache, on_step)]
        p.extra_generation_params |= {
            "Decode prompt": original_prompt, "Decode negative prompt": original_negative_prompt,
            "Decode CFG scale": cfg, "Decode steps": st, "Randomness": randomness,
            "Sigma Adjustment": sigma_adjustment}
        return processing.process_images(p)


def on_step(number: int) -> bool:
    """Show how far the search for the noise is; stop it where somebody wants that."""
    shared.state.job = f"Finding the noise, step {number}"
    return not (shared.state.interrupted or shared.state.skipped)
