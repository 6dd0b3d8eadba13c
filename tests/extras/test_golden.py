"""Pictures that A1111 v1.10.1 made over its extras API."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).parents[1] / "fixtures" / "extras"
JOBS = {job["name"]: job for job in json.loads((FOLDER / "jobs.json").read_text())}


@pytest.mark.parametrize("name", JOBS)
def test_pictures_are_those_of_a1111(name, bench, do):
    job = JOBS[name]
    values = dict(job["payload"])
    given = values.pop("imageList", None) or [{"data": values.pop("image"), "name": ""}]
    images = [bench.pictures.keep((FOLDER / "inputs" / entry["data"].removeprefix("input:")).read_bytes())
              for entry in given]
    heard = do(images=images, names=[entry["name"] for entry in given], **values)
    assert len(heard.finished) == len(job["files"])
    for event, file in zip(heard.finished, job["files"]):
        expected = np.asarray(Image.open(FOLDER / "pictures" / file).convert("RGB"), dtype=np.int16)
        made = np.asarray(Image.open(event.path), dtype=np.int16)
        assert made.shape == expected.shape
        assert np.mean(np.abs(made - expected) <= 2) >= 0.999
        assert np.abs(made - expected).mean() <= 0.1
