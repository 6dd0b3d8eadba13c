"""Steps of the set-up with a stand-in for pip: what is asked of it, and what its failures are called."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from modules.application import installation as module
from modules.application.installation import Installation, SetupError, explain_failure
from modules.application.torch_build import TorchBuild

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")

INDEX = TorchBuild("cpu", "https://index.example/cpu")


class FakePip:
    """A shell script in place of an interpreter: notes its arguments, says what it is told to, and exits."""

    def __init__(self, folder: Path) -> None:
        self.python = folder / "python"
        self.calls = folder / "calls"
        self.out = io.StringIO()
        self.installation = Installation(self.python, folder / "constraints.txt", folder / "cache" / "setup.log",
                                         self.out)
        self.behave("true")

    def behave(self, script: str) -> None:
        self.python.write_text(f'#!/bin/sh\necho "$@" >> {self.calls}\n{script}\n')
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def take(self) -> list[str]:
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return [call.split("constraints.txt ")[1] for call in calls]


@pytest.fixture
def pip(tmp_path: Path) -> FakePip:
    return FakePip(tmp_path)


def test_a_step_shows_itself_and_hides_the_noise(pip: FakePip, tmp_path: Path) -> None:
    pip.behave("echo Collecting noise; echo warning >&2")
    pip.installation.install("the packages", tmp_path / "requirements.txt")
    lines = pip.out.getvalue().splitlines()
    assert lines[0] == "  Installing the packages …"
    assert lines[1].startswith("  Installing the packages … done in ")
    assert "noise" not in pip.out.getvalue()
    assert (tmp_path / "cache" / "setup.log").read_text() == "Collecting noise\nwarning\n"
    assert pip.take() == [f"--requirement {tmp_path / 'requirements.txt'}"]


def test_a_failed_step_says_which_why_and_what_to_do(pip: FakePip, tmp_path: Path) -> None:
    pip.behave("echo Collecting torch; echo 'ERROR: [Errno 28] No space left on device'; exit 1")
    with pytest.raises(SetupError) as caught:
        pip.installation.install("the packages", tmp_path / "requirements.txt")
    assert "ERROR: [Errno 28]" in caught.value.message
    assert "Collecting" not in caught.value.message
    assert caught.value.message.endswith("Installing the packages failed: the disk is full.")
    assert caught.value.remedy.startswith("Free about")


def test_a_log_that_cannot_be_written_is_no_failure(pip: FakePip, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    pip.installation.install("the packages", tmp_path / "requirements.txt")
    assert "done" in pip.out.getvalue()


def test_an_interpreter_that_is_not_there_is_a_failed_step(tmp_path: Path) -> None:
    missing = Installation(tmp_path / "gone", tmp_path / "c", tmp_path / "log", io.StringIO())
    with pytest.raises(SetupError, match="failed"):
        missing.install("x", tmp_path / "r")


@pytest.mark.parametrize(("output", "reason", "remedy"), [
    ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full", "6 GB"),
    ("OSError: [WinError 112] There is not enough space on the disk", "disk is full", "6 GB"),
    ("WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("
     "[Errno -2] Name or service not known')': /simple/torch/\nERROR: Could not find a version that satisfies the "
     "requirement torch\nERROR: No matching distribution found for torch", "could not be reached", "network"),
    ("ERROR: No matching distribution found for torch==2.13.0", "has no torch==2.13.0", "3.10 to 3.14"),
    ("error: externally-managed-environment", "operating system", "--no-venv"),
    ("The virtual environment was not created successfully because ensurepip is not\navailable. On Debian/Ubuntu "
     "systems\nError: Command '['.venv/bin/python3', '-m', 'ensurepip', '--upgrade']' returned", "without its parts",
     "python3-venv"),
    ("/usr/bin/python3: No module named venv", "without its parts", "python3-venv"),
    ("/x/.venv/bin/python: No module named pip", "without its parts", "python3-venv"),
    ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate", "global.cert"),
    ("Error: [Errno 13] Permission denied: '/srv/webui/.venv'", "could not be written", "writable"),
    ("OSError: [Errno 30] Read-only file system: '/srv/webui/.venv/lib'", "could not be written", "writable"),
    ("Installing collected packages: torch\nKilled", "memory ran out", "Close"),
    ("something new", "see the lines above", "setup.log"),
])
def test_failures_have_names(output: str, reason: str, remedy: str) -> None:
    error = explain_failure("Creating .venv", output.splitlines(), Path("setup.log"))
    assert "Creating .venv failed: " in error.message
    assert reason in error.message
    assert remedy in error.remedy


@pytest.mark.parametrize(("build", "reachable", "again", "calls"), [
    (INDEX, True, False, ["--index-url https://index.example/cpu --no-deps torch torchvision"]),
    (INDEX, True, True, ["--force-reinstall --index-url https://index.example/cpu --no-deps torch torchvision"]),
    (INDEX, False, False, []),
    (INDEX, False, True, ["--force-reinstall --no-deps torch torchvision"]),
    (TorchBuild("cuda"), False, False, []),
    (TorchBuild("cuda"), False, True, ["--force-reinstall --no-deps torch torchvision"]),
    (TorchBuild("x", "https://x", required=True), False, False, ["--index-url https://x --no-deps torch torchvision"]),
])
def test_where_pytorch_comes_from(pip: FakePip, monkeypatch: pytest.MonkeyPatch, build: TorchBuild, reachable: bool,
                                  again: bool, calls: list[str]) -> None:
    monkeypatch.setattr(module, "is_reachable", lambda index: reachable)
    pip.installation.install_torch(build, again=again)
    assert pip.take() == calls


def test_an_index_without_a_fitting_build_is_passed_over(pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_reachable", lambda index: True)
    pip.behave("exit 1")
    pip.installation.install_torch(INDEX, again=False)
    with pytest.raises(SetupError):
        pip.installation.install_torch(TorchBuild("x", "https://x", required=True), again=False)


def test_a_card_without_its_build_is_mentioned(pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_reachable", lambda index: False)
    pip.installation.install_torch(TorchBuild("cuda", "https://index.example/cu130"), again=False)
    assert "--reinstall-torch" in pip.out.getvalue()


def test_an_unreachable_index_is_noticed_quickly() -> None:
    assert module.is_reachable("http://127.0.0.1:9/whl", timeout_s=2.0) is False


@pytest.mark.parametrize(("line", "activity"), [
    ("Collecting torch==2.13.0 (from -r requirements.txt (line 3))", "collecting torch==2.13.0 "),
    ("  Downloading https://x/torch-2.13.0-cp311-none-any.whl.metadata (29 kB)", "downloading torch (29 kB)"),
    ("Downloading torch-2.13.0-cp311.whl (888.1 MB)", "downloading torch (888.1 MB)"),
    ("Installing collected packages: a, b", "unpacking"),
    ("Requirement already satisfied: a", ""),
])
def test_what_pip_is_doing_in_a_few_words(line: str, activity: str) -> None:
    assert module._describe(line) == activity


def test_a_terminal_sees_the_step_once_at_the_end(pip: FakePip, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip.out, "isatty", lambda: True)
    pip.behave("echo 'Collecting torch'; sleep 0.7")
    pip.installation.install("the packages", tmp_path / "requirements.txt")
    assert "collecting torch" in pip.out.getvalue()
    assert pip.out.getvalue().rsplit("\x1b[2K", 1)[1].startswith("  Installing the packages … done in ")
