from __future__ import annotations

from pathlib import Path

import pytest

from modules.catalog.entry import CheckpointEntry
from modules.catalog.vae_choice import VaeChoice
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.size import Size
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.surroundings import Surroundings
from modules.prompting.styles import Style
from modules.settings.values import Settings


class OneCheckpoint:
    """A catalog with a single model."""

    entry = CheckpointEntry(Path("/models/crayon.safetensors"), "crayon.safetensors")

    def choose(self, name):
        if name not in ("", "crayon", "crayon.safetensors"):
            raise NotFoundError(f"There is no checkpoint called {name!r}.")
        return self.entry

    def choose_vae(self, entry, settings):
        return VaeChoice(None, "the test says so", missing="" if settings.sd_vae == "Automatic" else settings.sd_vae)

    def native_size(self, entry):
        return Size(128, 96)

    def knows_network(self, kind, name):
        return (kind, name) == ("lora", "ink-lora")

    def upscaler_names(self):
        return ["None", "Lanczos"]

    def face_restorer_problem(self, name):
        return "Its files are missing."

    def require_picture(self, picture, field):
        pass

    def picture_size(self, picture):
        return Size(640, 480)


STYLES = {"ink": Style("ink", "ink drawing of {prompt}", "colour")}


def planned(settings=None, **values):
    around = Surroundings(Settings().with_values(settings or {}), OneCheckpoint(), STYLES)
    return plan(GenerationRequest(**values), around)


def test_nothing_is_left_open():
    made = planned(prompt="a cat")
    request = made.request
    assert None not in (request.width, request.height, request.steps, request.cfg_scale, request.seed, request.subseed)
    assert (made.size, request.sampler_name, request.scheduler) == (Size(128, 96), "DPM++ 2M", "Automatic")
    assert made.checkpoint.stem == "crayon" and request.checkpoint == "crayon.safetensors"
    assert made.comments == ()


def test_planning_a_plans_request_again_gives_the_same_plan():
    made = planned(prompt="a # b", batch_size=3, styles=("ink",), subseed_strength=0.25)
    again = plan(made.request, Surroundings(Settings(), OneCheckpoint(), STYLES))
    assert again == made


def test_random_seeds_differ_and_fixed_ones_stay():
    assert planned().request.seed != planned().request.seed
    assert planned(seed=5).images[0].seed == 5


def test_seeds_of_a_batch_count_up_and_stay_together_for_variations():
    assert [image.seed for image in planned(seed=5, batch_size=2, batch_count=2).images] == [5, 6, 7, 8]
    varied = planned(seed=5, subseed=9, subseed_strength=0.5, batch_size=3).images
    assert [image.seed for image in varied] == [5, 5, 5]
    assert [image.subseed for image in varied] == [9, 10, 11]


class Animals:
    def lines(self, name):
        return ("cat", "dog", "fish", "bird") if name == "animal" else None


def test_wildcards_follow_the_seed_and_keep_their_template():
    around = Surroundings(Settings(), OneCheckpoint(), {}, Animals())
    request = GenerationRequest(prompt="a {red|blue} __animal__", negative_prompt="{a|b}", seed=1, batch_size=8)
    images = plan(request, around).images
    assert len({image.prompt for image in images}) > 3
    assert [image.prompt for image in images] == [image.prompt for image in plan(request, around).images]
    alone = plan(GenerationRequest(prompt=request.prompt, seed=4), around).images[0]
    assert alone.prompt == images[3].prompt and alone.template == "a {red|blue} __animal__"


def test_braces_are_plain_text_when_wildcards_are_off():
    image = planned({"enable_wildcards": False}, prompt="a {red|blue} cat").images[0]
    assert image.prompt == image.template == "a {red|blue} cat"


def test_batches():
    made = planned(batch_size=2, batch_count=2)
    assert [[image.index for image in batch] for batch in made.batches()] == [[0, 1], [2, 3]]


def test_styles_are_merged_and_comments_left_out():
    made = planned(prompt="a cat # not a dog", negative_prompt="blur", styles=("ink", "lost"))
    assert made.images[0].prompt.strip() == "ink drawing of a cat"
    assert made.images[0].negative_prompt == "blur, colour"
    assert "no style 'lost'" in made.comments[0]


@pytest.mark.parametrize(("values", "words"), [
    ({"width": 130}, "128x96, not 130x96"),
    ({"override_settings": {"sd_vae": "lost.pt"}}, "no VAE 'lost.pt'"),
    ({"sampler_name": "Magic"}, "no sampler 'Magic'"),
    ({"scheduler": "Sometimes"}, "no schedule type 'Sometimes'"),
    ({"override_settings": {"nonsense": 1}}, "no setting 'nonsense'"),
    ({"override_settings": {"CLIP_stop_at_last_layers": 99}}, "between 1 and 12"),
    ({"restore_faces": True}, "Faces were left as they are. Its files are missing."),
    ({"override_settings": {"sd_lora": "nobody"}}, "turn on the network 'nobody'"),
    ({"refiner_checkpoint": "nobody"}, "no checkpoint 'nobody' for the refiner"),
])
def test_adjustments_are_said(values, words):
    assert words in " ".join(planned(**values).comments)


@pytest.mark.parametrize(("values", "field"), [
    ({"width": 0}, "width"), ({"height": 100000}, "height"), ({"width": 8192, "height": 8192}, "width"),
    ({"steps": 0}, "steps"), ({"steps": 10**9}, "steps"), ({"cfg_scale": -1}, "cfg_scale"),
    ({"cfg_scale": 1e9}, "cfg_scale"), ({"batch_size": 0}, "batch_size"), ({"batch_count": 10**6}, "batch_count"),
    ({"seed": 2**200}, "seed"), ({"prompt": "word " * 10_000}, "prompt"), ({"subseed_strength": 2}, "subseed_strength"),
    ({"styles": ("a",) * 65}, "styles"), ({"eta": -1}, "eta"), ({"clip_skip": 0}, "clip_skip"),
])
def test_the_impossible_is_refused_with_its_range(values, field):
    with pytest.raises(InvalidRequestError) as caught:
        planned(**values)
    assert caught.value.field == field


def test_an_unknown_checkpoint_is_an_error():
    with pytest.raises(NotFoundError, match="no-such-model"):
        planned(checkpoint="no-such-model")


def test_settings_of_the_request_go_over_those_in_force():
    made = planned({"CLIP_stop_at_last_layers": 2, "eta_noise_seed_delta": 5},
                   override_settings={"eta_noise_seed_delta": "31337"})
    assert made.noise.seed_delta == 31337 and made.text.clip_skip == 2
    assert planned({"CLIP_stop_at_last_layers": 2}, clip_skip=3).text.clip_skip == 3


def test_saving_follows_settings_and_request():
    assert planned().outputs.save_pictures
    assert not planned({"samples_save": False}).outputs.save_pictures
    assert not planned(save_images=False).outputs.save_pictures
    assert planned({"outdir_samples": "/somewhere"}).outputs.pictures.folder == Path("/somewhere")
