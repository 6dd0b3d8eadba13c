from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(7)


@pytest.fixture
def rand(rng: torch.Generator) -> Callable[..., Tensor]:
    """Draw normal numbers of a shape."""
    return lambda *shape: torch.randn(*shape, generator=rng)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a safetensors file and give its path."""
    def save(tensors: dict[str, Tensor], name: str = "net", metadata: dict[str, str] | None = None) -> Path:
        path = tmp_path / f"{name}.safetensors"
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path, metadata)
        return path

    return save


@pytest.fixture(scope="session")
def hollow_model(full_size_shapes: dict[str, dict[str, tuple[int, ...]]]) -> Callable[[str], Any]:
    """Build the modules of a full-size model without their numbers."""
    from modules.engine.residency import prepare_model_libraries

    prepare_model_libraries()
    from modules.engine.filling import build_empty
    from modules.engine.text_encoder import TextEncoder
    from modules.engine.unet import build_unet
    from modules.families.description import Prediction
    from modules.families.evidence import Evidence
    from modules.families.recognition import recognise
    from modules.hardware.placement import CPU_PLACEMENT

    known: dict[str, Any] = {}

    def build(name: str) -> Any:
        if name not in known:
            description = recognise(Evidence(full_size_shapes[name]), Prediction.NOISE)
            known[name] = SimpleNamespace(
                description=description, placement=CPU_PLACEMENT, unet=build_unet(description.unet),
                text_encoders=tuple(build_empty(lambda tower=tower: TextEncoder(tower)) for tower in description.text))
        return known[name]

    return build


@pytest.fixture
def patched(tiny_model: Callable[[str], Any]) -> Iterator[Callable[..., Any]]:
    """Give a patcher of a tiny checkpoint, and take its networks off after the test."""
    from modules.adapters.patcher import NetworkPatcher

    patchers = []

    def make(name: str = "tiny-sd1", **options: Any) -> Any:
        patchers.append(NetworkPatcher(tiny_model(name), **options))
        return patchers[-1]

    yield make
    for patcher in patchers:
        patcher.apply(())


@pytest.fixture
def fingerprint() -> Callable[[Any], str]:
    """Hash every number of a model's U-Net and text encoders."""
    def compute(model: Any) -> str:
        digest = hashlib.sha256()
        for part in (model.unet, *model.text_encoders):
            for name, tensor in part.state_dict().items():
                digest.update(name.encode() + tensor.view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    return compute
