"""What a grid shows: its axes, written down before the first cell, and a line for every cell that has ended."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from modules.foundation.files import atomic_write

GRIDS_FOLDER = Path("cache", "grids")
MOST_GRIDS = 200
"""As many are remembered; the newest ones."""
_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class GridAxis:
    """An axis and the title of each of its values; the axis "Nothing" has one empty title."""

    label: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class GridSheet:
    """A grid about to be made."""

    title: str
    """What it was made from, in the words of who asked for it."""
    axes: tuple[GridAxis, GridAxis, GridAxis]
    """Columns, rows, and the sheets that these repeat on."""
    cell_size: tuple[int, int]
    """Width and height of most cells."""
    order: tuple[int, int, int] = (2, 1, 0)
    """Numbers of the axes, from the one that changes least to the one that changes with every cell."""
    estimate_s: float | None = None
    """What the cells that are missing take, as far as the pace is known."""
    switches: int = 0
    """How often another model is loaded on the way."""
    seed: int | None = None
    """The seed that a random one stands for, so that asking again gives the same cells; None: they shall differ."""
    stamp: str = ""
    """Tells this attempt from an earlier one of the same job."""

    @property
    def total(self) -> int:
        x, y, z = self.axes
        return len(x.titles) * len(y.titles) * len(z.titles)


@dataclass(frozen=True)
class GridCell:
    """How a cell ended."""

    place: tuple[int, int, int]
    """Its number on each axis."""
    state: Literal["made", "found", "failed"]
    """``found``: it had been made before."""
    key: str = ""
    """Under which the cell is kept; empty where it failed."""
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class GridRecord:
    """A grid as it was when somebody looked."""

    sheet: GridSheet
    cells: tuple[GridCell, ...]
    """In the order in which they ended."""

    @property
    def missing(self) -> int:
        """How many cells have no picture."""
        return self.sheet.total - sum(cell.state != "failed" for cell in self.cells)

    def remaining_s(self) -> float | None:
        """Return what the cells that have not ended take at the pace of those that were made; None: not known."""
        paces = [cell.seconds for cell in self.cells if cell.state == "made"]
        left = self.sheet.total - len(self.cells)
        if left == 0:
            return 0.0
        return sum(paces) / len(paces) * left if paces else self.sheet.estimate_s


class GridWriter:
    """Writes down how the cells of one grid end; a line that a kill cut short is left out by readers."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def note(self, cell: GridCell) -> None:
        """Raises: OSError."""
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(cell)) + "\n")


class GridBook:
    """The grids of a data folder, by the id of the job that makes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, job: str, sheet: GridSheet) -> GridWriter:
        """Write a grid down, in place of an earlier attempt of the same job. Raises: OutputError, ValueError."""
        self._forget_old()
        stamped = replace(sheet, stamp=secrets.token_hex(6))
        journal = self._journal(job, stamped.stamp)
        atomic_write(journal, b"")
        atomic_write(self._file(job), json.dumps(asdict(stamped)).encode())
        for old in self._folder.glob(f"{job}.*.jsonl"):
            if old != journal:
                old.unlink(missing_ok=True)
        return GridWriter(journal)

    def has(self, job: str) -> bool:
        return bool(_NAME.fullmatch(job)) and self._file(job).is_file()

    def read(self, job: str) -> GridRecord | None:
        """Return what is known of a grid; None where nothing is."""
        if not self.has(job):
            return None
        try:
            sheet = _read_sheet(json.loads(self._file(job).read_text(encoding="utf-8")))
            lines = self._journal(job, sheet.stamp).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return GridRecord(sheet, tuple(_read_cells(lines)))

    def _forget_old(self) -> None:
        """Let go of the oldest grids; their cells are kept for themselves."""
        files = sorted(self._folder.glob("*.json"), key=_age)
        for file in files[:-MOST_GRIDS + 1]:
            for path in (file, *self._folder.glob(f"{file.stem}.*.jsonl")):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _file(self, job: str) -> Path:
        if not _NAME.fullmatch(job):
            raise ValueError(f"{job[:80]!r} is not the name of a job")
        return self._folder / f"{job}.json"

    def _journal(self, job: str, stamp: str) -> Path:
        return self._file(job).with_name(f"{job}.{stamp}.jsonl")


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read_sheet(data: Mapping[str, Any]) -> GridSheet:
    x, y, z = (GridAxis(axis["label"], tuple(axis["titles"])) for axis in data["axes"])
    width, height = data["cell_size"]
    outer, middle, inner = data["order"]
    return GridSheet(**{**data, "axes": (x, y, z), "cell_size": (width, height), "order": (outer, middle, inner)})


def _read_cells(lines: Sequence[str]) -> list[GridCell]:
    """Read the journal; of a cell that ended twice the newest counts."""
    cells: dict[tuple[int, int, int], GridCell] = {}
    for line in lines:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            data = json.loads(line)
            x, y, z = data["place"]
            cells[x, y, z] = GridCell(**{**data, "place": (x, y, z)})
    return list(cells.values())
