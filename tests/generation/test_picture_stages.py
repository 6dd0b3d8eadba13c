"""Pictures from pictures: what stays, what is made new, what is said and kept beside it."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.size import Size
from modules.generation.events import Comment, ImageFinished, Progress
from modules.generation.outpainting import canvas_of, growth_steps
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest, Outpainting, SoftInpainting
from modules.generation.run_context import RunContext
from modules.generation.surroundings import Surroundings
from modules.settings.values import Settings

QUICK = {"prompt": "a castle", "seed": 3, "steps": 2, "sampler_name": "Euler", "checkpoint": "tiny-sd1.safetensors"}


@pytest.fixture
def keep(tiny_bench):
    """Hand in a picture; return its id."""

    def keep(image: Image.Image) -> str:
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return tiny_bench.pictures.keep(buffer.getvalue())

    return keep


@pytest.fixture
def make(tiny_bench, tmp_path):
    """Run a request; return its events."""
    numbers = itertools.count()

    def make(settings=None, stop=None, **values):
        saving = {name: str(tmp_path / "pictures") for name in ("outdir_samples", "outdir_grids")}
        around = Surroundings(Settings().with_values({**saving, "outdir_init_images": str(tmp_path / "init"),
                                                      **(settings or {})}), tiny_bench, {})
        events, cancellation = [], Cancellation()

        def listen(event):
            events.append(event)
            if stop:
                stop(event, cancellation)

        made = plan(GenerationRequest(**{**QUICK, **values}), around)
        run(made, tiny_bench, RunContext(listen, cancellation, {}, f"stage{next(numbers)}"))
        return events

    return make


def pictures(events, kind="image"):
    return [event.image for event in events if isinstance(event, ImageFinished) and event.kind == kind]


def comments(events):
    return " ".join(event.text for event in events if isinstance(event, Comment))


def noisy(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def square_mask(width, height, box):
    mask = Image.new("L", (width, height))
    mask.paste(255, box)
    return mask


@pytest.mark.parametrize("only_masked", [False, True])
@pytest.mark.parametrize("content", [0, 1, 2, 3])
def test_what_is_not_masked_comes_back_bit_by_bit(make, keep, only_masked, content):
    original, mask = noisy(96, 64), square_mask(96, 64, (32, 16, 64, 48))
    events = make(init_images=(keep(original),), mask=keep(mask), mask_blur_x=0, mask_blur_y=0, width=96, height=64,
                  inpaint_full_res=only_masked, inpaint_full_res_padding=8, inpainting_fill=content)
    before, after, inside = np.asarray(original), np.asarray(pictures(events)[0]), np.asarray(mask) > 0
    assert np.array_equal(before[~inside], after[~inside])
    assert (before[inside] != after[inside]).any()


def test_soft_inpainting_leaves_the_far_side_alone(make, keep):
    original, mask = noisy(96, 64), square_mask(96, 64, (0, 0, 24, 64))
    events = make(init_images=(keep(original),), mask=keep(mask), width=96, height=64, mask_blur_x=8, mask_blur_y=8,
                  soft_inpainting=SoftInpainting(), denoising_strength=0.9)
    difference = np.abs(np.asarray(original, dtype=int) - np.asarray(pictures(events)[0], dtype=int)).mean(axis=(0, 2))
    assert difference[:16].mean() > difference[-16:].mean()


def test_a_batch_is_what_its_pictures_are_alone(make, keep):
    first, second = keep(noisy(64, 64, 1)), keep(noisy(64, 64, 2))
    together = pictures(make(init_images=(first, second), batch_size=2, width=64, height=64))
    alone = [pictures(make(init_images=(one,), width=64, height=64, seed=3 + number))[0]
             for number, one in enumerate((first, second))]
    assert [np.asarray(image).tolist() for image in together] == [np.asarray(image).tolist() for image in alone]


def test_a_blank_mask_is_said_and_the_picture_made_anyway(make, keep):
    events = make(init_images=(keep(noisy(64, 64)),), mask=keep(Image.new("L", (64, 64))), inpaint_full_res=True)
    assert "mask is blank" in comments(events) and len(pictures(events)) == 1


def test_a_mask_of_another_size_is_stretched_and_said(make, keep):
    events = make(init_images=(keep(noisy(64, 64)),), mask=keep(square_mask(32, 32, (8, 8, 24, 24))))
    assert "The mask is 32x32 and was stretched to the picture's 64x64." in comments(events)


def test_the_mask_and_the_masked_part_are_shown_when_asked_for(make, keep):
    events = make({"return_mask": True, "return_mask_composite": True}, init_images=(keep(noisy(64, 64)),),
                  mask=keep(square_mask(64, 64, (8, 8, 24, 24))))
    assert len(pictures(events, "mask")) == 1
    assert pictures(events, "mask composite")[0].mode == "RGBA"


def test_stages_in_between_are_kept_when_asked_for(make, keep, tmp_path):
    make({"img2img_color_correction": True, "save_images_before_color_correction": True, "save_init_img": True},
         init_images=(keep(noisy(64, 64)),))
    names = sorted(path.name for path in (tmp_path / "pictures").rglob("*.png"))
    assert [name.removeprefix("0000") for name in names] == ["0-3-before-color-correction.png", "1-3.png"]
    assert len(list((tmp_path / "init").glob("*.png"))) == 1
    make({"save_images_before_highres_fix": True}, width=64, height=64, enable_hr=True, hr_scale=1.5)
    assert list((tmp_path / "pictures").rglob("*-before-highres-fix.png"))


def test_the_size_of_the_picture_is_taken_where_none_is_asked_for(make, keep):
    assert pictures(make(init_images=(keep(noisy(72, 48)),)))[0].size == (72, 48)
    assert pictures(make(init_images=(keep(noisy(72, 48)),), resize_by=1.5))[0].size == (104, 72)


def test_latents_are_resized_where_that_is_the_mode(make, keep):
    assert pictures(make(init_images=(keep(noisy(64, 64)),), resize_mode=3, width=96, height=128))[0].size == (96, 128)


@pytest.mark.parametrize("fill", ["noise", "edge", "mirror"])
def test_outpainting_keeps_the_picture_and_adds_to_it(make, keep, fill):
    original = noisy(64, 64)
    events = make(init_images=(keep(original),), width=64, height=64,
                  outpainting=Outpainting(left=24, down=16, fill=fill, mask_blur=0))
    made = pictures(events)[0]
    assert made.size == (88, 80)
    assert np.array_equal(np.asarray(made.crop((24, 0, 88, 64)))[:62, 2:], np.asarray(original)[:62, 2:])
    text = next(event.infotext for event in events if isinstance(event, ImageFinished))
    assert "Outpaint: left 24 down 16" in text


def test_outpainting_mends_seams_and_counts_every_pass(make, keep):
    events = make(init_images=(keep(noisy(61, 64)),), width=64, height=64, denoising_strength=0.9,
                  outpainting=Outpainting(up=8, seam_pass=True))
    assert pictures(events)[0].size == (61, 72)
    shares = [event.fraction for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares) and shares[-1] == 1


def test_a_refiner_takes_over_and_is_told(make):
    alone = pictures(make(width=64, height=64, steps=4))[0]
    events = make(width=64, height=64, steps=4, refiner_checkpoint="tiny-sd1-b", refiner_switch_at=0.5)
    text = next(event.infotext for event in events if isinstance(event, ImageFinished))
    assert "Refiner: tiny-sd1-b [" in text and "Refiner switch at: 0.5" in text
    assert not np.array_equal(np.asarray(alone), np.asarray(pictures(events)[0]))
    assert np.array_equal(np.asarray(alone), np.asarray(pictures(make(width=64, height=64, steps=4))[0]))


def test_hires_may_have_a_checkpoint_of_its_own(make):
    events = make(width=64, height=64, enable_hr=True, hr_scale=1.5, hr_checkpoint_name="tiny-sd1-b",
                  hr_upscaler="Latent (nearest)", hr_second_pass_steps=2)
    text = next(event.infotext for event in events if isinstance(event, ImageFinished))
    assert "Hires checkpoint: tiny-sd1-b [" in text and "Model: tiny-sd1," in text
    assert pictures(events)[0].size == (96, 96)


def test_a_finished_picture_can_be_enlarged(make, keep):
    events = make(width=64, height=64, enable_hr=True, hr_upscaler="Lanczos", firstpass_image=keep(noisy(64, 64)),
                  denoising_strength=0.3)
    assert pictures(events)[0].size == (128, 128)


def test_latent_hires_with_an_inpainting_model(make):
    events = make(checkpoint="tiny-sd1-inpainting", width=64, height=64, enable_hr=True, hr_scale=1.5)
    assert pictures(events)[0].size == (96, 96)


def test_tiling_joins_opposite_edges_and_ends_with_the_job(make):
    plain = np.asarray(pictures(make(width=64, height=64))[0], dtype=int)
    tiled = np.asarray(pictures(make(width=64, height=64, tiling=True))[0], dtype=int)
    assert np.abs(tiled[:, 0] - tiled[:, -1]).mean() < np.abs(plain[:, 0] - plain[:, -1]).mean()
    assert np.array_equal(plain, np.asarray(pictures(make(width=64, height=64))[0], dtype=int))


def test_networks_that_are_missing_are_said(make):
    events = make(prompt="a castle <lora:nowhere:1> <hypernet:nothing> <what:ever>", width=64, height=64)
    said = comments(events)
    assert "no LoRA named 'nowhere'" in said and "no hypernetwork named 'nothing'" in said and "<what:…>" in said


def test_networks_go_with_the_job(make):
    plain = np.asarray(pictures(make(width=64, height=64))[0])
    changed = np.asarray(pictures(make(prompt="a castle <lora:tiny-lora:1>", width=64, height=64))[0])
    assert not np.array_equal(plain, changed)
    assert np.array_equal(plain, np.asarray(pictures(make(width=64, height=64))[0]))


def test_network_tags_can_be_turned_off(make):
    plain = np.asarray(pictures(make(prompt="a castle ", width=64, height=64))[0])
    events = make(prompt="a castle <lora:tiny-lora:1>", width=64, height=64, disable_extra_networks=True)
    assert np.array_equal(plain, np.asarray(pictures(events)[0]))


@pytest.mark.parametrize(("values", "error", "words"), [
    ({"init_images": ("0" * 40,)}, NotFoundError, "not there any more"),
    ({"init_images": ("../../etc/passwd",)}, InvalidRequestError, "must be the id of a picture"),
    ({"mask": "0" * 40}, InvalidRequestError, "no picture for the mask"),
    ({"denoising_strength": 1.5}, InvalidRequestError, "from 0 to 1"),
    ({"denoising_strength": -0.1}, InvalidRequestError, "from 0 to 1"),
    ({"enable_hr": True, "hr_upscaler": "Magic"}, InvalidRequestError, "no upscaler 'Magic'"),
    ({"enable_hr": True, "hr_scale": 16, "width": 2048, "height": 2048}, InvalidRequestError, "megapixels"),
    ({"init_images": ("0" * 40, "1" * 40)}, InvalidRequestError, "batch size is 1"),
    ({"init_images": ("0" * 40,), "outpainting": Outpainting()}, InvalidRequestError, "No side"),
    ({"init_images": ("0" * 40,), "outpainting": Outpainting(left=8, fill="magic")}, InvalidRequestError, "fill"),
    ({"init_images": ("0" * 40,), "outpainting": Outpainting(left=9999)}, InvalidRequestError, "outpainting.left"),
    ({"init_images": ("0" * 40,), "soft_inpainting": SoftInpainting(mask_blend_power=-1)}, InvalidRequestError,
     "soft_inpainting.mask_blend_power"),
])
def test_what_cannot_be_made_is_refused(make, values, error, words):
    with pytest.raises(error, match=words):
        make(**values)


def test_init_images_keep_what_they_say_of_themselves(make, tiny_bench):
    info, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_text("parameters", "a house")
    noisy(64, 64).save(buffer, "PNG", pnginfo=info)
    name = tiny_bench.pictures.keep(buffer.getvalue())
    assert tiny_bench.pictures.open(name).info["parameters"] == "a house"
    assert tiny_bench.pictures.path(name).read_bytes() == buffer.getvalue()


@pytest.mark.parametrize(("width", "left"), [(128, 72), (129, 64), (128, 136), (96, 8)])
def test_outpainting_never_ends_with_a_sliver(width, left):
    canvas = canvas_of(Size(width, 64), Outpainting(left=left))
    steps = [growth.pixels for growth in growth_steps(canvas, Size(128, 128))]
    assert sum(steps) == canvas.size.width - width
    assert max(steps) <= 64 and max(steps) - min(steps) <= 1


def test_a_batch_is_parted_where_wildcards_choose_other_networks(make):
    events = make(prompt="a cat <lora:{tiny-lora|tiny-lora2}:1>", width=64, height=64, batch_size=4)
    texts = [event.infotext for event in events if isinstance(event, ImageFinished) and event.kind == "image"]
    names = {text.split("<lora:")[1].split(":")[0] for text in texts}
    assert names == {"tiny-lora", "tiny-lora2"}, "the seeds of this test choose both"
    for text in texts:
        name = text.split("<lora:")[1].split(":")[0]
        assert f'Lora hashes: "{name}: ' in text


def test_networks_that_were_refused_are_not_told(make):
    events = make(prompt="a cat <lora:tiny-xl-lora:1>", width=64, height=64)
    text = next(event.infotext for event in events if isinstance(event, ImageFinished))
    assert "was not used" in comments(events) and "Lora hashes" not in text
