"""The ``.yaml`` beside a checkpoint, in A1111's layout: read as data, whatever it says to run.

Only the numbers that no tensor shape tells are taken: head counts, prediction type, noise schedule. A folder of
diffusers' says the same in the ``.json`` files beside its parts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modules.foundation.errors import ModelFileError
from modules.foundation.files import is_inside

ACTIVATIONS = ("quick_gelu", "gelu")
"""What a CLIP text encoder can be activated with."""
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class TextSettings:
    """What is said of one text encoder; None where nothing is."""

    heads: int | None = None
    activation: str | None = None


@dataclass(frozen=True)
class Sidecar:
    """What the settings file says; None where it says nothing."""

    unet_heads: int | None = None
    unet_head_width: int | None = None
    text: tuple[TextSettings, ...] = ()
    parameterization: str | None = None
    """``eps`` or ``v``; None only where there is no settings file."""
    schedule_start: float | None = None
    schedule_end: float | None = None
    latent_scale: float | None = None
    zero_terminal_snr: bool = False
    native_cells: int | None = None
    """The side of the latents the model was trained on."""

    def text_settings(self, index: int) -> TextSettings:
        return self.text[index] if index < len(self.text) else TextSettings()


def read_sidecar(checkpoint: Path) -> Sidecar:
    """Read the settings file beside a checkpoint, if there is one. Raises: ModelFileError."""
    if checkpoint.is_dir():
        return _read_folder(checkpoint)
    path = checkpoint.with_suffix(".yaml")
    if not path.is_file():
        return Sidecar()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("it is larger than any settings file")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise ModelFileError(f"{path.name}, the settings file beside the checkpoint, could not be read "
                             f"({str(error).splitlines()[0][:100]}).",
                             remedy="Correct it, or delete it to use the usual settings.") from error
    return _parse(content, path.parent)


def _parse(content: Any, folder: Path) -> Sidecar:
    params = _table(content, "model", "params")
    unet = _table(params, "unet_config", "params") or _table(params, "network_config", "params")
    return Sidecar(
        unet_heads=_positive(unet.get("num_heads")),
        unet_head_width=_positive(unet.get("num_head_channels")),
        text=tuple(_text_settings(entry, folder) for entry in _text_entries(params)),
        parameterization=_word(params.get("parameterization")) or _scaling(params) or ("eps" if params else None),
        schedule_start=_fraction(params.get("linear_start")),
        schedule_end=_fraction(params.get("linear_end")),
        latent_scale=_fraction(params.get("scale_factor")),
        zero_terminal_snr=params.get("ztsnr") is True,
    )


def _read_folder(folder: Path) -> Sidecar:
    unet, scheduler = _read_json(folder, "unet/config.json"), _read_json(folder, "scheduler/scheduler_config.json")
    # diffusers calls the number of heads their width, in every configuration that says only one of both
    heads, widths = unet.get("num_attention_heads") or unet.get("attention_head_dim"), unet.get("block_out_channels")
    if isinstance(heads, list) and heads == heads[:1] * len(heads):
        heads = next(iter(heads), None)
    texts = [_read_json(folder, f"{part}/config.json") for part in ("text_encoder", "text_encoder_2")]
    return Sidecar(
        unet_heads=_positive(heads), unet_head_width=_head_width(heads, widths),
        text=tuple(TextSettings(_positive(text.get("num_attention_heads")),
                                next((known for known in ACTIVATIONS if text.get("hidden_act") == known), None))
                   for text in texts if text),
        parameterization=_word(scheduler.get("prediction_type")),
        schedule_start=_fraction(scheduler.get("beta_start")), schedule_end=_fraction(scheduler.get("beta_end")),
        latent_scale=_fraction(_read_json(folder, "vae/config.json").get("scaling_factor")),
        zero_terminal_snr=scheduler.get("rescale_betas_zero_snr") is True,
        native_cells=_positive(unet.get("sample_size")))


def _head_width(heads: Any, widths: Any) -> int | None:
    """Give the width of a head where each level has a number of heads of its own."""
    if not isinstance(heads, list) or not isinstance(widths, list) or len(heads) != len(widths):
        return None
    each = {width // count if _positive(count) and _positive(width) else None for count, width in zip(heads, widths)}
    return each.pop() if len(each) == 1 else None


def _text_entries(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    several = _table(params, "conditioner_config", "params").get("emb_models")
    entries = several if isinstance(several, list) else [params.get("cond_stage_config")]
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _text_settings(entry: Mapping[str, Any], folder: Path) -> TextSettings:
    """Look up the configuration that the entry names, among the files beside the checkpoint."""
    params = _table(entry, "params")
    version, arch = _word(params.get("version")), _word(params.get("arch"))
    described = _read_json(folder, f"{version}/config.json") if version else {}
    if arch:
        named = _read_json(folder, f"{arch}.json") or _read_json(folder, f"clip/{arch}.json")
        described = {"num_attention_heads": _table(named, "text_cfg").get("heads")}
    return TextSettings(_positive(described.get("num_attention_heads")),
                        next((known for known in ACTIVATIONS if described.get("hidden_act") == known), None))


def _read_json(folder: Path, name: str) -> Mapping[str, Any]:
    path = folder / name
    try:
        if not path.is_file() or not is_inside(folder, path) or path.stat().st_size > _MAX_BYTES:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _scaling(params: Mapping[str, Any]) -> str | None:
    """Tell v-prediction in SDXL's layout, where it is the name of a class."""
    target = _word(_table(params, "denoiser_config", "params", "scaling_config").get("target")) or ""
    return "v" if target.endswith("VScaling") else None


def _table(content: Any, *path: str) -> Mapping[str, Any]:
    for name in path:
        content = content.get(name) if isinstance(content, Mapping) else None
    return content if isinstance(content, Mapping) else {}


def _positive(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= 1 << 16 else None


def _fraction(value: Any) -> float | None:
    return float(value) if type(value) is float and 0.0 < value < 1.0 else None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None
