"""Making a grid: what its cells are, how it goes on where it was cut short, what happens to bad ones."""

from __future__ import annotations

import re

import pytest

from modules.artefacts.parsing import parse_infotext
from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.generation.events import Preview, Progress
from modules.jobs.job import Failure
from modules.plugins.grids.record import GRIDS_FOLDER, GridBook

NOTHING = (0, "", [])
STEPS, SEED, CFG, REPLACE, CHECKPOINT, UPSCALER, SIZE = 4, 1, 6, 7, 11, 28, 41
LONE = (True, True, False, False, False, False, False, 0, False)


@pytest.fixture(autouse=True)
def no_cells(scripted):
    """Every test begins without cells."""
    import shutil

    shutil.rmtree(scripted.bench.data_folder / "cache", ignore_errors=True)


@pytest.fixture
def grid(scripted):
    """Make a grid; return what was shown. ``made`` counts the cells that were not found."""
    def grid(*axes, options=LONE, **about):
        listen, cancellation = about.pop("listen", lambda event: None), about.pop("cancellation", None)
        settings = about.pop("settings", None)
        args = [value for axis in (*axes, *[NOTHING] * (3 - len(axes))) for value in axis]
        request = scripted.request("X/Y/Z plot", *args, *options, **about)
        return scripted.run(request, settings=settings, listen=listen, cancellation=cancellation)

    return grid


@pytest.fixture
def record(scripted):
    book = GridBook(scripted.bench.data_folder / GRIDS_FOLDER)
    return lambda: book.read("job")


def states(record):
    return [cell.state for cell in record().cells]


def seeds(shown):
    return [event.seed for event in shown if event.kind == "image"]


def test_the_infotext_of_the_sheet_says_how_it_was_made(grid):
    shown = grid((SEED, "1, 2", []), (STEPS, "1-2", []), (REPLACE, '"a castle", tower', []),
                 options=(True, False, True, False, False, False, False, 0, False))
    assert [event.kind for event in shown] == ["grid"] * 3
    fields = parse_infotext(shown[0].infotext).fields
    assert {key: fields[key] for key in fields if key[:1] in "XYZ" or key in ("Script", "Fixed X Values")} == {
        "Script": "X/Y/Z plot", "X Type": "Seed", "X Values": "1, 2", "Fixed X Values": "1, 2", "Y Type": "Steps",
        "Y Values": "1-2", "Z Type": "Prompt S/R", "Z Values": '"a castle", tower'}
    assert "Z Type" not in shown[1].infotext and shown[2].infotext.startswith("tower")
    assert shown[0].infotext.endswith("Version: v1.10.1") and "Seed: 1" in shown[0].infotext


@pytest.mark.parametrize(("vary", "expected"), [
    ((False, False, False), [10] * 8),
    ((True, False, False), [10, 11] * 4),
    ((True, True, False), [10, 11, 12, 13] * 2),
    ((False, True, True), [10, 10, 11, 11, 12, 12, 13, 13]),
    ((True, True, True), list(range(10, 18))),
])
def test_seeds_vary_along_the_axes_that_are_chosen(scripted, vary, expected):
    from modules.processing import StableDiffusionProcessingTxt2Img
    from scripts.xyz.axes import list_axes
    from scripts.xyz.choices import GridChoices, read_axis
    from scripts.xyz.grid_run import GridRun

    nothing, cfg = list_axes()[0], next(axis for axis in list_axes() if axis.label == "CFG Scale")
    axes = [read_axis(cfg, "1,2", [], False) for _ in range(3)]
    run = GridRun(StableDiffusionProcessingTxt2Img(seed=10, subseed=1), axes, GridChoices.of([1, 0, 0, 0, *vary]))
    assert [run.prepare((x, y, z)).seed for z in range(2) for y in range(2) for x in range(2)] == expected
    assert read_axis(nothing, "1,2", [], False).values == [0]


def test_random_seeds_of_an_axis_are_the_same_when_the_job_is_run_again(grid, record):
    first = seeds(grid((SEED, "-1,-1,7", []), seed=-1, steps=1))
    assert len(set(first)) == 3 and first[2] == 7 and -1 not in first
    assert seeds(grid((SEED, "-1,-1,7", []), seed=-1, steps=1)) == first
    assert states(record) == ["found"] * 3


def test_kept_random_seeds_differ_from_cell_to_cell(grid):
    keep = (True, True, False, True, False, False, False, 0, False)
    found = seeds(grid((CFG, "1,2,3", []), options=keep, seed=-1, steps=1))
    assert len(set(found)) == 3
    assert seeds(grid((CFG, "1,2,3", []), options=keep, seed=-1, steps=1)) == found


def test_a_longer_axis_makes_only_what_is_new(grid, record):
    before = grid((SEED, "1,2", []), (STEPS, "1,2", []))
    after = grid((SEED, "1-3", []), (STEPS, "1,2", []))
    assert sorted(states(record)) == ["found"] * 4 + ["made"] * 2
    assert after[1].image.tobytes() == before[1].image.tobytes() and after[1].infotext == before[1].infotext


def test_all_bad_values_are_named_before_anything_is_made(grid):
    made = []
    with pytest.raises(InvalidRequestError) as error:
        grid((CHECKPOINT, "", ["tiny-sd1", "nonsense", "rubbish"]), (STEPS, "0, x, 3", []), (SIZE, "64x64, wide", []),
             listen=made.append)
    for words in ("X axis, Checkpoint name: Unknown checkpoint: nonsense", "Unknown checkpoint: rubbish", "'x' is not",
                  "Y axis, Steps", "Z axis, Size: Invalid size: wide"):
        assert words in str(error.value)
    assert not [event for event in made if isinstance(event, (Progress, Preview))]


@pytest.mark.parametrize(("axis", "options", "said"), [
    ((SEED, "", []), LONE, "X axis, Seed: there is no value"),
    ((STEPS, "abc", []), LONE, "'abc' is not a whole number"),
    ((STEPS, -3, []), LONE, "X axis, Steps: steps must be"),
    ((999, "1", []), LONE, "There is no axis '999'. There are: Nothing, Seed"),
    (([4], "1", []), LONE, "There is no axis"),
    ((STEPS, "1", []), (*LONE[:-2], "wide", False), "number of pixels, not 'wide'")])
def test_values_that_make_no_grid_are_refused_as_such(grid, axis, options, said):
    with pytest.raises(InvalidRequestError, match=re.escape(said)) as refused:
        grid(axis, options=options)
    assert refused.value.field == "script_args"
    assert Failure.from_error(refused.value).kind == "InvalidRequestError", "by this name the API answers 422"


def test_a_bad_cell_says_why_and_the_others_are_made(grid, record, scripted):
    shown = grid((REPLACE, "a castle, a tower", []), (REPLACE, "castle, ship", []), steps=1)
    failed = [cell for cell in record().cells if cell.state == "failed"]
    assert [cell.place for cell in failed] == [(1, 0, 0), (1, 1, 0)]
    assert "Prompt S/R did not find castle" in failed[0].error
    assert any("a tower, castle failed: Prompt S/R" in text for text in scripted.comments)
    assert len(seeds(shown)) == 2
    corner = shown[0].image.crop((shown[0].image.width - 60, shown[0].image.height - 60, *shown[0].image.size))
    assert (254, 242, 242) in {colour for _, colour in corner.getcolors(9999)}


def test_where_every_cell_fails_the_job_does(grid, monkeypatch):
    from modules import processing

    def fail(p):
        raise RuntimeError("no more memory")

    monkeypatch.setattr(processing, "process_images", fail)
    with pytest.raises(WebUIError, match="No cell of the grid could be made"):
        grid((SEED, "1,2", []))


def test_a_stopped_grid_keeps_its_cells_and_goes_on_with_the_others(grid, record):
    cancellation = Cancellation()

    def stop(event):
        if isinstance(event, Preview) and len(record().cells) >= 1:
            cancellation.stop_after_batch()

    stopped = grid((SEED, "1-4", []), steps=1, listen=stop, cancellation=cancellation)
    done = len(record().cells)
    assert 1 <= done < 4 and len(seeds(stopped)) == done
    assert stopped[0].image.getpixel((stopped[0].image.width - 5, stopped[0].image.height - 5)) == (0, 0, 0)
    grid((SEED, "1-4", []), steps=1)
    assert sorted(states(record)) == ["found"] * done + ["made"] * (4 - done)


def test_the_dearest_axis_is_outermost_and_progress_covers_the_grid(grid, record, scripted):
    seen = []
    grid((CHECKPOINT, "", ["tiny-sd1", "tiny-sd1-b"]), (SEED, "1,2", []), steps=1, listen=seen.append)
    assert [cell.place for cell in record().cells] == [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)]
    assert record().sheet.switches == 1 and record().sheet.axes[0].titles == ("tiny-sd1", "tiny-sd1-b")
    fractions = [event.fraction for event in seen if isinstance(event, Progress)]
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1, abs=.01)
    assert any(text.startswith("X/Y/Z plot: 4 cells, 1 model switch") for text in scripted.comments)


def test_the_time_is_known_from_what_was_made_before(grid, record):
    grid((SEED, "1", []))
    assert record().sheet.estimate_s is None
    grid((SEED, "2-5", []))
    assert record().sheet.estimate_s > 0


def test_a_sheet_beyond_the_limit_is_made_smaller(grid, scripted, monkeypatch):
    from modules import shared

    monkeypatch.setitem(shared.opts.data, "img_max_size_mp", 0.02)
    shown = grid((SEED, "1-3", []), steps=1)
    assert shown[0].image.width * shown[0].image.height < 20_000
    assert [event.image.size for event in shown[1:]] == [(64, 64)] * 3
    assert any("too large" in text for text in scripted.comments)


def test_plugins_see_the_axes(grid):
    from modules import shared

    grid((SEED, "1,2", []), (STEPS, "1", []), steps=1)
    assert shared.state.xyz_plot_x.axis.label == "Seed" and shared.state.xyz_plot_x.values == [1, 2]
    assert shared.state.xyz_plot_z.values == [0]


def test_csv_mode_takes_typed_values_for_axes_with_choices(grid, record):
    csv = (*LONE[:8], True)
    grid((9, "Euler, DDIM", ["Heun"]), options=csv, steps=1)
    assert record().sheet.axes[0].titles == ("Euler", "DDIM")


def test_grids_are_saved_with_their_infotext(grid, scripted):
    from PIL import Image

    shown = grid((SEED, "1,2", []), steps=1, settings={"grid_save": True, "grid_format": "png"})
    files = list(scripted.bench.data_folder.rglob("xyz_grid-*.png"))
    assert [Image.open(file).info["parameters"] for file in files] == [shown[0].infotext]
    assert shown[0].path == files[0]
