"""Prompt matrix: every combination of the optional parts of a prompt, side by side."""

from __future__ import annotations

import math
from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import images, processing, shared

DELIMITERS = {"comma": ", ", "space": " "}
PROMPT_TYPES = ("positive", "negative")


class Script(scripts.Script):
    """Splits a prompt at ``|``: the first part is always there, the others come and go."""

    def title(self) -> str:
        return "Prompt matrix"

    def ui(self, is_img2img: bool) -> list[Any]:
        gr.HTML("<p>Write <code>a cat | in the rain | oil painting</code>: the first part is in every picture, "
                "the others in every combination. Each further part doubles the number of pictures.</p>")
        with gr.Row():
            with gr.Column():
                put_at_start = gr.Checkbox(False, label="Put variable parts at start of prompt",
                                           elem_id=self.elem_id("put_at_start"))
                different_seeds = gr.Checkbox(False, label="Use different seed for each picture",
                                              elem_id=self.elem_id("different_seeds"))
            with gr.Column():
                prompt_type = gr.Radio(list(PROMPT_TYPES), label="Select prompt", value="positive",
                                       elem_id=self.elem_id("prompt_type"))
                delimiter = gr.Radio(list(DELIMITERS), label="Select joining char", value="comma",
                                     elem_id=self.elem_id("variations_delimiter"))
        margin_size = gr.Slider(label="Grid margins (px)", minimum=0, maximum=500, value=0, step=2,
                                elem_id=self.elem_id("margin_size"))
        return [put_at_start, different_seeds, prompt_type, delimiter, margin_size]

    def run(self, p: Any, put_at_start: bool, different_seeds: bool, prompt_type: str, variations_delimiter: str,
            margin_size: int) -> processing.Processed:
        if prompt_type not in PROMPT_TYPES:
            raise ValueError(f"The prompt to vary is one of {', '.join(PROMPT_TYPES)}, not {prompt_type!r}.")
        if variations_delimiter not in DELIMITERS:
            raise ValueError(f"The joining character is one of {', '.join(DELIMITERS)}, not {variations_delimiter!r}.")
        processing.fix_seed(p)
        original = _first(p.prompt if prompt_type == "positive" else p.negative_prompt)
        parts = [part.strip().strip(",") for part in original.split("|")]
        _check_size(p, len(parts) - 1)
        prompts = combine(parts, DELIMITERS[variations_delimiter], put_at_start=put_at_start)
        p.n_iter = math.ceil(len(prompts) / p.batch_size)
        p.do_not_save_grid = True
        p.prompt_for_display = _first(p.prompt)
        if prompt_type == "positive":
            p.prompt = prompts
        else:
            p.negative_prompt = prompts
        p.seed = [p.seed + (index if different_seeds else 0) for index in range(len(prompts))]
        processed = processing.process_images(p)
        if len(processed.images) == len(prompts):  # an interrupted matrix has no legend that would fit
            _insert_grid(p, processed, parts, margin_size, original)
        return processed


def combine(parts: list[str], delimiter: str, *, put_at_start: bool) -> list[str]:
    """Return the fixed part with every combination of the others; bit n of a place says whether part n is in it."""
    fixed, *optional = parts
    found = []
    for taken in range(1 << len(optional)):
        chosen = [part for bit, part in enumerate(optional) if taken & 1 << bit]
        found.append(delimiter.join([*chosen, fixed] if put_at_start else [fixed, *chosen]))
    return found


def _first(prompt: Any) -> str:
    return prompt[0] if isinstance(prompt, list) else prompt


def _check_size(p: Any, optional: int) -> None:
    limit = shared.opts.img_max_size_mp
    pixels = 2 ** optional * p.width * p.height / 1e6
    if pixels > limit:
        raise ValueError(f"{optional} optional parts make {2 ** optional} pictures, a grid of {pixels:.0f} megapixels; "
                         f"at most {limit:.0f} are made. Use fewer parts or a smaller size.")


def _insert_grid(p: Any, processed: Any, parts: list[str], margin_size: int, prompt: str) -> None:
    """Put the grid with its legend before the pictures, and save it."""
    first = processed.images[0]
    grid = images.image_grid(processed.images, p.batch_size, rows=1 << (len(parts) - 1) // 2)
    grid = images.draw_prompt_matrix(grid, first.width, first.height, parts, int(margin_size))
    processed.images.insert(0, grid)
    processed.index_of_first_image = 1
    processed.infotexts.insert(0, processed.infotexts[0])
    if shared.opts.grid_save:
        images.save_image(grid, p.outpath_grids, "prompt_matrix", extension=shared.opts.grid_format, prompt=prompt,
                          seed=processed.seed, info=processed.infotexts[0], grid=True, p=p)
