from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidPictureError, OutOfMemoryError, OutputError
from modules.generation import delivery
from modules.generation.events import Comment, ImageFinished, Preview, Progress
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.surroundings import Surroundings
from modules.settings.values import Settings

SMALL = {"prompt": "a castle", "seed": 3, "steps": 4, "width": 64, "height": 64, "sampler_name": "Euler a",
         "checkpoint": "tiny-sd1.safetensors"}


@pytest.fixture
def make(tiny_bench, tmp_path):
    """Run a request; return its events. ``stop(event, cancellation)`` may ask the run to end."""
    numbers = itertools.count()

    def make(settings=None, finished=None, stop=None, **values):
        around = Surroundings(Settings().with_values({"outdir_samples": str(tmp_path / "pictures"),
                                                      "outdir_grids": str(tmp_path / "grids"), **(settings or {})}),
                              tiny_bench, {})
        events, cancellation = [], Cancellation()

        def listen(event):
            events.append(event)
            if stop:
                stop(event, cancellation)

        made = plan(GenerationRequest(**{**SMALL, **values}), around)
        run(made, tiny_bench, RunContext(listen, cancellation, finished or {}, f"test{next(numbers)}"))
        return events

    return make


def pictures(events, kind="image"):
    return [event for event in events if isinstance(event, ImageFinished) and event.kind == kind]


def test_the_same_request_gives_the_same_bytes(make):
    first, second = (pictures(make())[0].path.read_bytes() for _ in range(2))
    assert first == second


def test_a_picture_in_a_batch_equals_the_picture_made_alone(make):
    batch = pictures(make(batch_size=3, settings={"randn_source": "CPU"}))
    alone = pictures(make(seed=5, settings={"randn_source": "CPU"}))[0]
    assert batch[2].seed == 5
    assert batch[2].image.tobytes() == alone.image.tobytes()


@pytest.mark.parametrize("prompt", ["a castle AND a hill :0.5", "a [castle|hill] (tower:1.3)"])
def test_that_holds_for_composed_and_scheduled_prompts(make, prompt):
    batch = pictures(make(batch_size=2, prompt=prompt))
    assert batch[1].image.tobytes() == pictures(make(seed=4, prompt=prompt))[0].image.tobytes()


def test_events_tell_the_story_in_order(make):
    events = make(batch_count=2)
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert [stage for stage, _ in itertools.groupby(stages)] == [
        "loading", "encoding", "sampling", "decoding", "saving", "encoding", "sampling", "decoding", "saving"]
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert sum(isinstance(event, Preview) for event in events) == 8
    assert [event.index for event in pictures(events)] == [0, 1]
    assert len(pictures(events, "grid")) == 1


def test_previews_can_be_rarer_or_off(make):
    def count(settings):
        return sum(isinstance(event, Preview) for event in make(settings))

    assert count({"show_progress_every_n_steps": 2}) == 2
    assert count({"show_progress_every_n_steps": -1}) == 0
    assert count({"live_previews_enable": False}) == 0


def test_a_full_preview_of_the_last_step_is_nearly_the_picture(make):
    events = make({"show_progress_type": "Full"})
    last = [event for event in events if isinstance(event, Preview)][-1].image
    difference = np.abs(np.asarray(last, float) - np.asarray(pictures(events)[0].image, float))
    assert last.size == (64, 64) and difference.mean() < 3


def test_the_file_carries_the_infotext(make):
    event = pictures(make(negative_prompt="blurry"))[0]
    assert Image.open(event.path).info["parameters"] == event.infotext
    assert event.infotext.startswith("a castle\nNegative prompt: blurry\nSteps: 4, Sampler: Euler a, ")
    assert event.path.name.endswith("-3.png")


def test_pictures_that_exist_already_are_not_made_again_but_stand_on_the_grid(make):
    whole = make(batch_count=3)
    first, _, third = (event.path for event in pictures(whole))
    resumed = make(batch_count=3, finished={0: first, 2: third})
    assert [event.index for event in pictures(resumed)] == [1]
    assert pictures(resumed, "grid")[0].image.tobytes() == pictures(whole, "grid")[0].image.tobytes()


def test_a_grid_without_one_of_its_files_is_left_out_in_words(make, tmp_path):
    events = make(batch_count=2, finished={0: tmp_path / "moved away.png"})
    assert not pictures(events, "grid")
    assert any("No grid" in event.text for event in events if isinstance(event, Comment))


def test_numbers_that_are_no_picture_are_an_error_not_a_black_picture(make, tiny_bench, monkeypatch):
    model = tiny_bench.load(tiny_bench.choose("tiny-sd1.safetensors"), None)
    monkeypatch.setattr(model, "predict", lambda x, *arguments, **named: torch.full_like(x, torch.nan))
    with pytest.raises(InvalidPictureError, match="U-Net"):
        make()


def test_interrupt_keeps_what_is_finished_and_shows_the_rest(make, tmp_path):
    def stop(event, cancellation):
        if isinstance(event, Progress) and event.batch == 1 and event.step == 2:
            cancellation.interrupt()

    made = pictures(make(batch_count=3, stop=stop))
    assert [event.index for event in made] == [0, 1]
    assert made[0].path.is_relative_to(tmp_path / "pictures")
    assert "unsaved" in made[1].path.parts


def test_an_interrupted_picture_is_saved_when_asked(make, tmp_path):
    def stop(event, cancellation):
        if isinstance(event, Progress) and event.step == 2:
            cancellation.interrupt()

    made = pictures(make({"save_incomplete_images": True}, stop=stop))
    assert made[0].path.is_relative_to(tmp_path / "pictures")


def test_skip_goes_on_with_the_next_batch(make):
    def stop(event, cancellation):
        if isinstance(event, Progress) and event.batch == 0 and event.step == 1:
            cancellation.skip()

    steps = [event.step for event in make(batch_count=2, stop=stop)
             if isinstance(event, Progress) and event.stage == "sampling" and event.batch == 1]
    assert steps == [1, 2, 3, 4]


def test_stop_after_batch(make):
    def stop(event, cancellation):
        if isinstance(event, Progress) and event.step == 1:
            cancellation.stop_after_batch()

    made = pictures(make(batch_count=3, stop=stop))
    assert len(made) == 1 and "unsaved" not in made[0].path.parts


def test_unsaved_pictures_can_still_be_looked_at(make, tmp_path):
    event = pictures(make({"samples_save": False}))[0]
    assert event.path.is_file() and not (tmp_path / "pictures").exists()


def test_a_full_disk_ends_the_job_and_keeps_the_pictures_before(make, monkeypatch):
    save, made = delivery.save_image, []

    def fail_at_second(*arguments, **named):
        if made:
            raise OutputError("The disk is full.")
        made.append(save(*arguments, **named))
        return made[0]

    monkeypatch.setattr(delivery, "save_image", fail_at_second)
    with pytest.raises(OutputError):
        make(batch_count=2)
    assert made[0].path.is_file()


def test_running_out_of_memory_is_explained_and_the_next_job_is_normal(make, tiny_bench, monkeypatch):
    model = tiny_bench.load(tiny_bench.choose("tiny-sd1.safetensors"), None)

    def too_much(*arguments, **named):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(model, "predict", too_much)
        with pytest.raises(OutOfMemoryError, match="64x64") as caught:
            make()
    assert "--medvram" in caught.value.remedy
    assert len(pictures(make())) == 1


def test_a_picture_of_odd_size_says_so(make):
    events = make(width=100, height=60)
    assert pictures(events)[0].image.size == (96, 56)
    assert any("96x56" in event.text for event in events if isinstance(event, Comment))


def test_a_resolved_prompt_keeps_its_template_in_the_infotext(make):
    infotext = pictures(make(prompt="a {castle|castle}"))[0].infotext
    assert infotext.startswith("a castle\n") and "Template: a {castle|castle}" in infotext
