"""Going back and forth between models: what stays in memory, what leaves it, and that nothing is left behind."""

from __future__ import annotations

import gc
import os
import shutil
import weakref
from pathlib import Path

import pytest
import torch

from modules.engine.economy import Economy
from modules.engine.model_files import ModelFiles
from modules.engine.residency import ModelSlot
from modules.engine.retention import Retention
from modules.hardware.memory import process_bytes
from modules.hardware.placement import CPU_PLACEMENT, Placement

NAMES = ("tiny-sd1", "tiny-sd1-b", "tiny-sdxl")


@pytest.fixture
def files(tiny_models: Path) -> list[ModelFiles]:
    return [ModelFiles(tiny_models / "Stable-diffusion" / f"{name}.safetensors") for name in NAMES]


def slot_keeping(*numbers: int) -> ModelSlot:
    slot = ModelSlot(CPU_PLACEMENT)
    slot.retain(Retention(*numbers))
    return slot


def names(slot: ModelSlot) -> list[str]:
    return [held.name for held in slot.held()]


@pytest.mark.parametrize(("kept", "times"), [((1, 0, 0), 30), ((1, 1, 1), 12)])
def test_switches_leave_nothing_behind(files, tiny_models: Path, kept, times):
    slot, vae = slot_keeping(*kept), tiny_models / "VAE" / "tiny-vae.safetensors"
    first, second = files[0].checkpoint, files[1].checkpoint
    wanted = [files[0], ModelFiles(first, vae), files[0], ModelFiles(second, vae), files[1], files[2]]
    left: list[weakref.ref[torch.nn.Module]] = []

    def switch(times: int) -> tuple[int, int]:
        for turn in range(times):
            left.append(weakref.ref(slot.load(wanted[turn % len(wanted)]).unet))
        gc.collect()
        return sum(isinstance(thing, torch.nn.Parameter) for thing in gc.get_objects()), process_bytes() or 0

    parameters, resident = switch(len(wanted))
    later, resident_later = switch(times)
    assert later == parameters
    assert len({id(unet) for reference in left if (unet := reference()) is not None}) == len(slot.held())
    assert resident_later < resident + 64 * 2**20


def test_a_model_that_was_kept_is_there_at_once(files):
    slot = slot_keeping(2)
    first, second = slot.load(files[0]), slot.load(files[1])
    assert slot.load(files[0]) is first and slot.load(files[1]) is second
    assert names(slot) == ["tiny-sd1-b", "tiny-sd1"] and [held.chosen for held in slot.held()] == [True, False]
    assert all(held.size > 10_000 for held in slot.held())
    gone = weakref.ref(first)
    del first
    slot.load(files[2])
    assert gone() is None and names(slot) == ["tiny-sdxl", "tiny-sd1-b"]  # the longest unused has left


def test_a_kept_model_whose_file_changed_is_loaded_again(files, tmp_path: Path):
    path = tmp_path / "copy.safetensors"
    shutil.copy(files[0].checkpoint, path)
    shutil.copy(files[0].checkpoint.with_suffix(".yaml"), path.with_suffix(".yaml"))
    shutil.copytree(files[0].checkpoint.parent / "clip", tmp_path / "clip")
    slot = slot_keeping(3)
    first = slot.load(ModelFiles(path))
    slot.load(files[1])
    os.utime(path, ns=(1, 1))
    assert slot.load(ModelFiles(path)) is not first and names(slot) == ["copy", "tiny-sd1-b"]


def test_settings_that_keep_less_act_at_once(files):
    slot = slot_keeping(3)
    for one in files:
        slot.load(one)
    slot.retain(Retention())
    assert names(slot) == ["tiny-sdxl"]
    slot.unload()
    assert slot.current is None and not slot.held()


class Crowded(ModelSlot):
    """A slot on a machine where two models never fit at once."""

    def _has_room(self, needed_bytes: int, placement: Placement) -> bool:
        return not self.held()


def test_memory_comes_before_settings(files):
    slot = Crowded(CPU_PLACEMENT)
    slot.retain(Retention(3))
    for one in files:
        slot.load(one)
    assert names(slot) == ["tiny-sdxl"]


def test_models_of_a_device_wait_in_main_memory(files, monkeypatch):
    slot = slot_keeping(1, 1)
    monkeypatch.setattr(slot, "_apart", True)  # as with a GPU; moving to where it is costs nothing
    first = slot.load(files[0])
    slot.load(files[1])
    assert [(held.name, held.parked) for held in slot.held()] == [("tiny-sd1-b", False), ("tiny-sd1", True)]
    moved = []
    monkeypatch.setattr(first.turns, "wake", lambda: moved.append("wake"))
    assert slot.load(files[0]) is first and moved == ["wake"]
    assert [(held.name, held.parked) for held in slot.held()] == [("tiny-sd1", False), ("tiny-sd1-b", True)]
    slot.load(files[2])
    assert [(held.name, held.parked) for held in slot.held()] == [("tiny-sdxl", False), ("tiny-sd1", True)]


def test_vaes_that_were_kept_are_there_at_once(files, tiny_models: Path):
    with_vae = ModelFiles(files[0].checkpoint, tiny_models / "VAE" / "tiny-vae.safetensors")
    slot = slot_keeping(1, 0, 2)
    own = slot.load(files[0]).autoencoder
    other = slot.load(with_vae).autoencoder
    assert slot.load(files[0]).autoencoder is own and slot.load(with_vae).autoencoder is other
    slot.retain(Retention())
    del own
    assert slot.load(files[0]).autoencoder is not other


def test_whatever_model_comes_in_shares_the_economy_of_the_job(files):
    slot, economy = slot_keeping(2), Economy()
    before = slot.load(files[0])
    with slot.economising(economy):
        assert before.economy is economy and slot.load(files[1]).economy is economy
        with slot.economising(inner := Economy()):
            assert slot.current.economy is inner
        assert slot.current.economy is economy
    assert before.economy is not economy and slot.current.economy is not economy


def test_a_device_too_small_for_a_model_gets_it_in_turns(files, monkeypatch):
    from modules.engine import loading
    from modules.hardware.placement import Offload

    build, offloads = loading.build_model, []

    def small(blueprint, placement):
        offloads.append(placement.offload)
        if placement.offload is Offload.NOTHING:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return build(blueprint, CPU_PLACEMENT)

    slot = slot_keeping(1)
    monkeypatch.setattr(slot, "_apart", True)
    monkeypatch.setattr(loading, "build_model", small)
    assert slot.load(files[0]).files == files[0]
    assert offloads == [Offload.NOTHING, Offload.WHOLE_MODELS]
