"""Plugins reach into every stage of a run; without any, nothing changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from PIL import Image

from modules.artefacts.saving import PictureDraft
from modules.generation.events import ImageFinished
from modules.generation.hooks import GenerationHooks
from modules.generation.joined_hooks import join_hooks
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.surroundings import Surroundings
from modules.sampling.hooks import SamplingHooks, join_sampling_hooks
from modules.settings.values import Settings

SETTINGS = Settings().with_values({"sd_model_checkpoint": "tiny-sd1.safetensors", "randn_source": "CPU",
                                   "return_grid": False, "grid_save": False})
QUICK = GenerationRequest(prompt="a cat", steps=2, width=64, height=64, seed=7, sampler_name="Euler")
STAGES = ("model_ready", "begin_batch", "networks_ready", "before_encoding", "conditioning", "begin_pass", "sampled",
          "decoded", "image", "composed", "record", "describe", "before_saving", "saved")


def make(bench, request=QUICK, hooks=None, settings=SETTINGS, **context) -> list[ImageFinished]:
    emitted: list[object] = []
    more = {} if hooks is None else {"hooks": hooks}
    run(plan(request, Surroundings(settings, bench, {})), bench, RunContext(emitted.append, **more, **context))
    return [event for event in emitted if isinstance(event, ImageFinished)]


class Watching(GenerationHooks):
    """Notes every stage, and changes nothing."""

    def __init__(self) -> None:
        self.stages: list[str] = []


def _noting(name: str):
    def note(self, *args):
        self.stages.append(name)
        return getattr(GenerationHooks, name)(self, *args)

    return note


for _name in STAGES:
    setattr(Watching, _name, _noting(_name))


def test_stages_come_in_their_order_and_change_nothing(tiny_bench):
    watching = Watching()
    made = make(tiny_bench, hooks=watching)
    assert tuple(watching.stages) == STAGES
    assert made[0].image.tobytes() == make(tiny_bench)[0].image.tobytes()


def test_the_second_pass_has_stages_of_its_own(tiny_bench):
    watching = Watching()
    make(tiny_bench, replace(QUICK, enable_hr=True, hr_scale=2, denoising_strength=0.7), watching)
    assert watching.stages.count("begin_pass") == 2
    assert watching.stages.count("sampled") == 1


@pytest.mark.parametrize(("hook", "change"), [
    ("begin_batch", lambda self, batch: batch.images.__setitem__(0, replace(batch.images[0], seed=8))),
    ("before_encoding", lambda self, texts: texts.prompts.__setitem__(0, "a dog")),
    ("conditioning", lambda self, guidance, texts: replace(guidance, cond=tuple(
        tuple(replace(branch, weight=0.5) for branch in image) for image in guidance.cond))),
    ("begin_pass", lambda self, draft: setattr(draft, "noise", draft.noise.flip(-1))),
    ("sampled", lambda self, latents, images: latents * 0.5),
    ("decoded", lambda self, batch: batch.pixels.__setitem__(0, 1 - batch.pixels[0])),
    ("image", lambda self, image, planned: image.transpose(Image.Transpose.ROTATE_90)),
    ("composed", lambda self, image, planned: Image.new("RGB", image.size)),
])
def test_what_a_stage_changes_is_seen_in_the_picture(tiny_bench, hook, change):
    hooks = type("Changing", (GenerationHooks,), {hook: change})()
    assert make(tiny_bench, hooks=hooks)[0].image.tobytes() != make(tiny_bench)[0].image.tobytes()


def test_a_batch_may_lose_and_gain_pictures(tiny_bench):
    class Growing(GenerationHooks):
        def begin_batch(self, batch):
            del batch.images[1]

        def decoded(self, batch):
            batch.images.append(replace(batch.images[0], index=9, prompt="one more"))
            batch.pixels.append(torch.zeros_like(batch.pixels[0]))

    made = make(tiny_bench, replace(QUICK, batch_size=2), Growing())
    assert [event.index for event in made] == [0, 9]
    assert made[1].infotext.startswith("one more\n")


def test_files_may_get_other_names_and_contents(tiny_bench, tmp_path):
    class Renaming(GenerationHooks):
        def before_saving(self, draft, planned):
            return PictureDraft(Image.new("RGB", (8, 8)), draft.text, tmp_path / "mine.png")

        def saved(self, artefact, image, planned):
            (tmp_path / "told.txt").write_text(str(artefact.path))

    (made,) = make(tiny_bench, hooks=Renaming())
    assert made.path == tmp_path / "mine.png" and Image.open(made.path).size == (8, 8)
    assert (tmp_path / "told.txt").read_text() == str(made.path)


def test_joined_hooks_hand_on_what_they_change(tiny_bench):
    class Turning(GenerationHooks):
        def image(self, image, planned):
            return image.transpose(Image.Transpose.ROTATE_180)

    (twice,) = make(tiny_bench, hooks=join_hooks([Turning(), Turning()]))
    assert twice.image.tobytes() == make(tiny_bench)[0].image.tobytes()


def test_joined_sampling_hooks_mix_in_their_order():
    class Adding(SamplingHooks):
        def after_guidance(self, prediction, denoiser):
            return prediction + 1

        def blend_mask(self, blend):
            return blend.blended() * 2

    from modules.sampling.hooks import MaskBlend

    joined = join_sampling_hooks([Adding(), None, Adding()])
    assert float(joined.after_guidance(torch.zeros(()), None)) == 2
    one = torch.ones(())
    assert float(joined.blend_mask(MaskBlend(one, one, one, None, None, True))) == 4
    assert join_sampling_hooks([None]) is None
