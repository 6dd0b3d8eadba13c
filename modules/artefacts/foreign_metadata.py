"""Metadata of other programs, told as an infotext as far as it maps."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from modules.artefacts.infotext import replace_surrogates, write_infotext
from modules.artefacts.record import GenerationRecord
from modules.foundation.size import Size

SamplerFinder = Callable[[str], "str | None"]
MAX_JSON_CHARS = 2**20
MAX_HOPS = 30
"""How far a ComfyUI link is followed before the graph is given up."""

SCHEDULE_LABELS = {
    "karras": "Karras", "exponential": "Exponential", "sgm_uniform": "SGM Uniform", "simple": "Simple",
    "normal": "Normal", "ddim_uniform": "DDIM", "beta": "Beta", "kl_optimal": "KL Optimal",
}


def translate_foreign(texts: Mapping[str, str], size: Size, find_sampler: SamplerFinder) -> str | None:
    """Tell the metadata of NovelAI, ComfyUI, InvokeAI or Fooocus as an infotext; None if there is none."""
    if texts.get("Software") == "NovelAI":
        return _translate_novelai(texts, size, find_sampler)
    own = texts.get("parameters", "")
    if own and not own.startswith("{"):
        return None
    for text, translate in ((own, _read_fooocus), (texts.get("invokeai_metadata", ""), _read_invoke),
                            (texts.get("prompt", ""), _read_comfy)):
        values = translate(_load_object(text))
        if values:
            return _tell(values, size, find_sampler)
    return None


def _translate_novelai(texts: Mapping[str, str], size: Size, find_sampler: SamplerFinder) -> str | None:
    """Spell NovelAI's metadata exactly as A1111 does, with its fixed clip skip and ENSD."""
    data = _load_object(texts.get("Comment", ""))
    if not all(key in data for key in ("uc", "steps", "sampler", "scale", "seed")):
        return None
    sampler = find_sampler(str(data["sampler"])) or "Euler a"
    return replace_surrogates(
        f"{texts.get('Description', '')}\nNegative prompt: {data['uc']}\n"
        f"Steps: {data['steps']}, Sampler: {sampler}, CFG scale: {data['scale']}, Seed: {data['seed']}, "
        f"Size: {size}, Clip skip: 2, ENSD: 31337")


def _tell(values: Mapping[str, Any], size: Size, find_sampler: SamplerFinder) -> str:
    plain = {key: value for key, value in values.items() if isinstance(value, (str, int, float))}
    name, schedule = str(plain.get("sampler", "")), str(plain.get("scheduler", ""))
    model = PurePosixPath(str(plain.get("model", "")).replace("\\", "/"))
    fields = {
        "Steps": plain.get("steps"),
        "Sampler": _label_sampler(name, find_sampler),
        "Schedule type": SCHEDULE_LABELS.get(schedule),
        "CFG scale": plain.get("cfg"),
        "Seed": plain.get("seed"),
        "Size": plain.get("size", str(size)),
        "Model": model.stem if model.suffix in (".safetensors", ".ckpt") else model.name or None,
        "Denoising strength": plain.get("denoise") if plain.get("denoise") not in (1, None) else None,
    }
    record = GenerationRecord(str(plain.get("prompt", "")), str(plain.get("negative", "")), fields)
    return replace_surrogates(write_infotext(record))


def _label_sampler(name: str, find_sampler: SamplerFinder) -> str | None:
    """Find our label for the spelling of another program (``uni_pc``, ``dpmpp_2s_ancestral``, …)."""
    plain = name.removesuffix("_gpu").replace("uni_pc", "unipc")
    short = plain.replace("_ancestral", "_a").replace("dpm_adaptive", "dpm_ad")
    tries = (name, f"k_{name}", plain, f"k_{plain}", short, f"k_{short}")
    return next((label for label in map(find_sampler, tries) if label), None) if name else None


def _read_fooocus(data: dict[str, Any]) -> dict[str, Any]:
    if "base_model" not in data or "prompt" not in data:
        return {}
    return {"prompt": data["prompt"], "negative": data.get("negative_prompt"), "steps": data.get("steps"),
            "cfg": data.get("guidance_scale"), "seed": data.get("seed"), "sampler": data.get("sampler"),
            "scheduler": data.get("scheduler"), "model": data["base_model"]}


def _read_invoke(data: dict[str, Any]) -> dict[str, Any]:
    if "positive_prompt" not in data:
        return {}
    model = data.get("model")
    scheduler = str(data.get("scheduler", ""))
    return {"prompt": data["positive_prompt"], "negative": data.get("negative_prompt"),
            "steps": data.get("steps"), "cfg": data.get("cfg_scale"), "seed": data.get("seed"),
            "sampler": scheduler.removesuffix("_k"), "scheduler": "karras" if scheduler.endswith("_k") else "",
            "model": model.get("name", model.get("model_name")) if isinstance(model, dict) else None}


def _read_comfy(graph: dict[str, Any]) -> dict[str, Any]:
    """Read the first KSampler of a ComfyUI graph and what its links lead to."""
    for node in graph.values():
        inputs = _inputs(node)
        if {"steps", "cfg", "sampler_name", "positive"} <= inputs.keys():
            return {"prompt": _follow(graph, inputs["positive"], "text"),
                    "negative": _follow(graph, inputs.get("negative"), "text"),
                    "steps": inputs["steps"], "cfg": inputs["cfg"],
                    "seed": inputs.get("seed", inputs.get("noise_seed")),
                    "sampler": inputs["sampler_name"], "scheduler": inputs.get("scheduler"),
                    "denoise": inputs.get("denoise"),
                    "model": _follow(graph, inputs.get("model"), "ckpt_name")}
    return {}


def _follow(graph: Mapping[str, Any], link: Any, wanted: str) -> Any:
    """Walk from a link towards its sources until a node has the wanted value."""
    for _ in range(MAX_HOPS):
        if not (isinstance(link, list) and link):
            return None
        inputs = _inputs(graph.get(str(link[0])))
        if isinstance(inputs.get(wanted), str):
            return inputs[wanted]
        link = inputs.get(wanted) or inputs.get("model") or inputs.get("conditioning")
    return None


def _inputs(node: Any) -> dict[str, Any]:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def _load_object(text: str) -> dict[str, Any]:
    if not text.startswith("{") or len(text) > MAX_JSON_CHARS:
        return {}
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
