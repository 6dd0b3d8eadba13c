from __future__ import annotations

import os
import time

import pytest

from modules.foundation import files
from modules.foundation.errors import OutputError


def test_atomic_write_makes_the_folder_and_leaves_no_temporary(tmp_path):
    target = tmp_path / "a" / "b.txt"
    files.atomic_write(target, b"hello")
    assert target.read_bytes() == b"hello"
    assert [path.name for path in target.parent.iterdir()] == ["b.txt"]


def test_a_writer_that_fails_leaves_the_old_file(tmp_path):
    target = tmp_path / "settings.json"
    target.write_bytes(b"old")

    def broken(handle):
        handle.write(b"half")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        files.atomic_write(target, broken)
    assert target.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_replace_an_existing_file_is_kept(tmp_path):
    target = tmp_path / "picture.png"
    files.atomic_write(target, b"first", replace=False)
    with pytest.raises(FileExistsError):
        files.atomic_write(target, b"second", replace=False)
    assert target.read_bytes() == b"first"


@pytest.mark.parametrize(("number", "words"), [
    (28, "disk is full"), (13, "No permission"), (30, "No permission"), (5, "could not be written")])
def test_operating_system_errors_are_explained(tmp_path, number, words):
    def refuse(handle):
        raise OSError(number, os.strerror(number))

    with pytest.raises(OutputError, match=words) as caught:
        files.atomic_write(tmp_path / "x.png", refuse)
    assert caught.value.remedy


def test_a_file_where_the_folder_should_be_is_explained(tmp_path):
    (tmp_path / "outputs").touch()
    with pytest.raises(OutputError, match="is a file"):
        files.atomic_write(tmp_path / "outputs" / "x.png", b"x", replace=False)


def test_sweep_removes_only_old_temporaries(tmp_path):
    old, new, kept = tmp_path / ".a.png.1234.tmp", tmp_path / ".b.png.1234.tmp", tmp_path / "c.tmp"
    for path in (old, new, kept):
        path.touch()
    past = time.time() - 7200
    os.utime(old, (past, past))
    os.utime(kept, (past, past))
    assert files.sweep_temporaries(tmp_path) == 1
    assert not old.exists() and new.exists() and kept.exists()


def test_natural_order():
    names = ["img10.png", "img2.png", "Img1.png", "a", "9", "10"]
    assert sorted(names, key=files.natural_key) == ["9", "10", "a", "Img1.png", "img2.png", "img10.png"]


def test_is_inside_resolves_links_and_siblings(tmp_path):
    root = tmp_path / "outputs"
    sibling = tmp_path / "outputs_evil"
    root.mkdir()
    sibling.mkdir()
    (root / "link").symlink_to(sibling)
    assert files.is_inside(root, root / "a.png")
    assert not files.is_inside(root, root / ".." / "outputs_evil" / "a.png")
    assert not files.is_inside(root, sibling / "a.png")
    assert not files.is_inside(root, root / "link" / "a.png")
