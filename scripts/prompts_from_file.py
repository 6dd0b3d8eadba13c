"""Prompts from file or textbox: one job for every line, each with its own settings where the line says so."""

from __future__ import annotations

import copy
import random
import shlex
from collections.abc import Callable
from typing import Any

import gradio as gr

import modules.scripts as scripts
from modules import processing, sd_samplers, shared
from modules.compat.host import HOST

POSITIONS = ("start", "end")
PROMPTS = ("prompt", "negative_prompt")
FOLDERS = ("outpath_samples", "outpath_grids")
MOST_FILE_BYTES = 2**20


def _read_switch(text: str) -> bool:
    return text.strip().lower() == "true"


def _read_sampler(text: str) -> str:
    return sd_samplers.samplers_map.get(text.lower(), text)


OPTIONS: dict[str, Callable[[str], Any]] = {
    "sd_model": str, "outpath_samples": str, "outpath_grids": str, "prompt_for_display": str,
    "prompt": str, "negative_prompt": str, "styles": lambda text: [text], "seed": int, "subseed_strength": float,
    "subseed": int, "seed_resize_from_h": int, "seed_resize_from_w": int, "sampler_index": int,
    "sampler_name": _read_sampler, "batch_size": int, "n_iter": int, "steps": int, "cfg_scale": float,
    "width": int, "height": int, "restore_faces": _read_switch, "tiling": _read_switch,
    "do_not_save_samples": _read_switch, "do_not_save_grid": _read_switch,
}
"""What may follow ``--`` in a line, and how its value is read."""


class Script(scripts.Script):
    """Runs a list of prompts."""

    def title(self) -> str:
        return "Prompts from file or textbox"

    def ui(self, is_img2img: bool) -> list[Any]:
        iterate = gr.Checkbox(label="Iterate seed every line", value=False, elem_id=self.elem_id("checkbox_iterate"))
        same = gr.Checkbox(label="Use same random seed for all lines", value=False,
                           elem_id=self.elem_id("checkbox_iterate_batch"))
        position = gr.Radio(list(POSITIONS), label="Insert prompts at the", value="start",
                            elem_id=self.elem_id("prompt_position"),
                            info="of the prompt above, which is part of every line's")
        prompts = gr.Textbox(label="List of prompt inputs", lines=4, max_lines=20, elem_id=self.elem_id("prompt_txt"),
                             info="One job for each line. A line may set its own options: "
                                  "--prompt \"a red house\" --steps 30 --width 768 --seed 42")
        file = gr.File(label="Upload prompt inputs", file_types=["text"], type="binary", height=140,
                       elem_id=self.elem_id("file"))
        file.upload(fn=load_prompts, inputs=[file], outputs=[file, prompts], show_progress="hidden")
        return [iterate, same, position, prompts]

    def run(self, p: Any, checkbox_iterate: bool, checkbox_iterate_batch: bool, prompt_position: str,
            prompt_txt: str) -> processing.Processed:
        lines = [line.strip() for line in str(prompt_txt or "").splitlines() if line.strip()]
        if not lines:
            raise ValueError("There are no prompts: write one to a line, or load a text file.")
        jobs = [with_allowed_folders(read_line(line)) for line in lines]
        if (checkbox_iterate or checkbox_iterate_batch) and p.seed in (-1, None, ""):
            p.seed = random.randrange(2**32)
        p.do_not_save_grid = True
        shared.state.job_count = sum(int(job.get("n_iter", p.n_iter)) for job in jobs)
        made = _Made()
        for number, job in enumerate(jobs):
            shared.state.job = f"Line {number + 1} of {len(jobs)}"
            made.add(processing.process_images(with_options(p, job, prompt_position)))
            if checkbox_iterate:
                p.seed += p.batch_size * p.n_iter
            if shared.state.interrupted or shared.state.stopping_generation:
                break
        return processing.Processed(p, made.images, p.seed, "", all_prompts=made.prompts, all_seeds=made.seeds,
                                    infotexts=made.infotexts)


class _Made:
    """The results of all lines so far."""

    def __init__(self) -> None:
        self.images: list[Any] = []
        self.prompts: list[str] = []
        self.seeds: list[int] = []
        self.infotexts: list[str] = []

    def add(self, processed: Any) -> None:
        self.images += processed.images
        self.prompts += processed.all_prompts
        self.seeds += processed.all_seeds
        self.infotexts += processed.infotexts


def with_options(p: Any, options: dict[str, Any], position: str) -> Any:
    """Return a job of its own for a line."""
    job = copy.copy(p)
    job.override_settings = dict(p.override_settings)
    for name, value in options.items():
        if name == "sd_model":
            job.override_settings["sd_model_checkpoint"] = value
        else:
            setattr(job, name, value)
    for name in PROMPTS:
        own, shared_part = options.get(name), getattr(p, name)
        if own and shared_part:
            setattr(job, name, f"{own} {shared_part}" if position == "start" else f"{shared_part} {own}")
    return job


def with_allowed_folders(options: dict[str, Any]) -> dict[str, Any]:
    """Check the folders of a line: lines also come from other computers. Raises: InvalidRequestError."""
    allow = HOST.require().extras.folders.allow
    named = {name: str(allow(options[name], field=name)) for name in FOLDERS if name in options}
    return {**options, **named}


def read_line(line: str) -> dict[str, Any]:
    """Return the options of a line; one without options, or with some nobody understands, is a prompt."""
    if "--" not in line:
        return {"prompt": line}
    try:
        return _read_options(shlex.split(line))
    except (ValueError, LookupError):
        return {"prompt": line}


def _read_options(words: list[str]) -> dict[str, Any]:
    """Raises: KeyError, IndexError, ValueError for what is not an option."""
    found: dict[str, Any] = {}
    place = 0
    while place < len(words):
        name = words[place].removeprefix("--")
        if not words[place].startswith("--") or name not in OPTIONS:
            raise LookupError(name)
        end = place + 2
        if name in PROMPTS:  # takes every word up to the next option
            end = place + 1
            while end < len(words) and not words[end].startswith("--"):
                end += 1
        found[name] = OPTIONS[name](" ".join(words[place + 1:end]) if name in PROMPTS else words[place + 1])
        place = end
    return found


def load_prompts(file: bytes | None) -> tuple[Any, Any]:
    """Put the text of an uploaded file into the text box, and empty the place of the file for another one."""
    if file is None:
        return None, gr.skip()
    if len(file) > MOST_FILE_BYTES:
        raise gr.Error("This file is larger than a megabyte; a list of prompts is a plain text file.")
    text = file.decode("utf-8-sig", "replace")
    return None, "\n".join(line for line in (line.strip() for line in text.splitlines()) if line)
