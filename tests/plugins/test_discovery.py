from __future__ import annotations

import pytest

from modules.plugins.discovery import Switches, discover
from modules.plugins.git_facts import read_git_facts
from modules.plugins.metadata import read_metadata
from modules.settings.flags import parse_launch_flags
from modules.settings.values import Settings


def names(tree, folder="scripts", endings=(".py",), switches=None):
    files, problems = discover(tree.places, switches or Switches()).files(folder, endings)
    return [file.name for file in files], problems


def test_root_scripts_come_first_then_what_is_built_in_then_what_people_added(tree):
    for path in ("extensions/zebra/scripts/b.py", "extensions/zebra/scripts/a.py", "extensions/Apple/scripts/x.py",
                 "extensions-builtin/lora/scripts/l.py", "scripts/own.py", "scripts/notes.txt",
                 "extensions/.trash/gone/scripts/g.py", "extensions/__pycache__/scripts/p.py"):
        tree.write(path)
    assert names(tree)[0] == ["own.py", "builtin/lora/l.py", "apple/x.py", "zebra/a.py", "zebra/b.py"]


@pytest.mark.parametrize(("metadata", "order"), [
    ({}, ["a", "b", "c"]),
    ({"a": "[scripts]\nAfter = c"}, ["c", "a", "b"]),
    ({"c": "[scripts]\nBefore = a"}, ["c", "a", "b"]),
    ({"a": "[scripts/s.py]\nAfter = c/s.py"}, ["c", "a", "b"]),
    ({"a": "[scripts/other.py]\nAfter = c"}, ["a", "b", "c"]),
    ({"a": "[scripts]\nRequires = nobody|C"}, ["c", "a", "b"]),
    ({"a": "[scripts]\nAfter = b, c\n[javascript]\nAfter = b"}, ["b", "c", "a"]),
    ({"a": "[SCRIPTS]\nafter = b c"}, ["b", "c", "a"]),
    ({"a": "[scripts]\nAfter = a, not-there"}, ["a", "b", "c"]),
])
def test_metadata_decides_the_order(tree, metadata, order):
    for name in "abc":
        tree.write(f"extensions/{name}/scripts/s.py")
        if name in metadata:
            tree.write(f"extensions/{name}/metadata.ini", metadata[name])
    assert names(tree)[0] == [f"{name}/s.py" for name in order]


def test_circles_and_missing_requirements_are_told_and_nothing_is_lost(tree):
    for name, other in (("a", "b"), ("b", "a")):
        tree.write(f"extensions/{name}/scripts/s.py")
        tree.write(f"extensions/{name}/metadata.ini", f"[scripts]\nAfter = {other}\n[Extension]\nRequires = nobody")
    found, problems = names(tree)
    assert sorted(found) == ["a/s.py", "b/s.py"]
    assert any("circle" in text for text in problems)
    assert "a/s.py requires nobody, which is not there or switched off." in problems


@pytest.mark.parametrize(("arguments", "settings", "active"), [
    ("", {}, ["inside", "added", "other"]),
    ("", {"disabled_extensions": ["added", "gone"]}, ["inside", "other"]),
    ("", {"disable_all_extensions": "extra"}, ["inside"]),
    ("", {"disable_all_extensions": "all"}, []),
    ("--disable-extra-extensions", {}, ["inside"]),
    ("--disable-extra-extensions", {"disable_all_extensions": "all"}, []),
    ("--disable-all-extensions", {}, []),
])
def test_switches(tree, arguments, settings, active):
    for path in ("extensions-builtin/inside/a", "extensions/added/a", "extensions/other/a", "scripts/own.py"):
        tree.write(path)
    switches = Switches.of(parse_launch_flags(arguments.split()), Settings().with_values(settings))
    found = discover(tree.places, switches)
    assert [plugin.name for plugin in found.active] == active
    assert len(found.plugins) == 3
    assert found.files("scripts", (".py",))[0], "the folder scripts stays"


def test_safe_mode_leaves_nothing(tree):
    tree.write("scripts/own.py")
    tree.write("extensions/a/scripts/s.py")
    assert names(tree, switches=Switches.of(parse_launch_flags(["--safe-mode"]), Settings())) == ([], [])


def test_the_second_of_a_name_is_left_out(tree):
    tree.write("extensions-builtin/Lora/a")
    tree.write("extensions/lora/a")
    found = discover(tree.places, Switches())
    assert [plugin.builtin for plugin in found.plugins] == [True]
    assert "has the same name" in found.problems[0]


@pytest.mark.parametrize("content", [b"no section = 1\n", b"[a]\nb = c\n[a]\nb = d", b"\xff\xfe\x00[", b"[x\n", b""])
def test_metadata_of_any_shape_is_survived(tree, content):
    tree.write("extensions/a/metadata.ini").write_bytes(content)
    assert read_metadata(tree.extensions / "a").wishes("scripts").before == ()


def test_files_of_a_plugin(tree):
    for name in ("javascript/b.js", "javascript/a.mjs", "javascript/c.txt", "style.css", "localizations/de.json"):
        tree.write(f"extensions/a/{name}")
    record = tree.record("a")
    assert record.style and record.style.name == "style.css"
    assert names(tree, "javascript", (".js", ".mjs"))[0] == ["a/a.mjs", "a/b.js"]
    assert names(tree, "localizations", (".json",))[0] == ["a/de.json"]
    assert record.file("install.py") is None


def test_callbacks_are_ordered_by_metadata_and_by_their_user(tree):
    tree.write("extensions/a/metadata.ini", "[callbacks/a/s.py/ui_tabs]\nAfter = b/s.py/ui_tabs\n"
                                            "[callbacks/b/s.py/ui_tabs]\nAfter = c/s.py/ui_tabs")
    found = discover(tree.places, Switches())
    known = ["a/s.py/ui_tabs", "b/s.py/ui_tabs", "c/s.py/ui_tabs"]
    assert found.order_callbacks(known) == [known[1], known[0], known[2]], "only its own may be moved"
    assert found.order_callbacks(known, first=[known[2], "gone"]) == [known[2], known[1], known[0]]


@pytest.mark.parametrize(("files", "commit"), [
    ({"HEAD": "ref: refs/heads/main", "refs/heads/main": "a" * 40}, "a" * 8),
    ({"HEAD": "ref: refs/heads/main", "packed-refs": f"# pack-refs\n{'b' * 40} refs/heads/main\n"}, "b" * 8),
    ({"HEAD": "c" * 40}, "c" * 8),
    ({"HEAD": "ref: refs/heads/main"}, ""),
    ({"HEAD": "<script>"}, ""),
])
def test_git_facts_are_read_without_git(tmp_path, files, commit):
    for name, text in {**files, "config": '[remote "origin"]\n\turl = https://me:secret@example.com/x.git\n'}.items():
        path = tmp_path / ".git" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    facts = read_git_facts(tmp_path)
    assert facts and facts.short_commit == commit
    assert facts.remote == "https://example.com/x.git"


def test_a_folder_that_is_no_clone_has_no_git_facts(tmp_path):
    (tmp_path / ".git").write_text("gitdir: ../nowhere")
    assert read_git_facts(tmp_path) is None
