"""`webui.py` as a program of its own, with nothing installed around it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modules.application.environment import ROOT

MAIN = """
import sys
def main(arguments):
    print("started", arguments, "argparse" in sys.modules)
    return 7
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files of a start and nothing else, with a stand-in for the application."""
    for name in ("webui.py", "requirements.txt", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    for package in (".", "foundation", "settings", "settings/sections", "catalog", "plugins", "application"):
        folder = tmp_path / "modules" / package
        folder.mkdir(parents=True, exist_ok=True)
        for path in (ROOT / "modules" / package).glob("*.py"):
            shutil.copy(path, folder)
    (tmp_path / "modules" / "application" / "main.py").write_text(MAIN)
    return tmp_path


def start(tree: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **environ}
    return subprocess.run([sys.executable, "-S", "webui.py", *arguments], cwd=tree, env=bare, text=True,
                          capture_output=True, timeout=60, check=False)


def test_help_needs_nothing(tree: Path) -> None:
    result = start(tree, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    for word in ("--listen", "--gradio-auth", "--ckpt-dir", "--precision", "--doctor", "generate", "COMMANDLINE_ARGS"):
        assert word in result.stdout
    assert not (tree / ".venv").exists()


@pytest.mark.parametrize(("arguments", "environ", "complaint"), [
    (["--lisen"], {}, "There is no option --lisen.\nDid you mean --listen?\n"),
    (["--share"], {}, "--share is not supported yet."),
    ([], {"COMMANDLINE_ARGS": "--port x"}, "'x' is not a port"),
])
def test_mistakes_are_told_before_anything_is_installed(tree: Path, arguments: list[str], environ: dict[str, str],
                                                        complaint: str) -> None:
    result = start(tree, *arguments, **environ)
    assert result.returncode == 2
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tree / ".venv").exists()


def test_the_application_gets_all_arguments_and_gives_the_exit_code(tree: Path) -> None:
    result = start(tree, "--skip-install", "--api", COMMANDLINE_ARGS="--port 1")
    assert result.stdout == "started ['--skip-install', '--api', '--port', '1'] True\n"
    assert result.returncode == 7


def test_help_of_generate_is_the_applications(tree: Path) -> None:
    assert "started ['generate', '--help']" in start(tree, "generate", "--help").stdout
    assert not (tree / ".venv").exists()


def test_the_doctor_answers_without_packages(tree: Path) -> None:
    result = start(tree, "--doctor")
    assert result.returncode == 1
    assert "not set up yet" in result.stdout
    assert "missing: torch" in result.stdout
    assert "Traceback" not in result.stderr


def test_an_old_python_is_told_so(tree: Path) -> None:
    code = "import sys; sys.version_info = (3, 9, 1); sys.version = '3.9.1 x'; import webui; sys.exit(webui.main())"
    result = subprocess.run([sys.executable, "-S", "-c", code], cwd=tree, text=True, capture_output=True, check=False)
    assert result.returncode == 1
    assert "needs Python 3.10 to 3.14; this is Python 3.9.1" in result.stdout


def test_the_entry_stays_short() -> None:
    assert len((ROOT / "webui.py").read_text().splitlines()) < 60
