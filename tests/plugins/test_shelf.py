from __future__ import annotations

import os

import pytest

from modules.foundation.errors import NotAllowedError, NotFoundError
from modules.plugins.watching import PluginWatch


@pytest.fixture
def two(tree):
    tree.write("extensions/a/scripts/s.py", "x = 1")
    tree.write("extensions/b/scripts/s.py", "x = 1")


def words(shelf):
    return {state.record.name: state.word for state in shelf.states()}


def test_states_in_a_word(tree, two, shelf_of):
    shelf = shelf_of()
    assert words(shelf) == {"a": "loaded", "b": "loaded"}
    shelf.enable(["b"])
    tree.write("extensions/new/x")
    shelf.look()
    shelf.calls.note_failure("b", "ui", ValueError("no"))
    assert words(shelf) == {"a": "off after a restart", "b": "failed", "new": "on after a restart"}
    assert words(shelf_of()) == {"a": "off", "b": "loaded", "new": "loaded"}
    with pytest.raises(NotFoundError):
        shelf.enable(["nobody"])


def test_what_is_away_for_now_stays_off(tree, two, shelf_of):
    shelf = shelf_of()
    shelf.enable(["b"])
    os.rename(tree.extensions / "a", tree.root / "a")
    shelf.look()
    shelf.enable(["b"])
    os.rename(tree.root / "a", tree.extensions / "a")
    assert words(shelf_of())["a"] == "off"


def test_reloading_forgets_failures_installs_needs_and_tells(tree, two, shelf_of):
    shelf, reloaded = shelf_of(), []
    shelf.when_reloading(lambda record: reloaded.append((record.name, record.enabled)))
    shelf.calls.note_failure("a", "ui", ValueError("no"))
    tree.write("extensions/a/install.py", "open('ran.txt', 'w').write('x')")
    shelf.reload("a")
    assert reloaded == [("a", True)] and words(shelf)["a"] == "loaded"
    assert (tree.program / "ran.txt").exists()
    shelf.enable(["b"])
    shelf.reload("a")
    assert reloaded[-1] == ("a", False) and words(shelf)["a"] == "off"


def test_needs_are_installed_unless_told_not_to(tree, two, shelf_of):
    tree.write("extensions/a/install.py", "pass")
    assert list(shelf_of("--skip-install").install_needs()) == []
    assert list(shelf_of().install_needs()) == ["What the extension a needs is installed."]


@pytest.mark.parametrize(("arguments", "allowed"), [
    ([], True), (["--listen"], False), (["--allowed-host", "me.example"], False),
    (["--listen", "--enable-insecure-extension-access"], True)])
def test_who_may_change_extensions(two, shelf_of, arguments, allowed):
    shelf = shelf_of(*arguments)
    assert shelf.acquisition.allowed is allowed
    if not allowed:
        with pytest.raises(NotAllowedError):
            shelf.uninstall("a")


def test_taking_one_out_ends_it_at_once(tree, two, shelf_of, tmp_path):
    shelf, told = shelf_of(), []
    shelf.when_reloading(lambda record: told.append(shelf.discovery.find(record.name)))
    shelf.uninstall("a")
    assert told == [None] and words(shelf) == {"b": "loaded"}


def test_changed_files_are_noticed(tree, two, shelf_of):
    shelf = shelf_of("--reload-plugins")
    watch = PluginWatch(shelf)
    assert shelf.watches and watch.look() == []
    path = tree.write("extensions/a/deep/er/code.py", "x = 2")
    assert watch.look() == ["a"]
    os.utime(path, (1, 1))
    assert watch.look() == ["a"]
    tree.write("extensions/a/.git/x.py")
    assert watch.look() == []
    path.unlink()
    assert watch.look() == ["a"]
    assert not shelf_of().watches
