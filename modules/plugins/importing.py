"""Loading a plugin's Python file as A1111's extensions expect it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from modules.foundation.errors import ConfigurationError
from modules.plugins.patience import call_within

_BASEDIR: ContextVar[Path | None] = ContextVar("plugin_basedir", default=None)
_OWNER: ContextVar[str] = ContextVar("plugin_name", default="")


def current_basedir() -> Path | None:
    """Return the root of the plugin whose file is being loaded; None where none is."""
    return _BASEDIR.get()


def current_owner() -> str:
    """Return the name of the plugin whose code is running on this thread, as far as that is known."""
    return _OWNER.get()


@contextlib.contextmanager
def acting_for(owner: str, basedir: Path | None = None) -> Iterator[None]:
    """Say in whose name code runs from here on."""
    tokens = _OWNER.set(owner), _BASEDIR.set(basedir)
    try:
        yield
    finally:
        _OWNER.reset(tokens[0])
        _BASEDIR.reset(tokens[1])


def import_plugin_file(path: Path, owner: str, basedir: Path, timeout_s: float = 30.0) -> ModuleType:
    """Run a file and return its module, which is named and registered after the file: ``xyz_grid.py``.

    While it runs, the plugin's root stands first on ``sys.path``.
    Raises: TooSlowError; whatever the file raises, ``SystemExit`` included.
    """
    name = path.name
    before = sys.modules.get(name)
    with _first_on_path(basedir), acting_for(owner, basedir):
        try:
            return call_within(timeout_s, f"Loading {owner}/{name}", _run_file, path)
        except BaseException:
            sys.modules.pop(name, None)
            if before is not None:
                sys.modules[name] = before
            raise


def unload_modules(basedir: Path) -> list[str]:
    """Forget every module whose file lies in a plugin's folder, so that it is read again; return their names."""
    root = f"{basedir.absolute()}{os.sep}"
    names = [name for name, module in list(sys.modules.items())
             if str(getattr(module, "__file__", None) or "").startswith(root)]
    for name in names:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return names


class _FreshLoader(SourceFileLoader):
    """Reads the file itself: compiled code beside it counts as current for a second after a change."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _run_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.name, path, loader=_FreshLoader(path.name, str(path)))
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.name] = module  # Gradio asks for the file of a class, which is found through here
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    entry = str(folder)
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(entry)
