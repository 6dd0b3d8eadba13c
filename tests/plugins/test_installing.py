from __future__ import annotations

import sys

import numpy
import pytest

from modules.plugins.call_log import CallLog
from modules.plugins.constraints import is_installed, our_packages, refused_move, unmet
from modules.plugins.installing import InstallationError, Installer, install_all

OURS = {"numpy": "2.4.6", "transformers": "5.23.0"}


@pytest.fixture
def installer(tree):
    return Installer(tree.program, tree.root / "cache", patience_s=5)


def test_install_py_runs_once_in_the_program_folder_within_our_constraints(tree, installer):
    tree.write("launch.py", "said = 'from the root'")
    tree.write("extensions/a/install.py", "import os, launch, pathlib\n"
               "pathlib.Path('ran.txt').write_text(open(os.environ['PIP_CONSTRAINT']).read() + launch.said)")
    assert installer.install(tree.record("a"))
    text = (tree.program / "ran.txt").read_text()
    assert f"numpy=={numpy.__version__}" in text and "from the root" in text
    assert not installer.install(tree.record("a"))
    tree.write("extensions/a/requirements.txt", "# changed")
    assert installer.install(tree.record("a"))
    installer.forget("a")
    assert installer.is_due(tree.record("a"))


def test_install_py_knows_where_data_and_models_lie(tree, monkeypatch):
    monkeypatch.setenv("COMMANDLINE_ARGS", "--ckpt-dir /x")
    tree.write("extensions/a/install.py",
               "import os, pathlib\npathlib.Path('ran.txt').write_text(os.environ['COMMANDLINE_ARGS'])")
    Installer(tree.program, tree.root / "cache", ("--data-dir", "/my data")).install(tree.record("a"))
    assert (tree.program / "ran.txt").read_text() == "--ckpt-dir /x --data-dir '/my data'"


def test_a_failure_is_shown_and_tried_again(tree, installer):
    tree.write("extensions/a/install.py", "print('the reason'); raise SystemExit(4)")
    for _ in range(2):
        with pytest.raises(InstallationError, match="the reason"):
            installer.install(tree.record("a"))


def test_one_that_hangs_is_ended(tree):
    tree.write("extensions/a/install.py", "import time; time.sleep(60)")
    with pytest.raises(InstallationError, match="longer than"):
        Installer(tree.program, tree.root / "cache", patience_s=0.3).install(tree.record("a"))


def test_failures_hold_up_nobody(tree, installer):
    tree.write("extensions/a/install.py", "raise SystemExit(1)")
    tree.write("extensions/b/install.py", "pass")
    tree.write("extensions/c/README.md")
    calls = CallLog()
    told = list(install_all(installer, [tree.record(name) for name in "abc"], calls))
    assert told == ["What the extension b needs is installed."]
    assert calls.failures("a") and not calls.costs("c")


def test_requirements_that_are_met_run_no_pip(tree, installer, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/does/not/exist")
    tree.write("extensions/a/requirements.txt", "numpy>=1  # any\n\n# words\nnumpy<1; python_version < '3'\n")
    assert unmet(tree.record("a").root / "requirements.txt") == []
    assert installer.install(tree.record("a"))


@pytest.mark.parametrize(("output", "moved"), [
    ("ERROR: Cannot install numpy==1.26.4 because these package versions have conflicting dependencies.\n"
     "\nThe conflict is caused by:\n    The user requested numpy==1.26.4\n"
     "    The user requested (constraint) numpy==2.4.6\n", ("numpy", "==1.26.4", "2.4.6")),
    ("The conflict is caused by:\n    old-thing 1.0 depends on transformers<5\n"
     "    The user requested (constraint) transformers==5.23.0\n", ("transformers", "<5", "5.23.0")),
    ("ERROR: Cannot install numpy<2 and old-thing because …", ("numpy", "<2", "2.4.6")),
    ("InstallationError: old thing wants numpy<2,>=1.2, but the web UI runs on numpy 2.4.6; nothing was installed.",
     ("numpy", "<2,>=1.2", "2.4.6")),
    ("ERROR: No matching distribution found for nothing-like-this", None),
    ("    a depends on numpy>=1\n", None),
])
def test_a_refusal_names_package_wish_and_ours(output, moved):
    assert refused_move(output, OURS) == moved


def test_a_refusal_is_explained(tree, installer):
    tree.write("extensions/a/install.py",
               "print('The user requested numpy==0.1')\nraise SystemExit(1)")
    with pytest.raises(InstallationError) as caught:
        installer.install(tree.record("a"))
    assert caught.value.message == (f"a wants numpy==0.1, but the web UI runs on numpy {numpy.__version__}; nothing "
                                    "was installed.")


def test_what_we_need_is_protected_down_to_the_last_dependency(tree):
    tree.write("requirements.txt", "gradio>=6  # the page\n")
    ours = our_packages(tree.program / "requirements.txt")
    assert {"gradio", "pydantic", "starlette", "pydantic-core"} <= set(ours)
    assert "pytest" not in ours and "setuptools" not in ours


@pytest.mark.parametrize(("name", "there"), [
    ("numpy", True), ("numpy>=99", False), ("PIL", True), ("no-such-package-p2", False), ("no such thing", False)])
def test_is_installed(name, there):
    assert is_installed(name) is there
