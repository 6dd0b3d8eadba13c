"""Finished cells on the disk, and what is written down about a grid."""

from __future__ import annotations

import os

import pytest
from PIL import Image

from modules.plugins.grids.cells import CellFacts, CellStore
from modules.plugins.grids.record import GridAxis, GridBook, GridCell, GridSheet

KEY = "0123456789" * 4
FACTS = CellFacts("a cäst\nSteps: 1", "a cäst", "", 5, 7)
SHEET = GridSheet("a castle", (GridAxis("Seed", ("Seed: 1", "Seed: 2")), GridAxis("Nothing", ("",)),
                               GridAxis("Steps", ("Steps: 3", "Steps: 4"))), (64, 64), estimate_s=8)


@pytest.fixture
def store(tmp_path):
    return CellStore(tmp_path / "cells")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_cell_is_found_as_it_was_kept(store, mode):
    image = Image.effect_noise((16, 8), 90).convert(mode)
    store.keep(KEY, image, FACTS)
    found = store.find(KEY)
    assert found.facts == FACTS
    assert found.open().mode == mode and found.open().tobytes() == image.tobytes()
    assert Image.open(found.path).info["parameters"] == FACTS.infotext


def test_what_is_not_there_or_broken_is_not_found(store):
    assert store.find(KEY) is None
    cell = store.keep(KEY, Image.new("RGB", (64, 64)), FACTS)
    cell.path.write_bytes(cell.path.read_bytes()[:-20])
    assert store.find(KEY) is None
    with pytest.raises(ValueError):
        store.find("../../etc/passwd")


def test_the_cells_wanted_longest_ago_go_first(tmp_path):
    store = CellStore(tmp_path, limit_bytes=10_000)
    keys = [f"{number:040x}" for number in range(4)]
    for age, key in enumerate(keys):
        cell = store.keep(key, Image.effect_noise((64, 64), 90), FACTS)
        os.utime(cell.path, (1000 + age, 1000 + age))
    assert store.find(keys[0])
    assert store.sweep() == 2
    assert [key for key in keys if store.find(key)] == [keys[0], keys[3]]


def test_a_grid_is_read_as_it_stands(tmp_path):
    book = GridBook(tmp_path)
    assert not book.has("job") and book.read("job") is None and not book.has("../job")
    writer = book.begin("job", SHEET)
    assert book.read("job").remaining_s() == 8
    writer.note(GridCell((0, 0, 0), "made", KEY, seconds=2.0))
    writer.note(GridCell((1, 0, 0), "failed", error="no"))
    (tmp_path / next(tmp_path.glob("*.jsonl")).name).open("a").write('{"place": [0, 0')
    record = book.read("job")
    assert [cell.place for cell in record.cells] == [(0, 0, 0), (1, 0, 0)]
    assert (record.sheet.total, record.missing, record.remaining_s()) == (4, 3, 4.0)


def test_another_attempt_begins_anew(tmp_path):
    book = GridBook(tmp_path)
    book.begin("job", SHEET).note(GridCell((0, 0, 0), "made", KEY))
    first = book.read("job").sheet.stamp
    book.begin("job", SHEET)
    assert book.read("job").cells == () and book.read("job").sheet.stamp != first
    assert len(list(tmp_path.iterdir())) == 2


def test_only_the_newest_grids_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr("modules.plugins.grids.record.MOST_GRIDS", 2)
    book = GridBook(tmp_path)
    for number in range(3):
        book.begin(f"job{number}", SHEET)
        os.utime(tmp_path / f"job{number}.json", (1000 + number, 1000 + number))
    assert [book.has(f"job{number}") for number in range(3)] == [False, True, True]
