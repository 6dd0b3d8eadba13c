"""``modules.images`` and ``modules.masking`` as scripts use them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.scripts.conftest import loaded, script_host, scripted  # noqa: F401  (fixtures)

INFO = "a cat\nSteps: 5, Seed: 7"


def noise(width, height, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def images(scripted):  # noqa: F811
    from modules import images

    return images


@pytest.fixture
def callbacks():
    from modules import script_callbacks

    added = []

    def add(kind, function):
        getattr(script_callbacks, f"on_{kind}")(function)
        added.append(function)

    yield add
    for function in added:
        script_callbacks.remove_callbacks_for_function(function)


def test_a_saved_picture_carries_its_infotext_and_remembers_its_file(images, tmp_path):
    picture = noise(8, 8)
    path, text_path = images.save_image(picture, str(tmp_path), "x", 7, "a cat", "png", info=INFO, save_to_dirs=False)
    assert (path, text_path, picture.already_saved_as) == (str(tmp_path / "x-0000-7-a cat.png"), None, path)
    assert images.read_info_from_image(Image.open(path)) == (INFO, {})
    assert images.get_next_sequence_number(str(tmp_path), "x") == 1


@pytest.mark.parametrize("values, name", [
    ({"short_filename": True}, "x-0000.png"), ({"forced_filename": "mine"}, "mine.png"),
    ({"suffix": "-mask"}, "x-0000-7-a cat-mask.png"), ({"extension": "jpg"}, "x-0000-7-a cat.jpg"),
    ({"save_to_dirs": True, "no_prompt": True}, None),
])
def test_names_follow_the_arguments(images, tmp_path, values, name):
    values = {"seed": 7, "prompt": "a cat", "save_to_dirs": False, **values}
    path = Path(images.save_image(noise(8, 8), str(tmp_path), "x", **values)[0])
    assert path.name == name if name else path.parent.parent == tmp_path


def test_callbacks_change_what_is_saved_and_hear_of_it(images, tmp_path, callbacks):
    heard = []

    def before(params):
        params.image, params.pnginfo["parameters"] = Image.new("RGB", (4, 4), "red"), "changed"
        params.filename = str(tmp_path / "other.png")

    callbacks("before_image_saved", before)
    callbacks("image_saved", lambda params: heard.append((params.filename, params.p)))
    p = SimpleNamespace(prompt="a cat", steps=5)
    path, _ = images.save_image(noise(8, 8), str(tmp_path), "", 7, "a cat", info=INFO, p=p)
    assert path == str(tmp_path / "other.png") and heard == [(path, p)]
    saved = Image.open(path)
    assert (saved.size, saved.info["parameters"]) == ((4, 4), "changed")


def test_patterns_know_p(images):
    p = SimpleNamespace(prompt="x", steps=5, cfg_scale=7.0, sampler_name="Euler a", styles=[], batch_size=2, n_iter=1,
                        batch_index=1, iteration=0, all_seeds=[7, 8])
    names = images.FilenameGenerator(p, 8, "a cat, blue", None)
    assert names.apply("[seed]-[steps]-[sampler]-[prompt_words]-[batch_number]-[nonsense]") == (
        "8-5-Euler a-a cat blue-2-[nonsense]")


@pytest.mark.parametrize("count, rows, size", [(4, None, (16, 16)), (3, 1, (24, 8)), (5, 2, (24, 16))])
def test_grids(images, count, rows, size):
    assert images.image_grid([noise(8, 8)] * count, rows=rows).size == size


def test_callbacks_change_a_grid(images, callbacks):
    def one_row(params):
        params.cols, params.rows = len(params.imgs), 1

    callbacks("image_grid", one_row)
    assert images.image_grid([noise(8, 8)] * 4).size == (32, 8)


def test_tiles_can_be_replaced_and_put_together(images):
    picture = noise(40, 40)
    grid = images.split_grid(picture, 16, 16, 4)
    assert (grid.tile_count, grid.image_w, [row[0] for row in grid.tiles]) == (9, 40, [0, 12, 24])
    assert images.combine_grid(grid).tobytes() == picture.tobytes()
    for _, _, row in grid.tiles:
        for tile in row:
            tile[2] = Image.new("RGB", (16, 16), "blue")
    assert images.combine_grid(grid).getcolors() == [(1600, (0, 0, 255))]


def test_legends_take_annotations_and_prompts(images):
    grid = images.image_grid([noise(64, 64)] * 4)
    titles = [[images.GridAnnotation("a")], [images.GridAnnotation("b", is_active=False)]]
    assert images.draw_grid_annotations(grid, 64, 64, titles, [[images.GridAnnotation()]] * 2).width == 128
    assert images.draw_prompt_matrix(grid, 64, 64, ["all", "one", "two"], margin=4).width == 128 + 48 + 4


def test_fonts_come_in_every_size(images):
    assert images.get_font(20).getlength("abc") > images.get_font(10).getlength("abc") > 0


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_resizing(images, mode):
    assert images.resize_image(mode, noise(20, 10), 40, 40, upscaler_name="Nearest").size == (40, 40)


def test_an_unknown_upscaler_is_named_with_those_there_are(images):
    with pytest.raises(Exception, match=r"no upscaler named Wishful.*Lanczos"):
        images.resize_image(0, noise(8, 8), 16, 16, upscaler_name="Wishful")


def test_pictures_and_texts_give_their_infotext(images, tmp_path):
    images.save_image_with_geninfo(noise(8, 8), INFO, str(tmp_path / "x.png"))
    assert images.image_data((tmp_path / "x.png").read_bytes()) == (INFO, None)
    assert images.image_data(b"Steps: 5") == ("Steps: 5", None)
    assert images.read(tmp_path / "x.png").size == (8, 8)
    assert images.flatten(Image.new("RGBA", (2, 2), (0, 0, 0, 0)), "#00ff00").getpixel((0, 0)) == (0, 255, 0)


def test_regions_of_masks():
    from modules import masking

    mask = Image.new("L", (128, 128))
    mask.paste(255, (48, 40, 104, 88))
    region = masking.get_crop_region(mask, 16)
    assert region == (32, 24, 120, 104)
    assert masking.expand_crop_region(region, 128, 128, 128, 128) == (32, 20, 120, 108)
    assert masking.get_crop_region(np.asarray(mask)) == (48, 40, 104, 88)
    assert masking.get_crop_region_v2(Image.new("L", (8, 8))) is None
    assert masking.fill(noise(128, 128), mask).size == (128, 128)
