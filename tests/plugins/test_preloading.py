from __future__ import annotations

import pytest

from modules.foundation.errors import ConfigurationError
from modules.plugins import preloading
from modules.plugins.call_log import CallLog
from modules.plugins.preloading import read_launch_flags


@pytest.fixture
def read(tree, monkeypatch):
    monkeypatch.setattr(preloading, "PATIENCE_S", 0.3)

    def run(*arguments):
        calls = CallLog()
        flags = read_launch_flags(["--data-dir", str(tree.extensions.parent), *arguments], calls, program=tree.program)
        return flags, calls

    return run


def add(tree, name, text):
    tree.write(f"extensions/{name}/preload.py", text)


OPTION = "def preload(parser):\n    parser.add_argument('--{0}', type=str, default='d')\n"


def test_options_of_extensions_are_read(tree, read):
    add(tree, "a", OPTION.format("wild-dir"))
    assert read("--wild-dir", "w")[0].plugin_values == {"wild_dir": "w"}
    assert read()[0].plugin_values == {"wild_dir": "d"}
    with pytest.raises(ConfigurationError, match="no option --tame-dir"):
        read("--tame-dir", "w")


@pytest.mark.parametrize("text", [
    "import no_such_module", "import sys; sys.exit(3)", "def preload(parser):\n    1 / 0", "syntax error here",
    "while True: pass", "def preload(parser):\n    parser.add_argument('--listen', action='store_true')",
    "def preload(parser):\n    parser.add_argument('--other', dest='port')",
    "def preload(parser):\n    parser.add_argument('word')", "def preload(parser):\n    parser.parse_args(['--x'])",
])
def test_one_that_fails_holds_up_nobody(tree, read, text):
    add(tree, "a", text)
    add(tree, "b", OPTION.format("good"))
    flags, calls = read("--good", "g")
    assert flags.plugin_values == {"good": "g"}
    assert flags.port is None and not flags.listen
    assert calls.failures("a")


def test_core_values_cannot_be_changed(tree, read):
    add(tree, "a", "def preload(parser):\n    parser.set_defaults(listen=True, mine=3)")
    flags, _ = read()
    assert not flags.listen
    assert flags.plugin_values == {"mine": 3}


def test_one_without_the_function_is_just_run(tree, read):
    add(tree, "a", "x = 1")
    assert not read()[1].failures("a")


def test_without_extensions_their_options_are_no_reason_not_to_start(tree, read):
    add(tree, "a", "import sys; sys.exit(3)")
    flags, calls = read("--safe-mode", "--wild-dir", "w")
    assert not calls.failures("a")
    assert any("--wild-dir" in notice for notice in flags.notices)


def test_peoples_come_before_those_that_came_with_the_program_even_if_these_are_off(tree):
    from modules.plugins.discovery import Switches, discover

    for name in ("extensions/b", "extensions/a", "extensions/off", "extensions-builtin/z"):
        tree.write(f"{name}/preload.py")
    found = discover(tree.places, Switches(frozenset({"off", "z"})))
    assert [plugin.name for plugin in preloading.preloading_order(found)] == ["a", "b", "z"]
