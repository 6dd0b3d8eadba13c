"""Loopback: every result is the beginning of the next picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import images, processing, shared

CURVES: dict[str, Callable[[float], float]] = {
    "Aggressive": lambda done: math.sin(done * math.pi / 2),
    "Linear": lambda done: done,
    "Lazy": lambda done: 1 - math.cos(done * math.pi / 2),
}
INTERROGATORS = ("None", "CLIP", "DeepBooru")
ORIGINAL_CONTENT = 1


class Script(scripts.Script):
    """Chains of pictures, one for each batch."""

    def title(self) -> str:
        return "Loopback"

    def show(self, is_img2img: bool) -> bool:
        return is_img2img

    def ui(self, is_img2img: bool) -> list[Any]:
        with gr.Row():
            loops = gr.Slider(minimum=1, maximum=32, step=1, label="Loops", value=4, elem_id=self.elem_id("loops"))
            final = gr.Slider(minimum=0, maximum=1, step=0.01, label="Final denoising strength", value=0.5,
                              elem_id=self.elem_id("final_denoising_strength"),
                              info="The first loop has the denoising strength above")
        with gr.Row():
            curve = gr.Dropdown(label="Denoising strength curve", choices=list(CURVES), value="Linear",
                                elem_id=self.elem_id("denoising_curve"), info="How it gets from the first to the last")
            interrogate = gr.Dropdown(label="Append interrogated prompt at each iteration", choices=list(INTERROGATORS),
                                      value="None", elem_id=self.elem_id("append_interrogation"))
        return [loops, final, curve, interrogate]

    def run(self, p: Any, loops: int, final_denoising_strength: float, denoising_curve: str,
            append_interrogation: str) -> processing.Processed:
        check(loops, final_denoising_strength, denoising_curve, append_interrogation)
        processing.fix_seed(p)
        p.extra_generation_params = {"Final denoising strength": final_denoising_strength,
                                     "Denoising curve": denoising_curve}
        chains, p.n_iter, p.batch_size, p.do_not_save_grid = p.n_iter, 1, 1, True
        strengths = [strength_of(loop, int(loops), p.denoising_strength, final_denoising_strength, denoising_curve)
                     for loop in range(int(loops))]
        shared.state.job_count = len(strengths) * chains
        seed, results = p.seed, list[Result]()
        chain = Chain(p, strengths, append_interrogation)
        for number in range(chains):
            made = chain.make(number * len(strengths), len(strengths) * chains)
            results += made if chains == 1 else made[-1:]
            if is_over():
                break
        return with_grid(p, results, seed)


Result = tuple[Any, str, int]
"""A picture, its infotext and its seed."""


class Chain:
    """Makes chains of pictures, all from the same beginning."""

    def __init__(self, p: Any, strengths: list[float], interrogator: str) -> None:
        self._p, self._strengths, self._interrogator = p, strengths, interrogator
        self._beginning, self._fill, self._prompt = p.init_images, p.inpainting_fill, p.prompt
        self._colors = [processing.setup_color_correction(p.init_images[0])]

    def make(self, done: int, total: int) -> list[Result]:
        """Return the pictures of a chain; those that were finished, where somebody stopped it."""
        p, made = self._p, list[Result]()
        p.init_images, p.inpainting_fill = self._beginning, self._fill
        for loop, strength in enumerate(self._strengths):
            shared.state.job = f"Iteration {done + loop + 1} of {total}"
            p.denoising_strength = strength
            if shared.opts.img2img_color_correction:
                p.color_corrections = self._colors
            p.prompt = self._prompt_for(p.init_images[0])
            processed = processing.process_images(p)
            if is_over() or not processed.images:
                break
            p.seed = processed.seed + 1
            if shared.state.skipped:
                break
            made.append((processed.images[0], processed.infotexts[0], processed.seed))
            p.init_images, p.inpainting_fill = [processed.images[0]], ORIGINAL_CONTENT
        return made

    def _prompt_for(self, picture: Any) -> str:
        if self._interrogator == "None":
            return self._prompt
        seen = interrogate(self._interrogator, picture)
        return f"{self._prompt}, {seen}" if self._prompt else seen


def check(loops: int, final: float, curve: str, interrogator: str) -> None:
    """Raises: ValueError saying what is accepted."""
    if int(loops) < 1:
        raise ValueError(f"There must be at least one loop, not {loops}.")
    if not 0 <= final <= 1:
        raise ValueError(f"The final denoising strength must be from 0 to 1, not {final}.")
    if curve not in CURVES:
        raise ValueError(f"The curve is one of {', '.join(CURVES)}, not {curve!r}.")
    if interrogator not in INTERROGATORS:
        raise ValueError(f"The interrogator is one of {', '.join(INTERROGATORS)}, not {interrogator!r}.")


def strength_of(loop: int, loops: int, first: float, final: float, curve: str) -> float:
    """Return the denoising strength of a loop, counted from 0."""
    if loop == 0:
        return first
    return first + (final - first) * CURVES[curve](loop / (loops - 1))


def interrogate(name: str, picture: Any) -> str:
    """Return what is in a picture, in words."""
    if name == "CLIP":
        return shared.interrogator.interrogate(picture)
    from modules import deepbooru

    return deepbooru.model.tag(picture)


def with_grid(p: Any, results: list[Result], seed: int) -> Any:
    """Return the results, several of them with a grid in one row before them."""
    pictures, infotexts = [picture for picture, _, _ in results], [text for _, text, _ in results]
    infotext = infotexts[0] if infotexts else ""
    first = 0
    if len(pictures) > 1:
        grid = images.image_grid(pictures, rows=1)
        if shared.opts.grid_save:
            images.save_image(grid, p.outpath_grids, "grid", seed, p.prompt, shared.opts.grid_format, info=infotext,
                              short_filename=not shared.opts.grid_extended_filename, grid=True, p=p)
        if shared.opts.return_grid:
            pictures, infotexts, first = [grid, *pictures], [infotext, *infotexts], 1
    return processing.Processed(p, pictures, seed, infotext, all_seeds=[one for _, _, one in results],
                                infotexts=infotexts, index_of_first_image=first)


def is_over() -> bool:
    """Say whether somebody wants no more."""
    return shared.state.interrupted or shared.state.stopping_generation
