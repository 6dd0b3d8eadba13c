"""The included model draws what the prompt says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modules.foundation.size import Size
from modules.generation.bench_builder import ModelPlaces, build_bench
from modules.generation.events import ImageFinished
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest, Outpainting
from modules.generation.run_context import RunContext
from modules.hardware.placement import CPU_PLACEMENT
from modules.imaging.png import encode_png
from modules.settings.values import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    places = ModelPlaces.under(ROOT / "models")
    places = replace(places, networks=replace(places.networks, embeddings=(ROOT / "embeddings",)))
    return build_bench(places, tmp_path_factory.mktemp("crayon"), CPU_PLACEMENT, "test")


@pytest.fixture(scope="module")
def paint(bench):
    """Make pictures."""

    def paint(prompt: str, **values) -> list[Image.Image]:
        pictures = []
        settings = Settings().with_values({"samples_save": False, "return_grid": False, "grid_save": False})
        values = {"seed": 1, "steps": 20, "cfg_scale": 5, "sampler_name": "Euler a", "checkpoint": "crayon-v1",
                  "override_settings": {"randn_source": "CPU"}, **values}
        made = plan(GenerationRequest(prompt=prompt, **values), bench.surroundings(settings, {}))
        run(made, bench,
            RunContext(lambda event: pictures.append(event.image) if isinstance(event, ImageFinished) else None))
        return pictures

    return paint


@pytest.fixture(scope="module")
def draw(paint):
    """Draw a batch of four; return its mean colour per picture. Shapes: [4, 3]."""
    return lambda prompt: np.stack([colours(picture).mean((0, 1)) for picture in paint(prompt, batch_size=4)])


@pytest.fixture(scope="module")
def house(paint, bench):
    """A red house, and its id in the picture store."""
    picture = paint("a red house on grass", seed=5)[0]
    return picture, bench.pictures.keep(encode_png(picture))


def colours(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"), float)


def test_it_is_small_and_says_its_size(bench):
    entry = bench.choose("crayon-v1")
    assert entry.path.stat().st_size <= 40 * 2**20
    assert bench.native_size(entry) == Size(128, 128)


def test_red_is_redder_and_blue_is_bluer(draw):
    red, blue = draw("a red house"), draw("a blue house")
    assert (red[:, 0] - red[:, 2]).mean() > (blue[:, 0] - blue[:, 2]).mean() + 10


def test_night_is_darker_than_day(draw):
    assert draw("a yellow star at night").mean() < draw("a yellow star on a sunny day").mean() - 20


def test_a_house_becomes_a_tree_where_it_is_masked(paint, house, bench):
    picture, name = house
    mask = Image.new("L", picture.size)
    mask.paste(255, (24, 32, 104, 112))
    made = paint("a green tree on grass", init_images=(name,), mask=bench.pictures.keep(encode_png(mask)),
                 mask_blur_x=0, mask_blur_y=0, denoising_strength=1.0)[0]
    inside = np.asarray(mask) > 0
    assert np.array_equal(colours(picture)[~inside], colours(made)[~inside])
    before, after = colours(picture)[inside].mean(0), colours(made)[inside].mean(0)
    assert after[1] - after[0] > before[1] - before[0] + 30, "greener than it was"


def test_a_picture_grows_to_the_left_without_a_seam(paint, house):
    picture, name = house
    grown = colours(paint("a red house on grass", init_images=(name,), denoising_strength=0.9, width=128, height=128,
                          outpainting=Outpainting(left=128, mask_blur=2))[0])
    assert grown.shape == (128, 256, 3)
    steps = np.abs(np.diff(grown, axis=1)).mean((0, 2))
    around = np.r_[steps[96:120], steps[136:160]]
    assert steps[124:132].max() < 2 * around.max(), "no column changes more at the seam than beside it"
    assert np.array_equal(grown[:, 128 + 48:], colours(picture)[:, 48:])


@pytest.mark.parametrize(("prompt", "expected"), [
    ("a red house, crayon-night", "dark"), ("a red house <hypernet:crayon-sunset:1>", "dark"),
    ("a red house <lora:crayon-snow:1>", "snow")])
def test_the_included_networks_move_the_scene(paint, prompt, expected):
    before, after = (colours(paint(text, seed=2)[0]) for text in ("a red house", prompt))
    if expected == "dark":
        assert after[:40].mean() < before[:40].mean() - 30, "the sky is darker"
    else:
        ground = np.s_[-16:, :16, 2]
        assert after[ground].mean() > before[ground].mean() + 30, "sand has become white"
