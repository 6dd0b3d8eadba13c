"""The included model draws what the prompt says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modules.foundation.size import Size
from modules.generation.bench_builder import ModelPlaces, build_bench
from modules.generation.events import ImageFinished
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.hardware.placement import CPU_PLACEMENT
from modules.settings.values import Settings

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return build_bench(ModelPlaces.under(MODELS), tmp_path_factory.mktemp("crayon"), CPU_PLACEMENT, "test")


@pytest.fixture(scope="module")
def draw(bench):
    """Draw a batch of four; return its mean colour per picture. Shapes: [4, 3]."""

    def draw(prompt: str) -> np.ndarray:
        pictures = []
        settings = Settings().with_values({"samples_save": False, "return_grid": False, "grid_save": False})
        request = GenerationRequest(prompt=prompt, seed=1, steps=20, cfg_scale=5, sampler_name="Euler a", batch_size=4,
                                    checkpoint="crayon-v1", override_settings={"randn_source": "CPU"})
        run(plan(request, bench.surroundings(settings, {})), bench,
            RunContext(lambda event: pictures.append(event.image) if isinstance(event, ImageFinished) else None))
        return np.stack([np.asarray(picture, float).mean((0, 1)) for picture in pictures])

    return draw


def test_it_is_small_and_says_its_size(bench):
    entry = bench.choose("crayon-v1")
    assert entry.path.stat().st_size <= 40 * 2**20
    assert bench.native_size(entry) == Size(128, 128)


def test_red_is_redder_and_blue_is_bluer(draw):
    red, blue = draw("a red house"), draw("a blue house")
    assert (red[:, 0] - red[:, 2]).mean() > (blue[:, 0] - blue[:, 2]).mean() + 10


def test_night_is_darker_than_day(draw):
    assert draw("a yellow star at night").mean() < draw("a yellow star on a sunny day").mean() - 20
