"""The rules of docs/architecture.md, checked."""

from __future__ import annotations

import ast
import graphlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "modules").rglob("*.py"))
PACKAGES = sorted(path for path in (ROOT / "modules").iterdir() if (path / "__init__.py").exists())
VAGUE_NAMES = {"utils.py", "helpers.py", "common.py", "manager.py", "base.py", "misc.py"}
BROAD_EXCEPT_ALLOWED = {
    "modules/jobs/run.py",                   # a job must not end the worker
    "modules/jobs/download_desk.py",         # a download must not end the others
    "modules/api/guard.py",                  # the HTTP boundary
    "modules/frontend/submission.py",        # the Gradio boundary: the page must hear of it
    "modules/application/doctor.py",         # a report must not end at what it reports
    "modules/artefacts/exif.py",             # metadata of any shape
    "modules/imaging/reading.py",            # decoders of damaged pictures
    "modules/plugins/patience.py",           # what another thread raised is raised again by its caller
    "modules/plugins/call_log.py",           # a plugin must not end what calls it
    "modules/plugins/attribution.py",        # what a plugin provides: raised again, saying whose it is
    "modules/compat/script_host.py",         # a script that makes the pictures must not end the worker
    "modules/compat/queueing.py",            # A1111's wrappers of Gradio events: the page must hear of it
    "modules/compat/reports.py",             # A1111's errors.run, which is there to catch
    "modules/weights/pickles.py",            # the unpickler over hostile bytes
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as run; run()",
               "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_packages_import_only_lower_layers():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_wrong_import_is_noticed(tmp_path):
    shutil.copytree(ROOT / "modules", tmp_path / "modules", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with open(tmp_path / "modules" / "foundation" / "size.py", "a", encoding="utf-8") as source:
        source.write("\nimport modules.generation.request\n")
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    assert "modules.foundation.size -> modules.generation.request" in result.stdout


def test_no_import_cycles():
    graph = grimp.build_graph("modules", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_says_what_it_is_for(package):
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert len(text) > 60, f"{package.name}/__init__.py needs a docstring: purpose, what it must not know, what to read"


def test_file_names_say_something():
    assert [path.name for path in SOURCES if path.name in VAGUE_NAMES] == []


def test_every_public_class_says_what_it_is():
    missing = [f"{path.relative_to(ROOT)}:{node.lineno} {node.name}" for path, node in _public_classes()
               if not ast.get_docstring(node)]
    assert missing == []


def test_broad_excepts_stand_only_at_the_edges():
    found = {str(path.relative_to(ROOT)) for path in SOURCES for node in ast.walk(_tree(path))
             if isinstance(node, ast.ExceptHandler) and _is_broad(node)}
    assert found <= BROAD_EXCEPT_ALLOWED


def test_nothing_is_stored_in_module_globals_by_functions():
    found = [f"{path.relative_to(ROOT)}:{node.lineno}" for path in SOURCES for node in ast.walk(_tree(path))
             if isinstance(node, ast.Global)]
    assert found == []


def test_importing_the_light_packages_loads_no_heavy_library():
    """The page's port opens early because these know neither torch nor gradio."""
    code = ("import sys, modules.foundation.files, modules.settings.store, modules.settings.flags, "
            "modules.generation.request, modules.generation.events, modules.jobs.store\n"
            "heavy = ('torch', 'gradio', 'diffusers', 'transformers', 'numpy')\n"
            "print([name for name in heavy if name in sys.modules])")
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"]], ids=lambda command: command[0])
def test_linters_are_content(command):
    result = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _public_classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in SOURCES:
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield path, node


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether anything is caught and kept; what is raised again after tidying up does not count."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
               for kind in kinds)
