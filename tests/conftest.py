"""Shared fixtures. Heavy libraries are imported inside fixtures, so that collecting tests stays quick."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

FIXTURES = Path(__file__).parent / "fixtures"
CACHE = Path(__file__).parent.parent / ".cache" / "tests"


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of small files that tests read."""
    return FIXTURES


@pytest.fixture(scope="session")
def tiny_models() -> Path:
    """A models folder as people have it, with tiny files of every kind; made once, kept in ``.cache``."""
    recipe = FIXTURES / "models"
    sources = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(recipe.glob("*.py")))).hexdigest()[:12]
    folder = CACHE / f"models-{sources}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as draft:
            make_tiny_models(recipe, Path(draft) / "models")
            if not folder.is_dir():  # another run may have been quicker
                (Path(draft) / "models").rename(folder)
    return folder


def make_tiny_models(recipe: Path, folder: Path) -> None:
    """Run the generators, and check that the checkpoints are what A1111 was given."""
    checkpoints = folder / "Stable-diffusion"
    checkpoints.mkdir(parents=True)
    for script, place in (("make_tiny.py", checkpoints), ("make_extras.py", folder)):
        subprocess.run([sys.executable, recipe / script, place], check=True, capture_output=True)
    shutil.copytree(recipe / "clip", checkpoints / "clip")
    for line in (recipe / "SHA256SUMS").read_text().splitlines():
        expected, name = line.split()
        assert hashlib.sha256((checkpoints / name).read_bytes()).hexdigest() == expected, name


@pytest.fixture(scope="session")
def tiny_model(tiny_models: Path) -> Callable[[str], LoadedModel]:
    """Load a tiny checkpoint by name on the CPU; each is loaded once, so leave it as it was."""
    from modules.engine.model_files import ModelFiles
    from modules.engine.residency import prepare_model_libraries
    from modules.hardware.placement import CPU_PLACEMENT

    prepare_model_libraries()
    from modules.engine.loading import load_model

    @functools.cache
    def load(name: str) -> LoadedModel:
        return load_model(ModelFiles(tiny_models / "Stable-diffusion" / f"{name}.safetensors"), CPU_PLACEMENT)

    return load


@pytest.fixture(scope="session")
def tiny_sd1(tiny_model: Callable[[str], LoadedModel]) -> LoadedModel:
    """The tiny Stable Diffusion 1.x checkpoint, loaded on the CPU."""
    return tiny_model("tiny-sd1")


@pytest.fixture(scope="session")
def ldm_shapes() -> ModuleType:
    """Tables of names and shapes for checkpoints of any size, in the original layout."""
    spec = importlib.util.spec_from_file_location("ldm_shapes", FIXTURES / "models" / "ldm_shapes.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def full_size_shapes(ldm_shapes: ModuleType) -> dict[str, dict[str, tuple[int, ...]]]:
    """Names and shapes of real checkpoints of each family, without their numbers."""
    unet = {"model_channels": 320, "channel_mult": [1, 2, 4, 4], "num_res_blocks": 2, "out_channels": 4,
            "attention_resolutions": [4, 2, 1], "transformer_depth": 1, "in_channels": 4, "context_dim": 768}
    unet2 = {**unet, "context_dim": 1024, "use_linear_in_transformer": True}
    unet_xl = {**unet2, "channel_mult": [1, 2, 4], "attention_resolutions": [4, 2], "transformer_depth": [1, 2, 10],
               "context_dim": 2048, "adm_in_channels": 2816}
    clip_l = {"hidden_size": 768, "intermediate_size": 3072, "vocab_size": 49408, "num_hidden_layers": 12}
    clip_h = {"width": 1024, "layers": 24, "embed_dim": 1024, "vocab_size": 49408}
    clip_g = {"width": 1280, "layers": 32, "embed_dim": 1280, "vocab_size": 49408}
    vae_sizes = {"ch": 128, "ch_mult": [1, 2, 4, 4], "num_res_blocks": 2, "z_channels": 4, "embed_dim": 4}
    vae = list(ldm_shapes.vae(vae_sizes))
    first, second = "conditioner.embedders.0.transformer", "conditioner.embedders.1.model"
    text, open_text = list(ldm_shapes.clip_hf(clip_l)), list(ldm_shapes.clip_open(clip_h))
    both = [*ldm_shapes.clip_hf(clip_l, first), *ldm_shapes.clip_open(clip_g, second)]
    return {
        "sd1": dict([*ldm_shapes.unet(unet), *vae, *text]),
        "sd1-inpainting": dict([*ldm_shapes.unet({**unet, "in_channels": 9}), *vae, *text]),
        "sd2": dict([*ldm_shapes.unet(unet2), *vae, *open_text]),
        "sdxl": dict([*ldm_shapes.unet(unet_xl), *vae, *both]),
    }
