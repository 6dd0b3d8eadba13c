"""Programs with extensions that tests write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest


@pytest.fixture
def with_extensions(built_host, tmp_path: Path) -> Iterator[Callable[..., object]]:
    """Start the program with these extensions, ``{"name/scripts/file.py": source}``, and return its host.

    The scripts that come with it are left out, unless they are asked for.
    """
    from modules.compat.host import HOST
    from modules.compat.startup import build_controls_without_page, start_plugins
    from modules.plugins.call_log import CallLog
    from modules.plugins.shelf import PluginShelf
    from modules.settings.flags import PROGRAM_FOLDER
    from modules.settings.store import SettingsStore

    def start(files: Mapping[str, str], *, shipped: bool = False):
        for name, source in files.items():
            path = tmp_path / "extensions" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source), encoding="utf-8")
        flags = replace(built_host.flags, data_dir=tmp_path, ui_settings_file=tmp_path / "config.json")
        settings = SettingsStore(flags.ui_settings_file)
        settings.update(built_host.settings.current.changed())
        shelf = PluginShelf(flags, settings, CallLog(), program=PROGRAM_FOLDER if shipped else tmp_path)
        host = replace(built_host, flags=flags, settings=settings, plugins=shelf)
        start_plugins(host)
        build_controls_without_page()
        return host

    yield start
    HOST.detach()


@pytest.fixture
def quick():
    """A request that is made in a moment."""
    from modules.generation.request import GenerationRequest

    return GenerationRequest(prompt="a cat", sampler_name="Euler", steps=2, width=64, height=64, seed=1000)


def pictures_of(emitted: list[object]) -> list:
    from modules.generation.events import ImageFinished

    return [event for event in emitted if isinstance(event, ImageFinished) and event.kind == "image"]


def comments_of(emitted: list[object]) -> list[str]:
    from modules.generation.events import Comment

    return [event.text for event in emitted if isinstance(event, Comment)]
