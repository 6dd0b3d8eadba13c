"""A job that runs out of memory goes on with less, says so, and leaves the next job as it was."""

from __future__ import annotations

import pytest
import torch

from modules.engine import economy as economy_module
from modules.engine.retention import Retention
from modules.foundation.errors import OutOfMemoryError
from modules.generation.events import Comment, ImageFinished
from modules.generation.memory_plan import plan_memory
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.surroundings import Surroundings
from modules.settings.values import Settings


@pytest.fixture
def make(tiny_bench, tmp_path):
    def make(settings=None, **values):
        events = []
        around = Surroundings(Settings().with_values({"outdir_samples": str(tmp_path), **(settings or {})}),
                              tiny_bench, {})
        request = {"prompt": "a castle", "seed": 3, "steps": 2, "width": 64, "height": 64,
                   "sampler_name": "Euler a", "checkpoint": "tiny-sd1.safetensors", **values}
        run(plan(GenerationRequest(**request), around), tiny_bench, RunContext(events.append))
        return events

    return make


@pytest.fixture
def model(tiny_bench):
    return tiny_bench.load(tiny_bench.choose("tiny-sd1.safetensors"), None)


def pixels(events):
    return [event.image.tobytes() for event in events if isinstance(event, ImageFinished) and event.kind == "image"]


def told(events):
    return [event.text for event in events if isinstance(event, Comment) and "Memory" in event.text]


def test_smaller_groups_give_the_same_pictures_and_the_next_job_is_normal(make, model, monkeypatch):
    expected = pixels(make(batch_size=2))
    run_rows, sizes = model._run_rows, []

    def crowded(x, *rest):
        sizes.append(len(x))
        if len(x) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return run_rows(x, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(model, "image_by_image", False)  # as on a GPU
        patch.setattr(model, "_run_rows", crowded)
        events = make(batch_size=2)
    assert pixels(events) == expected
    assert len(told(events)) == 1 and "smaller groups" in told(events)[0]
    assert sizes.count(4) == 1
    assert model.economy.images is None and not told(make())


def test_what_fails_elsewhere_is_tried_again_and_finished_pictures_are_kept(make, model, tiny_bench, monkeypatch):
    expected = pixels(make(batch_count=3))
    predict, calls = model.predict, []

    def fail_in_the_second_picture(*arguments, **named):
        calls.append(1)
        if len(calls) == 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return predict(*arguments, **named)

    monkeypatch.setattr(model, "predict", fail_in_the_second_picture)
    events = make(batch_count=3)
    assert pixels(events) == expected  # each made, and announced, once
    assert len(told(events)) == 1 and "begun again" in told(events)[0]
    assert len(calls) == 2 + 2 + 2 + 2


def test_a_vae_without_room_says_that_it_worked_in_tiles(make, model, monkeypatch):
    monkeypatch.setattr(economy_module, "_TILES_PX", (32,))

    def no_memory(*_arguments, **_named):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")

    with monkeypatch.context() as patch:
        patch.setattr(model.autoencoder, "decode", no_memory)
        events = make()
    assert len(pixels(events)) == 1 and "tiles of 32 pixels" in told(events)[0]
    assert not told(make())


def test_where_nothing_helps_the_job_fails_and_the_next_is_normal(make, model, monkeypatch):
    def no_memory(*_arguments, **_named):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(model, "_run_rows", no_memory)
        with pytest.raises(OutOfMemoryError, match="64x64"):
            make()
    assert len(pixels(make())) == 1


@pytest.mark.parametrize(("settings", "retention"), [
    ({}, Retention(1, 0, 0)),
    ({"sd_checkpoints_limit": 3}, Retention(1, 2, 0)),
    ({"sd_checkpoints_limit": 3, "sd_checkpoints_keep_in_cpu": False}, Retention(3, 0, 0)),
    ({"sd_checkpoints_limit": 2, "sd_checkpoint_cache": 2, "sd_vae_checkpoint_cache": 4}, Retention(1, 3, 4)),
])
def test_settings_say_how_many_models_stay(settings, retention):
    assert plan_memory(Settings().with_values(settings)).retention == retention


@pytest.mark.parametrize(("settings", "formats"), [
    ({}, (torch.float32,)),
    ({"auto_vae_precision_bfloat16": True}, (torch.bfloat16, torch.float32)),
    ({"auto_vae_precision": False}, ()),
    ({"auto_vae_precision": False, "auto_vae_precision_bfloat16": True}, (torch.bfloat16,)),
])
def test_settings_say_how_an_overflowing_vae_goes_on(settings, formats):
    assert plan_memory(Settings().with_values(settings)).vae_formats == formats


def test_face_networks_leave_memory_after_the_job_if_that_is_wanted(make, tiny_bench, monkeypatch):
    released = []
    monkeypatch.setattr(type(tiny_bench.faces), "release", lambda _self: released.append(1))
    make()
    assert not released
    make({"face_restoration_unload": True})
    assert released == [1]
