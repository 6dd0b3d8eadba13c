from __future__ import annotations

import os

import pytest

from modules.prompting.wildcard_folder import LARGEST_FILE, WildcardFolder


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "wildcards"
    (root / "animals").mkdir(parents=True)
    (root / "colour.txt").write_bytes("\ufeffred\r\n# comment\r\n\r\n  blue  \r\n".encode())
    (root / "animals" / "cat.txt").write_text("lion\n")
    (tmp_path / "secret.txt").write_text("password\n")
    (tmp_path / "wildcards_evil").mkdir()
    (tmp_path / "wildcards_evil" / "x.txt").write_text("password\n")
    return root


@pytest.mark.parametrize("name, lines", [("colour", ("red", "blue")), ("animals/cat", ("lion",))])
def test_lines(folder, name, lines):
    assert WildcardFolder(folder).lines(name) == lines


@pytest.mark.parametrize("name", [
    "unknown", "../secret", "animals/../../secret", "../wildcards_evil/x", "/etc/passwd", "{root}/../secret",
    "a\0b", "..", "", "animals", "x" * 5000, "~/secret", "file:///secret"])
def test_nothing_outside_the_folder_is_read(folder, name):
    assert WildcardFolder(folder).lines(name.replace("{root}", str(folder))) is None


def test_a_link_out_of_the_folder_is_not_followed(folder):
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    assert WildcardFolder(folder).lines("link") is None


def test_odd_files_are_left_alone(folder):
    (folder / "huge.txt").write_bytes(b"x\n" * LARGEST_FILE)
    (folder / "binary.txt").write_bytes(b"\xff\xfe\n")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.txt")
    wildcards = WildcardFolder(folder)
    assert wildcards.lines("huge") is None
    assert wildcards.lines("pipe") is None
    assert wildcards.lines("binary") == ("��",)


def test_a_changed_file_is_read_again(folder):
    wildcards = WildcardFolder(folder)
    wildcards.lines("colour")
    (folder / "colour.txt").write_text("green\n")
    os.utime(folder / "colour.txt", ns=(1, 1))
    assert wildcards.lines("colour") == ("green",)
