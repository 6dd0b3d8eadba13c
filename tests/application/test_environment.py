"""The environment's stamps: when something is installed, and when nothing is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from modules.application import environment as module
from modules.application import torch_build
from modules.application.environment import TESTS, WEBUI, Environment
from modules.application.installation import Installation
from modules.application.torch_build import TorchBuild
from modules.foundation.errors import ConfigurationError
from modules.settings.flags import SetupFlags


class Recorder:
    """Notes what an installation is asked to do, and makes the environment look real."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.fail_at = ""
        monkeypatch.setattr(Installation, "create", lambda _, folder: (self._note("create"), make_environment(folder)))
        monkeypatch.setattr(Installation, "install_torch",
                            lambda _, build, *, again: self._note(f"torch {build.name}{' again' if again else ''}"))
        monkeypatch.setattr(Installation, "install", lambda _, what, path: self._note(path.name))
        monkeypatch.setattr(torch_build, "has_nvidia", lambda: self.has_nvidia)
        monkeypatch.setattr(torch_build, "_query_cards", lambda: "")
        monkeypatch.setattr(sys, "platform", "linux")
        self.has_nvidia = False

    def _note(self, step: str) -> None:
        if step == self.fail_at:
            raise KeyboardInterrupt
        self.steps.append(step)

    def take(self) -> list[str]:
        steps, self.steps = self.steps, []
        return steps


def make_environment(folder: Path, version: str = f"{sys.version_info[0]}.{sys.version_info[1]}") -> None:
    python = module._interpreter(folder)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    (folder / "lib" / f"python{version}" / "site-packages" / "pip").mkdir(parents=True, exist_ok=True)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    for name in module._QUIET:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv(module._ENTERED, "")
    return Recorder(monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("requirements.txt", "requirements-test.txt", "constraints.txt"):
        (tmp_path / name).write_text(f"{name}==1\n")
    return tmp_path


FIRST = ["create", "torch cpu", "requirements.txt"]


def test_the_first_start_installs_and_the_second_does_nothing(recorder: Recorder, root: Path) -> None:
    environment = Environment(SetupFlags(), root)
    environment.prepare(WEBUI)
    assert recorder.take() == FIRST
    assert environment.missing(WEBUI) == []
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == []


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt"])
def test_changed_requirements_are_installed(recorder: Recorder, root: Path, name: str) -> None:
    Environment(SetupFlags(), root).prepare(WEBUI)
    recorder.take()
    (root / name).write_text("other==2\n")
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == FIRST[1:]


def test_tests_add_only_their_own_packages(recorder: Recorder, root: Path) -> None:
    Environment(SetupFlags(), root).prepare(WEBUI)
    recorder.take()
    for _ in range(2):
        Environment(SetupFlags(), root).prepare(WEBUI, TESTS)
    assert recorder.take() == ["requirements-test.txt"]
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == []


def test_tests_first_then_the_web_ui(recorder: Recorder, root: Path) -> None:
    Environment(SetupFlags(), root).prepare(WEBUI, TESTS)
    assert recorder.take() == [*FIRST, "requirements-test.txt"]
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == []


@pytest.mark.parametrize("step", FIRST)
def test_an_interrupted_set_up_is_taken_up_again(recorder: Recorder, root: Path, step: str) -> None:
    recorder.fail_at = step
    with pytest.raises(KeyboardInterrupt):
        Environment(SetupFlags(), root).prepare(WEBUI)
    recorder.fail_at = ""
    recorder.take()
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == (FIRST if step == "create" else FIRST[1:])


def test_another_python_makes_the_environment_anew(recorder: Recorder, root: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    make_environment(root / ".venv", version="3.9")
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == FIRST
    monkeypatch.setattr(module, "_VERSION", "3.99")
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == FIRST


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "\x00"])
def test_a_broken_stamp_is_no_stamp(recorder: Recorder, root: Path, content: str) -> None:
    Environment(SetupFlags(), root).prepare(WEBUI)
    recorder.take()
    (root / ".venv" / module._STAMPS).write_text(content)
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == FIRST[1:]


def test_a_card_that_appears_brings_its_pytorch_and_one_that_is_away_does_not(recorder: Recorder, root: Path) -> None:
    Environment(SetupFlags(), root).prepare(WEBUI)
    recorder.take()
    recorder.has_nvidia = True
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == ["torch cuda again", "requirements.txt"]
    recorder.has_nvidia = False
    Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == []


def test_a_chosen_index_stays_chosen(recorder: Recorder, root: Path) -> None:
    chosen = SetupFlags(torch_index="https://example.org/rocm/")
    for setup, steps in (
        (SetupFlags(), FIRST),
        (chosen, ["torch https://example.org/rocm again", "requirements.txt"]),
        (chosen, []),
        (SetupFlags(), []),
        (None, ["torch https://example.org/rocm", "requirements.txt"]),
        (SetupFlags(reinstall_torch=True), ["torch cpu again", "requirements.txt"]),
    ):
        if setup is None:  # an update of the program
            (root / "constraints.txt").write_text("torch==9\n")
        Environment(setup or SetupFlags(), root).prepare(WEBUI)
        assert recorder.take() == steps


def test_skip_install_installs_nothing(recorder: Recorder, root: Path) -> None:
    Environment(SetupFlags(skip_install=True), root).prepare(WEBUI)
    assert recorder.take() == []


def test_without_a_venv_the_running_python_is_filled(recorder: Recorder, root: Path, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = tmp_path / "conda"
    prefix.mkdir()
    monkeypatch.setattr(sys, "prefix", str(prefix))
    environment = Environment(SetupFlags(no_venv=True), root)
    assert (environment.folder, environment.python) == (prefix, Path(sys.executable))
    environment.prepare(WEBUI)
    assert recorder.take() == FIRST[1:]
    assert set(json.loads((prefix / module._STAMPS).read_text())) == {"torch", "webui"}
    assert not (root / ".venv").exists()


def test_a_python_that_is_too_new_is_told_before_anything_happens(recorder: Recorder, root: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEWEST_PYTHON", (3, 9))
    with pytest.raises(ConfigurationError, match="newer than the packages support"):
        Environment(SetupFlags(), root).prepare(WEBUI)
    assert recorder.take() == []


def test_entering_starts_the_same_command_inside(recorder: Recorder, root: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    monkeypatch.setattr("os.execv", lambda program, command: commands.append((program, command)))
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-X", "utf8", "webui.py", "--listen"])
    Environment(SetupFlags(), root).enter()
    assert commands == []
    make_environment(root / ".venv")
    Environment(SetupFlags(), root).enter()
    python = str(root / ".venv" / "bin" / "python")
    assert commands == [(python, [python, "-X", "utf8", "webui.py", "--listen"])]
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))
    Environment(SetupFlags(), root).enter()
    assert len(commands) == 1


def test_what_was_asked_for_once_is_done_once(recorder: Recorder, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.execv", lambda program, command: None)
    Environment(SetupFlags(), root).prepare(WEBUI)
    recorder.take()
    again = Environment(SetupFlags(reinstall_torch=True), root)
    again.prepare(WEBUI)
    assert recorder.take() == ["torch cpu again", "requirements.txt"]
    again.enter()
    Environment(SetupFlags(reinstall_torch=True), root).prepare(WEBUI)
    assert recorder.take() == []


@pytest.mark.parametrize(("platform", "nvidia", "report", "index", "build"), [
    ("linux", False, "", None, TorchBuild("cpu", torch_build.CPU_INDEX)),
    ("win32", False, "", None, TorchBuild("cpu", torch_build.CPU_INDEX)),
    ("darwin", False, "", None, TorchBuild("mps")),
    ("linux", True, "8.9, 580.65.06\n", None, TorchBuild("cuda")),
    ("win32", True, "8.9, 581.15\n", None, TorchBuild("cuda", torch_build.CUDA_INDEX)),
    ("linux", True, "6.1, 580.65\n", None, TorchBuild("cuda", torch_build.LEGACY_CUDA_INDEX)),
    ("win32", True, "6.1, 552.44\n8.6, 552.44\n", None, TorchBuild("cuda", torch_build.LEGACY_CUDA_INDEX)),
    ("linux", True, "6.1, 581.0\n12.0, 581.0\n", None, TorchBuild("cuda")),
    ("linux", True, "", None, TorchBuild("cuda")),
    ("linux", True, "[N/A], failed\n", None, TorchBuild("cuda")),
    ("linux", True, "", "https://x/rocm/", TorchBuild("https://x/rocm", "https://x/rocm", required=True)),
])
def test_the_build_suits_the_machine(monkeypatch: pytest.MonkeyPatch, platform: str, nvidia: bool, report: str,
                                     index: str | None, build: TorchBuild) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(torch_build, "has_nvidia", lambda: nvidia)
    monkeypatch.setattr(torch_build, "_query_cards", lambda: report)
    assert torch_build.choose_build(index) == build
