"""The cells of one grid: found where they were made before, made where not, written down as they end."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modules import errors, paths, processing, sd_models, sd_vae, shared
from modules.plugins.grids.cells import CELLS_FOLDER, Cell, CellFacts, CellStore
from modules.plugins.grids.order import Place, X, Y, Z, count_switches, nest_axes, walk
from modules.plugins.grids.pace import PACE_FILE, PaceBook, in_words
from modules.plugins.grids.record import GRIDS_FOLDER, GridAxis, GridBook, GridCell, GridSheet
from scripts.xyz.choices import TITLE, ChosenAxis, GridChoices, chance, own_copy

MOST_ESTIMATED = 2000
"""So many cells are looked at to tell the time; the others will take as long."""


class GridRun:
    """One grid: what its cells are, which of them are there already, and how the others are made."""

    def __init__(self, p: Any, axes: Sequence[ChosenAxis], choices: GridChoices) -> None:
        self._p = p
        self._axes = axes
        self._choices = choices
        self._job = shared.state.job_id or "local"
        self._chances = f"{p.seed}/{choices.no_fixed_seeds}"
        self._nesting = nest_axes([axis.option.cost for axis in axes])
        self.lengths: Place = tuple(len(axis.values) for axis in axes)  # type: ignore[assignment]
        data = Path(paths.data_path)
        self._store = CellStore(data / CELLS_FOLDER)
        self._book = GridBook(data / GRIDS_FOLDER)
        self._paces = PaceBook(data / PACE_FILE)
        self._keys: dict[Place, str] = {}
        self._found: dict[Place, Cell] = {}

    def begin(self) -> None:
        """Look which cells are there, say what is to come, and open the page of the grid."""
        self._store.sweep()
        for place in walk(self.lengths, self._nesting):
            self._look_up(place)
        missing = [place for place in walk(self.lengths, self._nesting) if place not in self._found]
        switches = count_switches(missing, [axis.option.cost for axis in self._axes])
        estimate_s = self._estimate_s(missing)
        labels = [tuple(axis.labels) for axis in self._axes]
        x, y, z = (GridAxis(axis.option.label, titles) for axis, titles in zip(self._axes, labels))
        seed = None if self._choices.no_fixed_seeds else int(self._p.seed)
        sheet = GridSheet(str(self._p.prompt)[:500], (x, y, z), (self._p.width, self._p.height), self._nesting,
                          estimate_s, switches, seed)
        self._writer = self._book.begin(self._job, sheet)
        self._p.comment(announce(sheet.total, len(self._found), switches, estimate_s))
        passes = 2 if getattr(self._p, "enable_hr", False) else 1
        shared.state.job_count = max(len(missing), 1) * self._p.n_iter * passes

    def prepare(self, place: Place) -> Any:
        """Return the ``p`` of a cell. Raises: whatever an axis says about a value."""
        p = own_copy(self._p)
        if self._choices.no_fixed_seeds and getattr(p, "seed_was_random", False):
            p.seed = -1
        for number, axis in enumerate(self._axes):
            axis.option.apply(p, axis.values[place[number]], axis.values)
        p.seed = self._seed(p.seed, place)
        p.subseed = self._chance(p.subseed, f"variation/{place}")
        return p

    def cell(self, x: Any, y: Any, z: Any, ix: int, iy: int, iz: int) -> Any:
        """Return the ``Processed`` of a cell: without pictures where it failed or somebody stopped the run."""
        place = (ix, iy, iz)
        if place in self._found:
            return self._take_found(place)
        if shared.state.interrupted or shared.state.stopping_generation:
            return processing.Processed(self._p, [], self._p.seed, "")
        number = ix + iy * self.lengths[X] + iz * self.lengths[X] * self.lengths[Y]
        shared.state.job = f"{number + 1} out of {self.lengths[X] * self.lengths[Y] * self.lengths[Z]}"
        started = time.perf_counter()
        try:
            p = self.prepare(place)
            processed = processing.process_images(p)
        except Exception as error:  # a cell must not cost the others
            return self._fail(place, error)
        seconds = time.perf_counter() - started
        if processed.images and not (shared.state.interrupted or shared.state.skipped):
            self._keep(place, processed, seconds)
            self._paces.learn(_model_of(p), _effort(p), seconds)
        return processed

    def end(self) -> None:
        self._paces.write()

    def _estimate_s(self, missing: Sequence[Place]) -> float | None:
        """Return how long cells take, where the pace of all their models is known."""
        total = 0.0
        for place in missing[:MOST_ESTIMATED]:
            try:
                p = self.prepare(place)
            except Exception:  # it will fail in no time
                continue
            seconds = self._paces.estimate_s(_model_of(p), _effort(p))
            if seconds is None:
                return None
            total += seconds
        return total * len(missing) / max(min(len(missing), MOST_ESTIMATED), 1)

    def _look_up(self, place: Place) -> None:
        try:
            p = self.prepare(place)
            identity = p.identity()
        except Exception:  # the cell will say what is wrong when its turn comes
            return
        if identity is None:
            return
        foreign = [[axis.option.label, str(axis.values[place[number]])] for number, axis in enumerate(self._axes)
                   if not getattr(axis.option, "own", False)]
        self._keys[place] = hashlib.sha256(json.dumps([identity, foreign]).encode()).hexdigest()
        cell = self._store.find(self._keys[place])
        if cell is not None:
            self._found[place] = cell

    def _take_found(self, place: Place) -> Any:
        cell = self._found[place]
        facts = cell.facts
        self._writer.note(GridCell(place, "found", self._keys[place]))
        return processing.Processed(
            self._p, [cell.open()], facts.seed, facts.infotext, facts.subseed, [facts.prompt],
            [facts.negative_prompt], [facts.seed], [facts.subseed], infotexts=[facts.infotext])

    def _keep(self, place: Place, processed: Any, seconds: float) -> None:
        key = self._keys.get(place) or hashlib.sha256(f"{self._job}/{place}".encode()).hexdigest()
        facts = CellFacts(processed.infotexts[0], processed.all_prompts[0], processed.all_negative_prompts[0],
                          int(processed.all_seeds[0]), int(processed.all_subseeds[0]))
        try:
            self._store.keep(key, processed.images[0], facts)
            self._writer.note(GridCell(place, "made", key, seconds=seconds))
        except Exception as error:  # a full disk must not cost the sheet
            errors.display(error, "keeping a cell")
            self._p.comment(f"A cell could not be kept for later: {error}")

    def _fail(self, place: Place, error: Exception) -> Any:
        titles = ", ".join(filter(None, (axis.labels[place[number]] for number, axis in enumerate(self._axes))))
        errors.display(error, f"making the cell {titles}")
        message = str(error) or type(error).__name__
        self._p.comment(f"The cell {titles} failed: {message[:300]}")
        self._writer.note(GridCell(place, "failed", error=message[:2000]))
        processed = processing.Processed(self._p, [], self._p.seed, "")
        processed.error = message
        return processed

    def _seed(self, seed: int, place: Place) -> int:
        """Move the seed along the axes on which it varies."""
        seed = self._chance(seed, f"seed/{place}")
        x, y, z = self._choices.vary_seeds_x, self._choices.vary_seeds_y, self._choices.vary_seeds_z
        across = self.lengths[X] if x else 1
        return seed + x * place[X] + y * place[Y] * across + z * place[Z] * across * (self.lengths[Y] if y else 1)

    def _chance(self, seed: Any, what: str) -> int:
        """Return a seed; the place of -1 takes one that is the same when the job is run again."""
        return int(seed) if seed not in (None, "", -1) else chance(f"{self._chances}/{what}")


class SharedSettingsStackHelper:
    """Puts back what axes of extensions may have changed for everybody, and the model that was loaded."""

    KEYS = ("CLIP_stop_at_last_layers", "sd_vae", "uni_pc_order")

    def __enter__(self) -> SharedSettingsStackHelper:
        self._values = {key: getattr(shared.opts, key) for key in self.KEYS}
        return self

    def __exit__(self, exc_type: object, exc_value: object, tb: object) -> None:
        for key, value in self._values.items():
            if getattr(shared.opts, key) != value:
                shared.opts.data[key] = value
        sd_models.reload_model_weights()
        sd_vae.reload_vae_weights()


def _model_of(p: Any) -> str:
    return str(p.override_settings.get("sd_model_checkpoint") or shared.opts.sd_model_checkpoint)


def _effort(p: Any) -> float:
    """Return about how much is computed for a cell. Units: sampling steps times megapixels."""
    pictures = p.n_iter * p.batch_size
    effort = p.steps * p.width * p.height / 1e6
    if getattr(p, "enable_hr", False):
        enlarged = (p.hr_resize_x or p.hr_resize_y) / max(p.width, 1) or p.hr_scale
        second = (p.hr_second_pass_steps or p.steps) * (p.denoising_strength or 1)
        effort += second * p.width * p.height / 1e6 * enlarged**2
    elif getattr(p, "init_images", None):
        effort *= max(p.denoising_strength or 1, 1 / max(p.steps, 1))
    return effort * pictures


def announce(total: int, found: int, switches: int, estimate_s: float | None) -> str:
    parts = [f"{total} cells" if total != 1 else "1 cell"]
    if found:
        parts.append(f"{found} of them made before")
    if switches:
        parts.append(f"{switches} model switch{'es' if switches > 1 else ''}")
    if estimate_s and found < total:
        parts.append(f"about {in_words(estimate_s)}")
    return f"{TITLE}: {', '.join(parts)}."
