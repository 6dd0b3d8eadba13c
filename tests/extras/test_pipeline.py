from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError
from modules.generation.events import Progress
from tests.extras.conftest import Ear, png

DOUBLE = {"upscaler_1": "Lanczos", "upscaling_resize": 2}
PARAMETERS = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Seed: 5, Size: 64x48"
DONE = "Postprocess upscale by: 2, Postprocess upscaler: Lanczos"


def test_results_are_numbered_and_say_what_was_done(bench, do, tmp_path):
    picture = bench.pictures.keep(png(parameters=PARAMETERS, Author="me"))
    first, second = do(images=[picture], **DOUBLE).finished[0], do(images=[picture], **DOUBLE).finished[0]
    folder = tmp_path / "outputs" / "extras-images"
    assert (first.path, second.path) == (folder / "00000.png", folder / "00001.png")
    saved = Image.open(first.path)
    assert saved.size == (128, 96)
    assert saved.info == {"Author": "me", "parameters": PARAMETERS, "postprocessing": DONE, "extras": DONE}
    assert first.infotext == f"{PARAMETERS}, {DONE}"


def test_formats_with_one_text_carry_both(bench, do):
    from modules.artefacts.metadata import read_picture_text
    from modules.foundation.size import Size

    picture = bench.pictures.keep(png(parameters=PARAMETERS))
    path = do(images=[picture], settings={"samples_format": "webp"}, **DOUBLE).finished[0].path
    assert path.suffix == ".webp"
    assert read_picture_text(Image.open(path).info, Size(1, 1)).infotext == f"{PARAMETERS}, {DONE}"


def test_nothing_is_embedded_where_that_is_off(bench, do):
    picture = bench.pictures.keep(png(parameters=PARAMETERS))
    assert Image.open(do(images=[picture], settings={"enable_pnginfo": False}, **DOUBLE).finished[0].path).info == {}


def test_several_pictures_keep_their_names_and_never_replace_one(bench, do, tmp_path):
    images = [bench.pictures.keep(png(color=color)) for color in ("red", "blue")]
    for _ in range(2):
        do(images=images, names=["cat.jpg", "cat.png"], **DOUBLE)
    names = sorted(path.name for path in (tmp_path / "outputs" / "extras-images").iterdir())
    assert names == ["cat-1.png", "cat-2.png", "cat-3.png", "cat.png"]


def test_numbers_instead_of_names_where_the_setting_says_so(bench, do):
    heard = do(images=[bench.pictures.keep(png())], names=["cat.jpg"], settings={"use_original_name_batch": False})
    assert heard.finished[0].path.name == "00000.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, of which one is broken, and something else."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(png())
    (folder / "broken.png").write_bytes(png((500, 500))[:300])
    (folder / "notes.txt").write_text("x")
    (folder / "z.png").write_bytes(png(color="blue"))
    return folder


def test_a_folder_becomes_a_folder(do, folder, tmp_path):
    for _ in range(2):
        heard = do(input_dir=str(folder), output_dir="out", **DOUBLE)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "z.png"]
    assert any(text.startswith("broken.png was left out: This picture is damaged") for text in heard.comments)
    assert f"2 pictures are in {tmp_path / 'out'}." in heard.comments
    assert [event.index for event in heard.finished] == [0, 2000]


def test_originals_are_never_replaced(do, folder):
    before = (folder / "a.png").read_bytes()
    do(input_dir=str(folder), output_dir=str(folder), **DOUBLE)
    assert (folder / "a.png").read_bytes() == before
    assert Image.open(folder / "a-1.png").size == (128, 96)


def test_results_can_stay_unlisted(do, folder):
    assert {event.kind for event in do(input_dir="in", show_extras_results=False, **DOUBLE).finished} == {"unlisted"}


def test_a_job_of_broken_pictures_fails(bench, do, folder):
    for name in ("a.png", "z.png"):
        (folder / name).unlink()
    with pytest.raises(InvalidRequestError, match="damaged"):
        do(input_dir="in", **DOUBLE)


def test_only_missing_pictures_are_made_again(do, folder, tmp_path):
    (folder / "broken.png").unlink()
    first = do(input_dir="in", output_dir="out", **DOUBLE).finished
    again = do(finished={0: first[0].path}, input_dir="in", output_dir="out", **DOUBLE)
    assert [event.index for event in again.finished] == [1000]
    assert not do(finished={event.index: event.path for event in first}, input_dir="in", output_dir="out",
                  **DOUBLE).finished


def test_the_rest_of_several_results_is_made(bench, do):
    flips = {"flipped_copies": {"option": ["Horizontal", "Vertical"]}}
    images = [bench.pictures.keep(png()), bench.pictures.keep(png(color="blue"))]
    first = do(images=images, names=["a.png", "b.png"], **flips).finished
    assert [event.path.name for event in first] == ["a.png", "a-1.png", "a-2.png", "b.png", "b-1.png", "b-2.png"]
    done = {event.index: event.path for event in first[:4]}
    assert [event.index for event in do(finished=done, images=images, **flips).finished] == [1001, 1002]


def test_debug_pictures_are_named_and_left_alone_by_later_operations(bench, do):
    heard = do(images=[bench.pictures.keep(png((200, 50)))], names=["a.png"], resize_mode=1, upscaling_resize_w=40,
               upscaling_resize_h=40, upscale_enabled=False, focal_crop={"debug": True}, flipped_copies={})
    assert [event.path.name for event in heard.finished] == ["a.png", "a-1.png", "a-focal-crop-debug.png"]
    assert [event.image.size for event in heard.finished] == [(40, 40), (40, 40), (160, 40)]


def test_pieces_go_through_later_operations(bench, do):
    heard = do(images=[bench.pictures.keep(png((400, 100)))], resize_mode=1, upscaling_resize_w=64,
               upscaling_resize_h=64, upscale_enabled=False, split_oversized={"overlap_ratio": 0.0}, flipped_copies={})
    assert [event.image.size for event in heard.finished] == [(64, 64)] * 8


def test_transparency_stays(bench, do):
    picture = bench.pictures.keep(png(mode="RGBA", color=(255, 0, 0, 100)))
    made = Image.open(do(images=[picture], upscaler_1="Lanczos", upscaler_2="Nearest",
                         extras_upscaler_2_visibility=0.5).finished[0].path)
    assert made.mode == "RGBA" and made.getpixel((5, 5)) == (255, 0, 0, 100)


def test_a_fitting_colour_profile_stays(bench, do):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG", icc_profile=profile)
    for extension in ("png", "jpg", "webp"):
        made = do(images=[bench.pictures.keep(buffer.getvalue())], settings={"samples_format": extension}, **DOUBLE)
        assert Image.open(made.finished[0].path).info["icc_profile"] == profile


@pytest.mark.parametrize(("mode", "format_name"), [("CMYK", "JPEG"), ("P", "GIF"), ("I;16", "PNG"), ("1", "BMP"),
                                                   ("LA", "PNG"), ("L", "JPEG")])
def test_pictures_of_every_kind_are_worked_on(bench, do, mode, format_name):
    buffer = io.BytesIO()
    Image.new(mode, (64, 48)).save(buffer, format_name)
    heard = do(images=[bench.pictures.keep(buffer.getvalue())], **DOUBLE)
    assert Image.open(heard.finished[0].path).size == (128, 96)


def test_of_an_animation_the_first_picture_is_taken(bench, do):
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "blue", "green")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100)
    made = do(images=[bench.pictures.keep(buffer.getvalue())], **DOUBLE).finished
    assert len(made) == 1 and made[0].image.getpixel((9, 9)) in ((254, 0, 0), (255, 0, 0))


def test_unkept_results_go_where_they_are_swept_away(bench, do, tmp_path):
    path = do(images=[bench.pictures.keep(png())], save_images=False, **DOUBLE).finished[0].path
    assert path.parent == tmp_path / "cache" / "unsaved" / "job"


def noise(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


TILED = {"upscaler_1": "tiny-esrgan-2x", "override_settings": {"ESRGAN_tile": 32, "ESRGAN_tile_overlap": 8}}


def test_progress_counts_tiles_and_pictures_and_never_falls(bench, do):
    heard = do(images=[bench.pictures.keep(noise(size)) for size in ((64, 64), (64, 40))], upscaler_2="tiny-esrgan-4x",
               extras_upscaler_2_visibility=0.5, upscaling_resize=1, **TILED)
    progress = [event for event in heard.events if isinstance(event, Progress)]
    done = [event.done_steps for event in progress]
    assert done == sorted(done) and progress[-1].fraction == 1.0
    assert {(event.step, event.steps) for event in progress if event.batch == 0} >= {(1, 9), (9, 9)}
    assert {event.batches for event in progress} == {2}


@pytest.mark.parametrize(("order", "finished"), [("interrupt", []), ("skip", [1000]), ("stop_after_batch", [0])])
def test_a_picture_can_be_stopped_between_tiles(bench, do, order, finished):
    cancellation, tiles = Cancellation(), []

    def stop(event: object) -> None:
        if isinstance(event, Progress) and event.batch == 0 and event.step:
            tiles.append(event.step)
            if event.step == 2:
                getattr(cancellation, order)()

    heard = do(ear=Ear(on_event=stop), cancellation=cancellation, **TILED,
               images=[bench.pictures.keep(noise(size)) for size in ((64, 64), (33, 33))])
    assert [event.index for event in heard.finished] == finished
    assert order == "stop_after_batch" or tiles == [1, 2]


def test_an_enlarged_picture_is_not_enlarged_again(bench, do):
    picture = bench.pictures.keep(noise((64, 64)))
    do(images=[picture], **TILED)
    again = do(images=[picture], flipped_copies={}, **TILED)
    assert not [event for event in again.events if isinstance(event, Progress) and event.steps]
