"""``preload.py``: options that extensions add to the command line, before it is read. Standard library only."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from modules.plugins.call_log import CallLog
from modules.plugins.discovery import Discovery, PluginPlaces, Switches, discover
from modules.plugins.importing import import_plugin_file
from modules.plugins.record import PluginRecord
from modules.settings.flag_parser import FlagParser, launch_parser
from modules.settings.flags import PROGRAM_FOLDER, LaunchFlags, parse_launch_flags
from modules.settings.store import SettingsStore

PATIENCE_S = 15.0


def read_launch_flags(arguments: Sequence[str], calls: CallLog, *, lenient: bool = False,
                      program: Path = PROGRAM_FOLDER) -> LaunchFlags:
    """Read the command line with the options that extensions add.

    Raises: ConfigurationError for unknown options and impossible values.
    """
    return parse_launch_flags(arguments, lenient=lenient, parser=extended_parser(arguments, calls, program=program))


def extended_parser(arguments: Sequence[str], calls: CallLog, *, add_help: bool = True,
                    program: Path = PROGRAM_FOLDER) -> argparse.ArgumentParser:
    """Return the parser of launch options with those of the extensions that the command line lets take part.

    Raises: ConfigurationError for impossible values of our own options.
    """
    flags = parse_launch_flags(arguments, lenient=True, parser=launch_parser(add_help=False))
    settings = SettingsStore(flags.ui_settings_file).current
    found = discover(PluginPlaces.of(flags, program), Switches.of(flags, settings))
    parser = launch_parser(add_help=add_help)
    for plugin in preloading_order(found):
        add_options(parser, plugin, calls)
    return parser


def preloading_order(found: Discovery) -> list[PluginRecord]:
    """Return whose ``preload.py`` are run. Reference: A1111 v1.10.1: people's first, then all that came with it."""
    own = [plugin for plugin in found.active if not plugin.builtin]
    builtin = [plugin for plugin in found.plugins if plugin.builtin and found.root_scripts]
    return [plugin for plugin in (*own, *builtin) if plugin.file("preload.py")]


def add_options(parser: argparse.ArgumentParser, plugin: PluginRecord, calls: CallLog) -> None:
    """Run ``preload(parser)`` of one extension on a parser of its own, and take over what clashes with nothing."""
    own = FlagParser(add_help=False, allow_abbrev=False)

    def run() -> None:
        module = import_plugin_file(plugin.root / "preload.py", plugin.name, plugin.root, PATIENCE_S)
        preload = getattr(module, "preload", None)
        if preload is not None:
            preload(own)

    calls.call(plugin.name, "preload", run)
    group = parser.add_argument_group(f"Extension {plugin.name}")
    for action in own._actions:
        clash = _clash(parser, action)
        if clash:
            calls.note_failure(plugin.name, "preload", ValueError(f"the option {clash} exists already"))
        else:
            group._add_action(action)
    taken = {action.dest for action in parser._actions}
    parser.set_defaults(**{name: value for name, value in own._defaults.items() if name not in taken})


def _clash(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return what of an option is taken; arguments without dashes cannot be added at all."""
    if not action.option_strings:
        return action.dest
    taken = [name for name in action.option_strings if name in parser._option_string_actions]
    return taken[0] if taken else action.dest if any(action.dest == one.dest for one in parser._actions) else ""
