import csv
import zipfile
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.filename_patterns import PictureFacts
from modules.artefacts.naming import Destination
from modules.artefacts.saving import SaveOptions
from modules.artefacts.selection import LOG_COLUMNS, SelectedPicture, SelectionOptions, append_log, save_selection

FACTS = PictureFacts(prompt='a "cat",\nred', negative_prompt="bad", seed=7, job_seeds=(7, 8), batch_size=2, steps=20,
                     cfg=7.5, sampler="Euler", model_name="m", model_hash="abc",
                     saved=datetime(2024, 1, 2, tzinfo=timezone.utc))
PICTURES = [SelectedPicture(Image.new("RGB", (8, 9), colour), EmbeddedText(f"seed {seed}"), replace(FACTS, seed=seed))
            for colour, seed in (("red", 7), ("blue", 8))]
PLAIN = SelectionOptions()


def rows(folder):
    with open(folder / "log.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def flat(folder):
    return Destination(folder, use_subfolder=False)


def test_all_pictures_are_saved_and_the_first_is_logged(tmp_path):
    saved = save_selection(PICTURES, flat(tmp_path), SaveOptions(), PLAIN)
    save_selection(PICTURES[1:], flat(tmp_path), SaveOptions(), PLAIN)
    first = saved.artefacts[0].path.name
    assert first.startswith("00000-7-") and saved.artefacts[1].path.name.startswith("00001-8-")
    assert rows(tmp_path)[0] == {
        "prompt": 'a "cat",\nred', "seed": "7", "width": "8", "height": "9", "sampler": "Euler", "cfgs": "7.5",
        "steps": "20", "filename": first, "negative_prompt": "bad", "sd_model_name": "m", "sd_model_hash": "abc"}
    assert [row["seed"] for row in rows(tmp_path)] == ["7", "8"]


def test_a_zip_holds_pictures_and_texts_and_never_replaces_another(tmp_path):
    options = SelectionOptions(make_zip=True)
    results = [save_selection(PICTURES, flat(tmp_path), SaveOptions(save_txt=True), options) for _ in range(2)]
    names = [result.zip_path.name for result in results]
    assert names[0].endswith("_[m]_7-8.zip") and names[1] == names[0].replace(".zip", "-1.zip")
    for result in results:
        with zipfile.ZipFile(result.zip_path) as archive:
            expected = [path.name for saved in result.artefacts for path in (saved.path, saved.text_path)]
            assert archive.namelist() == expected and archive.testzip() is None


@pytest.mark.parametrize("pictures, selection", [([], PLAIN), (PICTURES, SelectionOptions(write_log=False))])
def test_nothing_to_log(tmp_path, pictures, selection):
    saved = save_selection(pictures, flat(tmp_path), SaveOptions(), selection)
    assert len(saved.artefacts) == len(pictures) and not (tmp_path / "log.csv").exists()


@pytest.mark.parametrize("old, columns", [
    ("", LOG_COLUMNS),
    ("prompt,seed\r\nold,1\r\n", LOG_COLUMNS),
    ("\ufeffprompt,seed\nold,1", LOG_COLUMNS),
    ("mine,seed\nold,1\n", ("mine", "seed")),
])
def test_an_older_log_is_continued(tmp_path, old, columns):
    (tmp_path / "log.csv").write_text(old, "utf-8")
    append_log(tmp_path / "log.csv", {"prompt": "new", "seed": 2})
    assert tuple(rows(tmp_path)[0]) == columns
    assert [row["seed"] for row in rows(tmp_path)] == (["1", "2"] if old else ["2"])
