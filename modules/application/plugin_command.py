"""``python3 webui.py plugin new|test|list``: for people who write plugins."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modules.application.plugin_scaffold import write_plugin
from modules.application.program import Program, build_program
from modules.foundation.errors import ConfigurationError, NotFoundError
from modules.plugins.call_log import CallLog, PluginFailure
from modules.plugins.preloading import extended_parser
from modules.plugins.record import PluginRecord
from modules.plugins.shelf import PluginShelf
from modules.settings.flag_parser import FlagParser, unknown_option
from modules.settings.flags import PROGRAM_FOLDER, LaunchFlags, flags_from
from modules.settings.store import SettingsStore

if TYPE_CHECKING:
    from modules.application.plugin_trial import Trial


def run_plugin(argv: Sequence[str]) -> int:
    """Do what was asked for; the exit code says whether a test went well. Raises: WebUIError."""
    calls = CallLog()
    parser = _build_parser(extended_parser(argv, calls, add_help=False))
    namespace, unknown = parser.parse_known_args(argv)
    if unknown:
        raise unknown_option(unknown[0], parser)
    flags = flags_from(namespace)
    if namespace.action == "list":
        return _list(PluginShelf(flags, SettingsStore(flags.ui_settings_file), calls))
    if not namespace.name:
        raise ConfigurationError(f"plugin {namespace.action} needs a name.",
                                 remedy=f"python3 webui.py plugin {namespace.action} my-plugin")
    if namespace.action == "new":
        return _write(flags, namespace.name)
    return _test(flags, namespace.name, calls)


def _build_parser(launch: argparse.ArgumentParser) -> FlagParser:
    parser = FlagParser(prog="webui.py plugin", parents=[launch], allow_abbrev=False,
                        description="Write, try and list plugins.")
    parser.add_argument("action", choices=("new", "test", "list"),
                        help="new: write the files of a plugin; test: run it and its tests; list: show what is there")
    parser.add_argument("name", nargs="?", help="the folder below extensions")
    return parser


def _write(flags: LaunchFlags, name: str) -> int:
    for path in write_plugin(flags.data_dir / "extensions", name):
        print(path)
    place = [] if flags.data_dir == PROGRAM_FOLDER else ["--data-dir", str(flags.data_dir)]
    print(f"\nTry it: python3 webui.py plugin test {shlex.join([name, *place])}")
    return 0


def _list(shelf: PluginShelf) -> int:
    for state in shelf.states():
        record = state.record
        commit = record.git.short_commit if record.git else ""
        print(f"{'on ' if record.enabled else 'off'}  {record.name:30} {commit:8}  {record.origin}")
    for problem in shelf.discovery.problems:
        print(problem, file=sys.stderr)
    return 0


def _test(flags: LaunchFlags, name: str, calls: CallLog) -> int:
    """Load a plugin, run its hooks on small pictures, and then its own tests. Raises: NotFoundError, WebUIError."""
    started = time.perf_counter()
    record = PluginShelf(flags, SettingsStore(flags.ui_settings_file), calls).require(name)
    with tempfile.TemporaryDirectory() as folder:
        sound = _try_hooks(record, folder, flags, calls)
    sound = _run_own_tests(record) and sound
    print(f"\n{'All well' if sound else 'There is something to do'}, "
          f"after {time.perf_counter() - started:.1f} s.")
    return 0 if sound else 1


def _try_hooks(record: PluginRecord, folder: str, flags: LaunchFlags, calls: CallLog) -> bool:
    from modules.application.plugin_trial import load_native, try_plugin, try_scripts, uses_scripts
    from modules.plugins.native import document

    program = _build_apart(flags, Path(folder), calls)
    if uses_scripts(record):
        for trial in try_scripts(record, program):
            _print_trial(trial)
        _print_costs(record, calls, [])
    else:
        for kind in load_native(record, calls, program.plugins.patience_s):
            print(document(kind))
            for trial in try_plugin(kind, record, program):
                _print_trial(trial)
            _print_costs(record, calls, [f"{kind.title}: {hook}" for hook in kind.overridden() if hook != "request"])
    _print_failures(calls.failures(record.name))
    return not calls.failures(record.name)


def _build_apart(flags: LaunchFlags, folder: Path, calls: CallLog) -> Program:
    """Build a program that leaves pictures and the list of jobs in ``folder``, with any checkpoint there is."""
    apart = replace(flags, data_dir=folder)
    program = build_program(apart, calls)
    if program.bench.catalog.checkpoints:
        return program
    own = PROGRAM_FOLDER / "models"
    print(f"There is no checkpoint below {flags.models_dir}; those below {own} are used.")
    return build_program(replace(apart, models_dir=own), calls)


def _print_trial(trial: Trial) -> None:
    print(f"\n{trial.name}: {trial.pictures} pictures")
    for comment in trial.comments:
        print(f"  {comment}")


def _print_costs(record: PluginRecord, calls: CallLog, expected: Sequence[str]) -> None:
    costs = calls.costs(record.name)
    for hook, cost in sorted(costs.items(), key=lambda entry: -entry[1].seconds):
        print(f"  {cost.seconds * 1000:8.1f} ms in {cost.calls:3} calls of {hook}")
    for hook in expected:
        if hook not in costs:
            print(f"           never called: {hook}")


def _print_failures(failures: Sequence[PluginFailure]) -> None:
    for failure in {(one.hook, one.error): one for one in failures}.values():
        print(f"\n{failure.told()}\n{failure.trace}")


def _run_own_tests(record: PluginRecord) -> bool:
    tests = record.root / "tests"
    if not tests.is_dir():
        return True
    path = os.pathsep.join((str(record.root), str(PROGRAM_FOLDER)))
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider",
               "--rootdir", str(record.root), str(tests)]
    done = subprocess.run(command, cwd=record.root, env={**os.environ, "PYTHONPATH": path}, check=False)
    if done.returncode == 1 or done.returncode == 0:
        return done.returncode == 0
    raise NotFoundError("The tests could not be run.",
                        remedy="Install what they need: python -m pip install -r requirements-test.txt")
