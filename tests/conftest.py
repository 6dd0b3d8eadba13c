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
    return _recipe("ldm_shapes")


@pytest.fixture(scope="session")
def family_recipes(ldm_shapes: ModuleType) -> ModuleType:
    """Tables for every family there is, full size and small, and numbers for the small ones."""
    sys.modules.setdefault("ldm_shapes", ldm_shapes)
    return _recipe("make_families")


@pytest.fixture(scope="session")
def family_file(family_recipes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write a small random checkpoint of a family, by name; each is written once."""
    folder = tmp_path_factory.mktemp("families") / "Stable-diffusion"
    folder.mkdir()

    @functools.cache
    def write(name: str) -> Path:
        path = folder / f"{name}.safetensors"
        family_recipes.write(family_recipes.tables(small=True)[name], path, modelspec__resolution="64x64")
        return path

    return write


def _recipe(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FIXTURES / "models" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def full_size_shapes(family_recipes: ModuleType) -> dict[str, dict[str, tuple[int, ...]]]:
    """Names and shapes of real checkpoints of each family, without their numbers."""
    tables: dict[str, dict[str, tuple[int, ...]]] = family_recipes.tables(small=False)
    return tables


@pytest.fixture(scope="session")
def built_host(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory):
    """A program over the tiny models, with no plugins loaded."""
    from dataclasses import replace

    from modules.application.program import build_program
    from modules.compat.host import Host
    from modules.settings.flags import parse_launch_flags

    folder = tmp_path_factory.mktemp("plugins")
    program = build_program(parse_launch_flags(["--data-dir", str(folder), "--models-dir", str(tiny_models)]))
    program.settings.update({"sd_model_checkpoint": "tiny-sd1.safetensors", "randn_source": "CPU",
                             "samples_save": False, "grid_save": False})
    (folder / "styles.csv").write_text("name,prompt,negative_prompt\n"
                                       "ref-style,\"watercolor of {prompt}, soft light\",harsh\n"
                                       "ref-append,\"trending, 4k\",\"ugly, deformed\"\n")
    program.styles.reload()
    bench = replace(program.bench, version="v1.10.1")
    bench.networks.refresh()
    return Host(program.flags, program.settings, program.styles, bench, program.extras, program.plugins)


@pytest.fixture
def plugin_host(built_host):
    """A program over the tiny models with the scripts that come with it; their controls are built without a page."""
    from modules.compat.host import HOST
    from modules.compat.startup import build_controls_without_page, start_plugins

    if not HOST.attached or HOST.require() is not built_host:  # another test has started a program since
        start_plugins(built_host)
        build_controls_without_page()
    return built_host


@pytest.fixture
def run_scripted(request: pytest.FixtureRequest):
    """Run a request in which scripts take part, in the program that is there; return what it emitted."""
    import torch

    from modules.compat.host import HOST
    from modules.compat.script_host import CompatScriptHost
    from modules.generation.run_context import RunContext

    def run(wanted, settings=None, **context):
        if not HOST.attached:
            request.getfixturevalue("plugin_host")
        emitted: list[object] = []
        scripts = CompatScriptHost()
        scripts.check(wanted)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            scripts.run(wanted, settings or HOST.require().settings.current,
                        RunContext(emitted.append, **{"job_id": "test", **context}))
        finally:
            torch.set_num_threads(threads)
        return emitted

    return run
