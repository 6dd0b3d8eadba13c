"""Checkpoints of the real sizes with random weights, for measurements that need the size and not the pictures."""

from __future__ import annotations

import importlib.util
import json
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

_SHAPES = Path(__file__).parents[1] / "tests" / "fixtures" / "models" / "ldm_shapes.py"
_UNET = {"model_channels": 320, "channel_mult": [1, 2, 4, 4], "num_res_blocks": 2, "out_channels": 4, "in_channels": 4,
         "attention_resolutions": [4, 2, 1], "transformer_depth": 1, "context_dim": 768}
_UNET_XL = {**_UNET, "channel_mult": [1, 2, 4], "attention_resolutions": [4, 2], "transformer_depth": [1, 2, 10],
            "context_dim": 2048, "adm_in_channels": 2816, "use_linear_in_transformer": True}
_CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "vocab_size": 49408, "num_hidden_layers": 12}
_CLIP_G = {"width": 1280, "layers": 32, "embed_dim": 1280, "vocab_size": 49408}
_VAE = {"ch": 128, "ch_mult": [1, 2, 4, 4], "num_res_blocks": 2, "z_channels": 4, "embed_dim": 4}
Shapes = dict[str, tuple[int, ...]]


def full_size_checkpoint(family: str, folder: Path | None = None) -> Path:
    """Return a half-precision checkpoint of ``sd1`` or ``sdxl``, written the first time it is asked for."""
    folder = folder or Path(tempfile.gettempdir()) / "full-size-models"
    path = folder / f"random-{family}.safetensors"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        _write(draft, _shapes(family))
        draft.rename(path)
    return path


def _shapes(family: str) -> Shapes:
    spec = importlib.util.spec_from_file_location("ldm_shapes", _SHAPES)
    assert spec is not None and spec.loader is not None
    tables: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    if family == "sd1":
        return dict([*tables.unet(_UNET), *tables.vae(_VAE), *tables.clip_hf(_CLIP_L)])
    embedders = "conditioner.embedders"
    return dict([*tables.unet(_UNET_XL), *tables.vae(_VAE),
                 *tables.clip_hf(_CLIP_L, f"{embedders}.0.transformer"),
                 *tables.clip_open(_CLIP_G, f"{embedders}.1.model")])


def _write(path: Path, shapes: Shapes) -> None:
    """Write tensor by tensor, so that little memory is needed."""
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as handle:
        handle.write(len(text).to_bytes(8, "little") + text)
        for tensor in _tensors(shapes):
            handle.write(tensor.numpy().tobytes())


def _tensors(shapes: Shapes) -> Iterator[torch.Tensor]:
    """Draw weights that keep what passes through them at the same size, as trained ones do."""
    generator = torch.Generator().manual_seed(0)
    for name, shape in shapes.items():
        if name.endswith("bias"):
            yield torch.zeros(shape, dtype=torch.float16)
        elif len(shape) == 1:
            yield torch.ones(shape, dtype=torch.float16)
        else:
            spread = 0.02 if "embedding" in name else math.prod(shape[1:]) ** -0.5
            yield (torch.randn(shape, generator=generator) * spread).half()
