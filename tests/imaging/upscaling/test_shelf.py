import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError, ModelFileError, NotFoundError
from modules.foundation.size import Size
from modules.imaging.upscaling import shelf as shelf_module
from modules.imaging.upscaling.entry import Tiling
from modules.imaging.upscaling.known import KNOWN_UPSCALERS
from modules.imaging.upscaling.shelf import UpscalerShelf, destination_size, plan_passes, upscaler_folders

from .conftest import CPU, compact, difference, picture

WHOLE = Tiling(0, 0)


def test_resizers_come_first_and_the_rest_is_sorted_whatever_the_case(put, shelf):
    for place in ("ESRGAN/zeta.pth", "ESRGAN/Alpha.pt", "SwinIR/beta.safetensors", "RealESRGAN/.hidden.pth",
                  "ESRGAN/notes.txt", "ESRGAN/deep/er/gamma.pth"):
        put(place)
    shelf.refresh()
    assert shelf.names == ["None", "Lanczos", "Nearest", "Alpha", "beta", "gamma", "zeta"]


def test_a_name_stands_for_one_file_only(put, shelf):
    first, second = put("ESRGAN/same.pth"), put("DAT/Same.pth")
    shelf.refresh()
    assert [entry.path for entry in shelf.entries[3:]] == [first, second]
    assert len(set(map(str.lower, shelf.names))) == len(shelf.names)
    assert shelf.find("same").path == first


@pytest.mark.parametrize("known", KNOWN_UPSCALERS, ids=lambda known: known.label)
def test_well_known_files_bear_the_names_of_a1111(known, put, shelf):
    with pytest.raises(NotFoundError, match="not installed") as refused:
        shelf.find(known.label)
    assert known.files[0] in refused.value.remedy and f"models/{known.kind}" in refused.value.remedy
    assert known.label not in shelf.names
    for file in known.files:
        path = put(f"{known.kind}/{file}")
        shelf.refresh()
        assert shelf.names[3:] == [known.label]
        for name in (known.label, known.label.lower(), path.stem, path.name, *known.aliases):
            assert shelf.find(name).path == path
        path.unlink()


def test_an_unknown_name_is_answered_with_those_there_are(put, shelf):
    put("ESRGAN/mine.pth")
    shelf.refresh()
    with pytest.raises(NotFoundError, match="no upscaler named 9x") as refused:
        shelf.find("9x")
    assert "None, Lanczos, Nearest, mine" in refused.value.remedy


def test_links_back_to_a_folder_above_end_somewhere(put, models, shelf):
    put("ESRGAN/a.pth")
    (models / "ESRGAN" / "loop").symlink_to(models / "ESRGAN", target_is_directory=True)
    shelf.refresh()
    assert shelf.names[3:] == ["a"]


@pytest.mark.parametrize("size, scale, expected", [
    ((96, 64), 2, (192, 128)), ((100, 63), 2, (200, 120)), ((100, 100), 1, (96, 96)), ((33, 17), 1.5, (48, 24)),
    ((512, 768), 0.5, (256, 384)), ((96, 64), 2.5, (240, 160)),
])
@pytest.mark.parametrize("name", ["None", "Lanczos", "Nearest"])
def test_sides_are_multiples_of_8(name, size, scale, expected, shelf):
    assert shelf.upscale(picture(*size), name, scale, WHOLE).size == expected


def test_nothing_is_made_smaller_than_8_pixels():
    with pytest.raises(InvalidRequestError, match="nothing would be left"):
        destination_size(Size(100, 7), 1)


@pytest.mark.parametrize("scale, factor, expected", [
    (4, 4, [64]), (2, 4, [64]), (5, 4, [64, 256]), (8, 2, [64, 128, 256]), (99, 2, [64, 128, 256]), (2, 1, [64]),
    (1, 2, [64]),
])
def test_a_network_is_applied_until_the_picture_is_large_enough(scale, factor, expected):
    target = destination_size(Size(64, 64), scale)
    assert plan_passes(Size(64, 64), target, factor) == [Size(side, side) for side in expected]


@pytest.mark.parametrize("job, second, share", [("two_upscalers", "Nearest", 0.5), ("to_size_nocrop", None, 0)])
def test_plain_resizing_is_a1111s(job, second, share, shelf, fixtures):
    folder = fixtures / "upscaling"
    image = Image.open(folder / "a96x64.png").convert("RGB")
    scale = 2.5 if second is None else 2
    enlarged = shelf.upscale(image, "Lanczos", scale, WHOLE)
    if second:
        enlarged = Image.blend(enlarged, shelf.upscale(image, second, scale, WHOLE), share)
    assert difference(enlarged, Image.open(folder / f"extras.{job}-0.png")).max() == 0


@pytest.fixture(scope="session")
def tiny_shelf(tiny_models):
    return UpscalerShelf(upscaler_folders(tiny_models), CPU)


def test_esrgan_twice_over_gives_a1111s_picture(tiny_shelf, fixtures):
    folder = fixtures / "upscaling"
    image = Image.open(folder / "a96x64.png").convert("RGB")
    enlarged = tiny_shelf.upscale(image, "tiny-esrgan-2x", 3, Tiling())
    assert difference(enlarged, Image.open(folder / "esrgan.extras_2x-0.png")).max() <= 1


def test_esrgan_over_many_tiles_gives_a1111s_picture(tiny_shelf, fixtures):
    folder = fixtures / "upscaling"
    image = Image.open(folder / "a160x128.png").convert("RGB")
    learned, resized = (tiny_shelf.upscale(image, name, 8, Tiling()) for name in ("tiny-esrgan-2x", "Lanczos"))
    part = Image.blend(learned, resized, 0.3).crop((512, 384, 800, 640))
    assert difference(part, Image.open(folder / "esrgan.extras_2x_big-crop.png")).max() <= 1


def test_a_scale_of_1_lets_a_network_clean_the_picture_once(put, shelf):
    put("ScuNET/clean.safetensors", scale=1)
    shelf.refresh()
    image, calls = picture(48, 32), []
    cleaned = shelf.upscale(image, "clean", 1, Tiling(), on_tile=lambda *count: calls.append(count))
    assert cleaned.size == image.size and len(calls) == 2 and difference(cleaned, image).max() > 0


def test_making_smaller_asks_no_network(put, shelf):
    put("ESRGAN/x.safetensors", {"nonsense": torch.zeros(1)})
    shelf.refresh()
    assert shelf.upscale(picture(64, 64), "x", 0.5, Tiling()).size == (32, 32)


@pytest.mark.parametrize("kind", ["ESRGAN", "SwinIR"])
@pytest.mark.parametrize("tile", [0, 16, 40])
def test_progress_counts_every_tile_of_every_pass(kind, tile, put, shelf):
    put(f"{kind}/x.safetensors", scale=2)
    shelf.refresh()
    told = []
    shelf.upscale(picture(40, 24), "x", 4, Tiling(tile, 8), on_tile=lambda *count: told.append(count))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, total in told} == {len(told)}


def test_kinds_may_have_tiles_of_their_own(put, shelf):
    for kind in ("ESRGAN", "DAT"):
        put(f"{kind}/{kind}.safetensors")
    shelf.refresh()
    tiling, counts = Tiling(0, 0, (("DAT", 16, 4), ("SwinIR", 8, 0))), {}
    for name in ("ESRGAN", "DAT"):
        shelf.upscale(picture(40, 16), name, 4, tiling,
                      on_tile=lambda done, total, name=name: counts.update({name: total}))
    assert counts == {"ESRGAN": 1, "DAT": 3}


def test_stopping_between_tiles_gives_the_resized_picture(put, shelf):
    put("ESRGAN/x.safetensors")
    shelf.refresh()
    cancellation, told = Cancellation(), []

    def stop_after_two(done, total):
        told.append(done)
        if done == 2:
            cancellation.interrupt()

    image = picture(64, 64)
    enlarged = shelf.upscale(image, "x", 4, Tiling(24, 8), on_tile=stop_after_two, cancellation=cancellation)
    assert told == [1, 2]
    assert difference(enlarged, image.resize((256, 256), Image.Resampling.LANCZOS)).max() == 0


def test_transparency_is_kept_and_the_colours_are_those_of_the_opaque_picture(put, shelf):
    put("ESRGAN/x.safetensors")
    shelf.refresh()
    image = picture(32, 24, "RGBA")
    enlarged = shelf.upscale(image, "x", 4, Tiling())
    assert enlarged.mode == "RGBA" and enlarged.size == (128, 96)
    alpha = image.getchannel("A").resize((128, 96), Image.Resampling.LANCZOS)
    assert enlarged.getchannel("A").tobytes() == alpha.tobytes()
    opaque = shelf.upscale(image.convert("RGB"), "x", 4, Tiling())
    assert enlarged.convert("RGB").tobytes() == opaque.tobytes()


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA"])
def test_other_kinds_of_pictures_are_enlarged_too(mode, put, shelf):
    put("ESRGAN/x.safetensors")
    shelf.refresh()
    assert shelf.upscale(picture(24, 16).convert(mode), "x", 4, Tiling()).size == (96, 64)


def test_a_file_that_could_not_be_loaded_is_tried_again(put, shelf):
    path = put("ESRGAN/x.pth")
    whole = path.read_bytes()
    shelf.refresh()
    path.write_bytes(whole[:len(whole) // 2])
    for _ in range(2):
        with pytest.raises(ModelFileError):
            shelf.upscale(picture(16, 16), "x", 4, Tiling())
    path.write_bytes(whole)
    assert shelf.upscale(picture(16, 16), "x", 4, Tiling()).size == (64, 64)


def test_a_file_that_is_gone_is_explained(put, shelf):
    path = put("ESRGAN/x.pth")
    shelf.refresh()
    path.unlink()
    with pytest.raises(NotFoundError, match="not there any more"):
        shelf.upscale(picture(16, 16), "x", 4, Tiling())


@pytest.fixture
def loads(monkeypatch):
    """The files that were read, in order."""
    read, load = [], shelf_module.load_upscaler
    monkeypatch.setattr(shelf_module, "load_upscaler", lambda path, *rest, **more: (
        read.append(path.stem), load(path, *rest, **more))[1])
    return read


def test_the_networks_used_last_stay_in_memory(put, shelf, loads):
    for name in "abc":
        put(f"ESRGAN/{name}.safetensors")
    shelf.refresh()
    for name in "aababca":
        shelf.upscale(picture(16, 16), name, 4, Tiling())
    assert loads == ["a", "b", "c", "a"]
    shelf.release()
    shelf.upscale(picture(16, 16), "a", 4, Tiling())
    assert loads[-1] == "a" and len(loads) == 5


def test_a_file_that_was_replaced_is_read_again(put, shelf, loads):
    put("ESRGAN/a.safetensors")
    shelf.refresh()
    before = shelf.upscale(picture(16, 16), "a", 4, Tiling())
    put("ESRGAN/a.safetensors", compact(2, seed=1))
    after = shelf.upscale(picture(16, 16), "a", 4, Tiling())
    assert len(loads) == 2 and difference(before, after).max() > 0


def test_two_threads_share_one_network(put, shelf, loads):
    put("ESRGAN/a.safetensors")
    shelf.refresh()
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(
        shelf.upscale(picture(24, 24), "a", 4, Tiling(16, 4)).tobytes())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["a"] and len(made) == 4 and len(set(made)) == 1


def test_pixels_survive_the_way_to_a_tensor_and_back():
    from modules.imaging.upscaling.pixels import to_image, to_tensor

    image = picture(20, 10)
    pixels = to_tensor(image)
    assert pixels.shape == (1, 3, 10, 20)
    assert np.allclose(pixels[0, 0], np.asarray(image)[..., 2] / 255)
    assert to_image(pixels).tobytes() == image.tobytes()
    assert to_image(torch.full((1, 3, 1, 1), 2.0)).getpixel((0, 0)) == (255, 255, 255)
    assert to_image(torch.full((1, 3, 1, 1), 100.6 / 255)).getpixel((0, 0)) == (101, 101, 101)


def test_a_picture_from_a_file_is_as_good_as_any(put, shelf):
    put("ESRGAN/a.safetensors")
    shelf.refresh()
    stored = io.BytesIO()
    picture(16, 16).save(stored, "PNG")
    assert shelf.upscale(Image.open(stored), "a", 4, Tiling()).size == (64, 64)
