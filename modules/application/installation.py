"""Creates the environment and fills it with pip, in steps that say what they do and why they failed."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from modules.application.torch_build import TorchBuild, is_reachable
from modules.foundation.errors import WebUIError

_EXPLANATIONS = (
    (r"No space left on device|Errno 28|not enough space on the disk",
     "the disk is full", "Free about 6 GB (10 GB with an NVIDIA card) and start again."),
    (r"externally-managed-environment",
     "this Python belongs to the operating system, which allows no packages in it",
     "Start without --no-venv."),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError",
     "the package index's certificate was not accepted",
     "Set the computer's clock, and if a company proxy is in between, tell pip its certificate: "
     "pip config set global.cert FILE."),
    (r"NewConnectionError|NameResolutionError|Name or service not known|Temporary failure in name resolution|"
     r"getaddrinfo failed|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|Network is unreachable|"
     r"Connection (refused|reset|aborted)",
     "the package index could not be reached", "Check the network connection (and proxy) and start again."),
    (r"No module named ('?)(ensurepip|venv|pip)\b|ensurepip is not available|'-m', 'ensurepip'",
     "this Python comes without its parts for environments",
     "Install them (Debian, Ubuntu: sudo apt install python3-venv), delete the .venv folder, and start again."),
    (r"Permission denied|Errno 13|Access is denied|Read-only file system",
     "a file could not be written", "Make this folder writable, close programs that use .venv, and start again."),
    (r"No matching distribution found for (?P<package>\S+)",
     "the package index has no {package} for this Python and machine",
     "Use Python 3.10 to 3.14, 64-bit; for another index see --torch-index."),
    (r"MemoryError|Killed", "memory ran out", "Close other programs and start again."),
)


class SetupError(WebUIError):
    """A step of the set-up failed."""


class Installation:
    """One environment being built.

    ``python`` is its interpreter, ``constraints`` the file of tested versions, ``log`` takes everything
    that pip says, and ``out`` is where people look.
    """

    def __init__(self, python: Path, constraints: Path, log: Path, out: TextIO | None = None) -> None:
        self._python = python
        self._constraints = constraints
        self._log = log
        self._out = out or sys.stdout

    def create(self, folder: Path) -> None:
        """Make an empty environment, replacing one that another Python made."""
        self._run("Creating .venv", [sys.executable, "-m", "venv", "--clear", str(folder)])

    def install_torch(self, build: TorchBuild, *, again: bool) -> None:
        """Install PyTorch from its own index; where that has none, leave it to the next step.

        ``again``: replace the build that is there.
        """
        options = ["--force-reinstall"] if again else []
        what = ["--no-deps", "torch", "torchvision"]
        if build.index and (build.required or is_reachable(build.index)):
            try:
                self._pip(f"Installing PyTorch ({build.name})", [*options, "--index-url", build.index, *what])
                return
            except SetupError:
                if build.required:
                    raise
        self._warn_without_cuda(build)
        if again:
            self._pip("Installing PyTorch", [*options, *what])

    def install(self, what: str, requirements: Path) -> None:
        """Install a file of requirements."""
        self._pip(f"Installing {what}", ["--requirement", str(requirements)])

    def _warn_without_cuda(self, build: TorchBuild) -> None:
        if build.name == "cuda" and build.index is not None:
            self._out.write("  PyTorch's index for NVIDIA cards gave none, so the ordinary build is installed.\n"
                            "  If it does not use the card, start with --reinstall-torch later.\n")

    def _pip(self, step: str, arguments: Sequence[str]) -> None:
        self._run(step, [str(self._python), "-m", "pip", "install", "--no-input", "--progress-bar", "off",
                         "--disable-pip-version-check", "--no-warn-script-location",
                         "--constraint", str(self._constraints), *arguments])

    def _run(self, step: str, command: Sequence[str]) -> None:
        started = time.monotonic()
        with self._shown(step, started) as activity:
            lines, code = self._follow(command, activity)
        if code != 0:
            self._out.write("  failed\n")
            raise explain_failure(step, lines, self._log)
        self._out.write(f"  {step} … done in {time.monotonic() - started:.0f} s\n")
        self._out.flush()

    def _follow(self, command: Sequence[str], activity: list[str]) -> tuple[list[str], int]:
        lines = []
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       encoding="utf-8", errors="replace")
        except OSError as error:
            return [str(error)], 1
        with process:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                activity[:] = [_describe(line)] if _describe(line) else activity
        self._keep(lines)
        return lines, process.returncode

    def _keep(self, lines: Sequence[str]) -> None:
        with contextlib.suppress(OSError):  # on a full disk, the step itself says what is wrong
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with open(self._log, "a", encoding="utf-8") as log:
                log.writelines(f"{line}\n" for line in lines)

    @contextlib.contextmanager
    def _shown(self, step: str, started: float) -> Iterator[list[str]]:
        """Show the step, and on a terminal also the time and what is being done right now."""
        activity: list[str] = []
        if not self._out.isatty():
            self._out.write(f"  {step} …\n")
            self._out.flush()
            yield activity
            return
        finished = threading.Event()

        def tick() -> None:
            while not finished.wait(0.5):
                text = f"  {step} … {time.monotonic() - started:.0f} s  {''.join(activity)}"
                self._out.write(f"\r\x1b[2K{text[:78]}")
                self._out.flush()

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            yield activity
        finally:
            finished.set()
            ticker.join()
            self._out.write("\r\x1b[2K")


def explain_failure(step: str, lines: Sequence[str], log: Path) -> SetupError:
    """Find in a program's output why it failed, and say what to do."""
    output = "\n".join(lines)
    reason, remedy = "see the lines above", f"Look into {log} and start again."
    for pattern, why, what in _EXPLANATIONS:
        match = re.search(pattern, output)
        if match:
            reason, remedy = why.format(**match.groupdict()), what
            break
    shown = [line for line in lines if "ERROR" in line or "error:" in line.lower()] or list(lines)
    excerpt = "".join(f"    {line[:200]}\n" for line in shown[-6:])
    return SetupError(f"{excerpt}{step} failed: {reason}.", remedy=remedy)


def _describe(line: str) -> str:
    match = re.match(r"\s*(Collecting|Downloading|Installing collected packages)[ :]+(\S+)(.*)", line)
    if match is None:
        return ""
    if match[1].startswith("Installing"):
        return "unpacking"
    size = re.search(r"\([\d.]+ .?B\)", match[3])
    return f"{match[1].lower()} {match[2].rsplit('/', 1)[-1].split('-')[0]} {size[0] if size else ''}"
