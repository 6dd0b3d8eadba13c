"""Looks at the machine and the installation and says what is there, what is missing and what is wrong.

Standard library only, and every look is allowed to fail: it is asked when things are broken.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from modules.application.environment import NEWEST_PYTHON, ROOT, WEBUI, Environment
from modules.catalog.trees import CHECKPOINTS, folders_in
from modules.foundation.errors import ConfigurationError
from modules.settings.flags import LaunchFlags, SetupFlags, parse_launch_flags

_OPTIONAL = (
    ("xformers", "attention for --xformers; PyTorch's own is used without it"),
)
_FOLDER_INDEX = "model_index.json"
"""What makes a folder a model in diffusers' layout."""
_WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
_GIB = 2**30
_ENOUGH_DISK, _ENOUGH_MEMORY = 5 * _GIB, 6 * _GIB


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``remedy`` is only there when something is wrong."""

    subject: str
    text: str
    remedy: str = ""


def examine(arguments: Sequence[str], out: TextIO) -> int:
    """Print the report. Returns 1 if something stands in the way of a start, else 0."""
    findings = list(collect_findings(arguments))
    problems = [finding for finding in findings if finding.remedy]
    width = max(len(finding.subject) for finding in findings)
    out.write("\n")
    for finding in findings:
        out.write(f"  {'!!' if finding.remedy else 'ok'}  {finding.subject:<{width}}  {finding.text}\n")
        if finding.remedy:
            out.write(f"      {'':<{width}}  → {finding.remedy}\n")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    out.write(f"\n{f'Found {count}.' if problems else 'Everything is in place.'}\n")
    return 1 if problems else 0


def collect_findings(arguments: Sequence[str]) -> Iterator[Finding]:
    """Look at everything in the order in which it is needed."""
    flags = LaunchFlags()
    try:
        flags = parse_launch_flags(arguments, lenient=True)
    except ConfigurationError as error:
        yield Finding("Options", error.message, error.remedy or "Change them.")
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("Python", _look_at_python),
        ("Environment", _look_at_environment),
        ("Packages", _look_at_packages),
        ("PyTorch", _look_at_torch),
        ("Device", _look_at_device),
        ("Memory", _look_at_memory),
        ("Disk", lambda: _look_at_disk(flags.data_dir)),
        ("Folders", lambda: _look_at_folders(flags)),
        ("Checkpoints", lambda: _look_at_checkpoints(flags)),
        ("Other models", lambda: _look_at_other_models(flags)),
        ("Port", lambda: _look_at_port(flags)),
    )
    for subject, look in looks:
        try:
            yield look()
        except Exception as error:  # what is broken must not keep the rest from being reported
            yield Finding(subject, f"could not be examined: {error}", "Report this, with the whole output.")
    yield from _look_into_memory(flags)
    yield from _look_into_checkpoints(flags)
    for name, purpose in _OPTIONAL:
        yield Finding("Optional", f"{name} {_version(name) or 'not installed'} ({purpose})")


def _look_at_python() -> Finding:
    text = f"{platform.python_version()}, {platform.system()} {platform.machine()}, {sys.executable}"
    good = (3, 10) <= sys.version_info[:2] <= NEWEST_PYTHON and sys.maxsize > 2**32
    return Finding("Python", text, "" if good else "Use a 64-bit Python from 3.10 to 3.14.")


def _look_at_environment() -> Finding:
    running = Environment(SetupFlags(no_venv=True))
    if running.stamps().get(WEBUI.name) == WEBUI.fingerprint(ROOT):
        return Finding("Environment", f"{running.folder}, up to date")
    if Environment(SetupFlags()).is_running:
        return Finding("Environment", f"{running.folder}, to be completed at the next start")
    return Finding("Environment", "not set up yet; this is the Python it was asked with",
                   "Start python3 webui.py, which sets it up.")


def _look_at_packages() -> Finding:
    names = re.findall(r"^[\w-]+", (ROOT / WEBUI.requirements).read_text(encoding="utf-8"), re.MULTILINE)
    missing = [name for name in names if _version(name) is None]
    if not missing:
        return Finding("Packages", f"all {len(names)} present")
    return Finding("Packages", f"missing: {', '.join(missing)}", "Start python3 webui.py, which installs them.")


def _look_at_torch() -> Finding:
    version = _version("torch")
    if version is None:
        return Finding("PyTorch", "not installed", "Start python3 webui.py, which installs it.")
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError) as error:
        return Finding("PyTorch", f"{version}, but it cannot be loaded: {error}",
                       "Start python3 webui.py --reinstall-torch.")
    cuda = torch.version.cuda
    return Finding("PyTorch", f"{torch.__version__}, {f'for CUDA {cuda}' if cuda else 'without CUDA'}")


def _look_at_device() -> Finding:
    from modules.application.torch_build import has_nvidia

    cpu = f"CPU with {os.cpu_count()} cores"
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError):
        return Finding("Device", "an NVIDIA card" if has_nvidia() else cpu)
    if torch.cuda.is_available():
        cards = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        return Finding("Device", ", ".join(f"{card.name} ({card.total_memory / _GIB:.0f} GB)" for card in cards))
    if torch.backends.mps.is_available():
        return Finding("Device", "Apple GPU")
    if has_nvidia():
        return Finding("Device", f"{cpu}; there is an NVIDIA card, but this PyTorch cannot use it",
                       "Update the NVIDIA driver, or start python3 webui.py --reinstall-torch.")
    return Finding("Device", cpu)


def _look_at_memory() -> Finding:
    total = _total_memory()
    if total is None:
        return Finding("Memory", "unknown until the packages are installed")
    good = total >= _ENOUGH_MEMORY
    return Finding("Memory", f"{total / _GIB:.1f} GB",
                   "" if good else "Large models will not fit; close other programs while generating.")


def _look_at_disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_existing(folder)).free
    return Finding("Disk", f"{free / _GIB:.1f} GB free in {folder}",
                   "" if free >= _ENOUGH_DISK else "Free some space: packages and models need several GB.")


def _look_at_folders(flags: LaunchFlags) -> Finding:
    folders = (flags.data_dir, flags.data_dir / "outputs", flags.models_dir, ROOT)
    locked = sorted({str(folder) for folder in folders if not os.access(_existing(folder), os.W_OK)})
    if locked:
        return Finding("Folders", f"not writable: {', '.join(locked)}", "Change their owner or permissions.")
    return Finding("Folders", f"data, outputs and models are writable ({flags.data_dir})")


def _look_at_checkpoints(flags: LaunchFlags) -> Finding:
    folders = _checkpoint_folders(flags)
    names = [path.stem for folder in folders for path in _weights(folder)]
    names += [index.parent.name for folder in folders for index in folder.rglob(_FOLDER_INDEX)]
    if not names:
        return Finding("Checkpoints", f"none in {folders[0]}", "Put a .safetensors checkpoint there.")
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Finding("Checkpoints", f"{len(names)}: {', '.join(names[:3])}{more}")


def _checkpoint_folders(flags: LaunchFlags) -> list[Path]:
    others = [folder for tree in flags.models_from for folder in folders_in(tree, CHECKPOINTS)]
    return [flags.models_dir / "Stable-diffusion", *flags.every_dir("ckpt_dir"), *others]


def _look_into_memory(flags: LaunchFlags) -> Iterator[Finding]:
    """Say what memory is free and what fits; nothing where the packages for it are missing."""
    try:
        report = importlib.import_module("modules.application.memory_report")
        yield from (Finding(subject, text) for subject, text in report.describe_memory(flags))
    except (ImportError, OSError, ConfigurationError) as error:
        yield Finding("Models fit", f"cannot be told yet ({error})")


def _look_into_checkpoints(flags: LaunchFlags) -> Iterator[Finding]:
    """Say of each checkpoint what it was recognised as; nothing where the packages for it are missing."""
    folders = _checkpoint_folders(flags)
    try:
        report = importlib.import_module("modules.application.checkpoint_report")
        for name, text, remedy in report.describe_checkpoints(folders, flags.data_dir / "cache" / "hashes.json"):
            yield Finding("Checkpoint", f"{name}: {text}", remedy)
    except (ImportError, OSError) as error:
        yield Finding("Checkpoint", f"cannot be looked into before the packages are installed ({error})")


def _look_at_other_models(flags: LaunchFlags) -> Finding:
    folders = (("VAE", flags.models_dir / "VAE"), ("LoRA", flags.lora_dir), ("embeddings", flags.embeddings_dir),
               ("hypernetworks", flags.hypernetwork_dir), ("upscalers", flags.models_dir / "ESRGAN"))
    return Finding("Other models", ", ".join(f"{len(_weights(folder))} {label}" for label, folder in folders))


def _look_at_port(flags: LaunchFlags) -> Finding:
    port = flags.effective_port
    with socket.socket() as probe:
        probe.settimeout(1.0)
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    return Finding("Port", f"{port} is in use, perhaps by a running web UI" if taken else f"{port} is free",
                   f"Stop the other program, or start with --port {port + 1}." if taken else "")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _total_memory() -> int | None:
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if _version("psutil") is None:
        return None
    return int(importlib.import_module("psutil").virtual_memory().total)


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _weights(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    parts = {path for index in folder.rglob(_FOLDER_INDEX) for path in index.parent.rglob("*/*")}
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _WEIGHTS and path not in parts)
