"""Every family makes pictures, with the inputs and the words that are its own."""

from __future__ import annotations

import io

import pytest
import torch
from PIL import Image

from modules.engine.residency import prepare_model_libraries
from modules.foundation.cancellation import Cancellation
from modules.foundation.size import Size
from modules.generation.bench_builder import ModelPlaces, build_bench
from modules.generation.events import Comment, ImageFinished
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.surroundings import Surroundings
from modules.hardware.placement import CPU_PLACEMENT
from modules.sampling.conditioning import Branch, Context, GuidanceInput
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.guidance import ImageConditioning
from modules.sampling.noise import NoiseSettings, NoiseSource
from modules.sampling.options import SamplingOptions
from modules.sampling.sample import SamplingTask, sample
from modules.settings.values import Settings

SMALL = {"prompt": "make it a castle", "seed": 3, "steps": 2, "sampler_name": "Euler", "width": 64, "height": 64}


@pytest.fixture(scope="module")
def bench(family_file, tmp_path_factory):
    models = family_file("sd1").parents[1]
    return build_bench(ModelPlaces.under(models), tmp_path_factory.mktemp("data"), CPU_PLACEMENT, "test")


@pytest.fixture
def make(bench, family_file, tmp_path):
    """Make pictures with a family's small checkpoint; return them and what was said."""

    def make(family: str, *others: str, picture: Image.Image | None = None, settings=None, **values):
        for name in (family, *others):
            family_file(name)
        bench.catalog.refresh()
        if picture is not None:
            picture.save(data := io.BytesIO(), "PNG")
            values["init_images"] = (bench.pictures.keep(data.getvalue()),)
        around = Surroundings(Settings().with_values({"outdir_samples": str(tmp_path), "outdir_grids": str(tmp_path),
                                                      **(settings or {})}), bench, {})
        events: list = []
        request = GenerationRequest(**{**SMALL, "checkpoint": f"{family}.safetensors", **values})
        run(plan(request, around), bench, RunContext(events.append, Cancellation(), {}, "test"))
        return ([event for event in events if isinstance(event, ImageFinished)],
                " ".join(event.text for event in events if isinstance(event, Comment)))

    return make


def drawn(color: str = "red") -> Image.Image:
    picture = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    picture.paste(color, (8, 8, 30, 40))
    return picture


@pytest.mark.parametrize("family", ["sd1", "sd2", "sd2-inpainting", "sdxl", "sdxl-inpainting", "sdxl-refiner"])
def test_text_to_image(make, family: str):
    [made], _ = make(family)
    assert made.image.size == (64, 64) and made.image.getextrema() != ((0, 0),) * 3
    assert f"Model: {family}" in made.infotext


@pytest.mark.parametrize(("family", "words"), [("sd1-edit", "changes pictures"), ("sd2-depth", "how far away"),
                                               ("sdxl-refiner", "is a refiner")])
def test_a_model_that_wants_a_picture_works_without_and_says_so(make, family: str, words: str):
    [made], said = make(family)
    assert made.image.size == (64, 64) and words in said


@pytest.mark.parametrize("family", ["sd1-edit", "sdxl-edit"])
def test_an_edit_model_sees_the_picture_it_changes(make, family: str):
    strength = {"denoising_strength": 1.0, "image_cfg_scale": 1.5}
    [red], said = make(family, picture=drawn("red"), **strength)
    [blue], _ = make(family, picture=drawn("blue"), **strength)
    [freer], _ = make(family, picture=drawn("red"), denoising_strength=1.0, image_cfg_scale=1.0)
    assert "Image CFG scale: 1.5" in red.infotext and not said
    assert len({made.image.tobytes() for made in (red, blue, freer)}) == 3


def test_only_edit_models_tell_an_image_cfg_scale(make):
    [made], _ = make("sd1", picture=drawn(), image_cfg_scale=1.5)
    assert "Image CFG scale" not in made.infotext


def test_a_batch_of_edits_equals_its_pictures(make):
    values = {"picture": drawn(), "image_cfg_scale": 1.5, "settings": {"randn_source": "CPU"}}
    both, _ = make("sd1-edit", batch_size=2, **values)
    [alone], _ = make("sd1-edit", **{**values, "seed": 4})
    second = next(made for made in both if made.kind == "image" and made.seed == 4)
    assert second.image.tobytes() == alone.image.tobytes()


def test_a_depth_model_follows_the_shape_of_the_picture(make):
    values = {"denoising_strength": 1.0}
    flat = Image.new("RGB", (64, 64), "grey")
    [one], _ = make("sd2-depth", picture=drawn(), **values)
    [other], _ = make("sd2-depth", picture=flat, **values)
    assert one.image.tobytes() != other.image.tobytes()
    [wide], _ = make("sd2-depth", picture=drawn().resize((96, 64)), **{**values, "width": 96})
    assert wide.image.size == (96, 64)


def test_the_second_pass_of_an_edit_model_sees_the_first(make):
    [made], _ = make("sd1-edit", enable_hr=True, hr_scale=1.5, denoising_strength=0.9)
    assert made.image.size == (96, 96)


def test_a_refiner_takes_over_and_is_told_both_scores(make):
    values = {"steps": 4, "refiner_checkpoint": "sdxl-refiner.safetensors", "refiner_switch_at": 0.5,
              "negative_prompt": "blurry"}
    [made], _ = make("sdxl", "sdxl-refiner", **values)
    assert "Refiner: sdxl-refiner [" in made.infotext and "Refiner switch at: 0.5" in made.infotext
    for score in ("sdxl_refiner_high_aesthetic_score", "sdxl_refiner_low_aesthetic_score"):
        [other], _ = make("sdxl", "sdxl-refiner", **values, settings={score: 9.5})
        assert other.image.tobytes() != made.image.tobytes(), score


def test_a_refiner_takes_over_from_a_model_that_sees_a_mask(make):
    [made], _ = make("sdxl-inpainting", "sdxl-refiner", steps=4, refiner_checkpoint="sdxl-refiner.safetensors",
                     refiner_switch_at=0.5)
    assert made.image.size == (64, 64)


def test_clip_skip_acts_on_sdxl_only_where_asked(make):
    [usual], _ = make("sdxl")
    [skipped], _ = make("sdxl", clip_skip=2)
    [first], _ = make("sdxl", clip_skip=1, settings={"sdxl_clip_l_skip": True})
    [second], _ = make("sdxl", clip_skip=2, settings={"sdxl_clip_l_skip": True})
    assert usual.image.tobytes() == skipped.image.tobytes() == second.image.tobytes() != first.image.tobytes()


def test_marks_of_velocity_and_zero_terminal_snr_change_the_picture(make, family_file, family_recipes, bench):
    [plain], _ = make("sdxl")
    tensors = family_recipes.fill(family_recipes.tables(small=True)["sdxl"])
    for mark in ("v_pred", "ztsnr"):
        path = family_file("sdxl").with_name(f"marked-{mark}.safetensors")
        family_recipes.save_file({**tensors, mark: torch.zeros(0)}, path)
        bench.catalog.refresh()
        [marked], _ = make("sdxl", checkpoint=f"marked-{mark}.safetensors")
        assert marked.image.tobytes() != plain.image.tobytes(), mark


def test_a_distilled_model_asked_for_too_much_says_what_it_wants(make, family_file, bench):
    path = family_file("sd1").with_name("dream-lcm.safetensors")
    path.write_bytes(family_file("sd1").read_bytes())
    bench.catalog.refresh()
    _, said = make("sd1", checkpoint=path.name)
    assert "distilled one (LCM), which draws best with LCM, about 6 steps and a CFG scale of 1.5" in said
    _, said = make("sd1", checkpoint=path.name, cfg_scale=1.5)
    assert not said


@torch.inference_mode()
def test_editing_agrees_with_the_pipeline_of_diffusers(family_file):
    """InstructPix2Pix from pure noise, step by step as diffusers makes it."""
    prepare_model_libraries()
    from diffusers import EulerDiscreteScheduler, StableDiffusionInstructPix2PixPipeline

    from modules.engine.loading import load_model
    from modules.engine.model_files import ModelFiles

    model = load_model(ModelFiles(family_file("sd1-edit")), CPU_PLACEMENT)
    generator = torch.Generator().manual_seed(9)
    text, negative = (torch.randn(77, 64, generator=generator) for _ in range(2))
    pixels = torch.rand(1, 3, 64, 64, generator=generator) * 2 - 1
    noise = NoiseSource([5], (4, 8, 8), CPU_PLACEMENT.device, settings=NoiseSettings(source="CPU"))

    theirs = StableDiffusionInstructPix2PixPipeline(
        vae=model.autoencoder, unet=model.unet, text_encoder=None, tokenizer=None,
        scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                                         timestep_spacing="linspace"),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    theirs.set_progress_bar_config(disable=True)
    expected = theirs(
        image=pixels, prompt_embeds=text[None], negative_prompt_embeds=negative[None], latents=noise.first().clone(),
        num_inference_steps=4, guidance_scale=7.0, image_guidance_scale=1.5, output_type="latent").images

    def predict(x, timestep, cross, vector, concat, owners):
        return model.predict(x, timestep, cross, vector, concat, owners)

    guidance = GuidanceInput(((Branch(1.0, ((99, Context(text)),)),),), (((99, Context(negative)),),))
    made = sample(SamplingTask(
        DiffusionModel(predict, model.alphas_cumprod), guidance,
        SamplingOptions(sampler="Euler", steps=4, cfg_scale=7.0, image_cfg_scale=1.5), noise,
        image=ImageConditioning(model.encode(pixels).mean, "edit")))
    assert made.infotext["Image CFG scale"] == 1.5
    assert torch.allclose(made.latents, expected, atol=2e-3 * float(expected.abs().max()))


def test_sizes_are_the_familys(bench, family_file):
    family_file("sdxl-refiner")
    bench.catalog.refresh()
    entry = bench.choose("sdxl-refiner.safetensors")
    assert bench.native_size(entry) == Size(64, 64)
    assert bench.describe(entry).summary.startswith("Stable Diffusion XL refiner, predicts noise")
