from __future__ import annotations

import os
from pathlib import Path

import pytest

from modules.extras.sources import FolderRules, folder_sources, list_pictures
from modules.foundation.errors import InvalidRequestError, NotFoundError


def test_pictures_are_listed_as_people_sort_them(tmp_path):
    for name in ("b10.png", "b2.PNG", "a.webp", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert list_pictures(tmp_path) == ["a.webp", "b2.PNG", "b10.png"]


@pytest.mark.parametrize("folder", ["", "missing"])
def test_an_empty_or_missing_folder_is_said(tmp_path, folder):
    with pytest.raises(NotFoundError, match=str(tmp_path)):
        list_pictures(tmp_path / folder)


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "a/b.png", "..", ".", ""])
def test_names_cannot_lead_out_of_the_folder(name):
    with pytest.raises(InvalidRequestError):
        folder_sources(Path("/pictures"), (name,))


@pytest.fixture
def exposed(tmp_path):
    (tmp_path / "outputs" / "mine").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    return FolderRules(tmp_path, anywhere=False, shared=(tmp_path / "outputs",))


@pytest.mark.parametrize("name", ["outputs", "outputs/mine", "outputs/../outputs/mine"])
def test_shared_folders_can_be_used_over_the_network(exposed, name):
    assert exposed.find(name, field="input_dir").is_dir()


@pytest.mark.parametrize("name", ["secret", "outputs/../secret", "/etc", "~", "", "."])
def test_others_cannot(exposed, name):
    with pytest.raises(InvalidRequestError, match="Other computers can reach this server"):
        exposed.find(name, field="input_dir")


def test_nor_through_a_link(exposed, tmp_path):
    os.symlink(tmp_path / "secret", tmp_path / "outputs" / "link")
    with pytest.raises(InvalidRequestError):
        exposed.find("outputs/link", field="input_dir")


def test_nothing_is_told_about_folders_that_may_not_be_used(exposed):
    with pytest.raises(InvalidRequestError) as there:
        exposed.find("/etc", field="input_dir")
    with pytest.raises(InvalidRequestError) as missing:
        exposed.find("/no/such/folder", field="input_dir")
    assert str(there.value) == str(missing.value)


def test_who_sits_at_the_computer_may_use_any(tmp_path):
    rules = FolderRules(tmp_path, anywhere=True)
    assert rules.find("/", field="input_dir") == Path("/")
    assert rules.allow("new/folder", field="output_dir") == tmp_path / "new" / "folder"
    with pytest.raises(NotFoundError):
        rules.find("new", field="input_dir")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "~nobody-of-this-name/x"])
def test_impossible_paths(tmp_path, name):
    with pytest.raises(InvalidRequestError):
        FolderRules(tmp_path, anywhere=True).find(name, field="input_dir")
