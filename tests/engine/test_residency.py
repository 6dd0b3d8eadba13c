"""One owner: a model is loaded once, swapped on success, and really gone afterwards."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
import torch

from modules.engine.model_files import ModelFiles
from modules.engine.residency import ModelSlot
from modules.foundation.errors import ModelFileError
from modules.hardware.placement import CPU_PLACEMENT, Placement

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def slot() -> ModelSlot:
    return ModelSlot(CPU_PLACEMENT)


@pytest.fixture
def sd1(tiny_models: Path) -> ModelFiles:
    return ModelFiles(tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors")


@pytest.fixture
def sd1_b(tiny_models: Path) -> ModelFiles:
    return ModelFiles(tiny_models / "Stable-diffusion" / "tiny-sd1-b.safetensors")


def test_the_same_files_are_loaded_once(slot: ModelSlot, sd1: ModelFiles):
    assert slot.current is None
    model = slot.load(sd1)
    assert slot.load(sd1) is model is slot.current


def test_a_swapped_model_is_gone(slot: ModelSlot, sd1: ModelFiles, sd1_b: ModelFiles):
    model = slot.load(sd1)
    parts = [weakref.ref(part) for part in (model, model.unet, model.autoencoder, model.text_encoders[0],
                                            model.unet.conv_in.weight)]
    del model
    assert slot.load(sd1_b).files == sd1_b
    assert [part() for part in parts] == [None] * 5
    unet = weakref.ref(slot.current.unet)
    slot.unload()
    assert slot.current is None and unet() is None


def test_a_failing_load_leaves_the_model_usable(slot: ModelSlot, sd1: ModelFiles, tmp_path: Path):
    model = slot.load(sd1)
    broken = tmp_path / "broken.safetensors"
    whole = sd1.checkpoint.read_bytes()
    for content in (b"", b"<html>", whole[:1000], whole[:len(whole) // 2]):
        broken.write_bytes(content)
        with pytest.raises(ModelFileError):
            slot.load(ModelFiles(broken))
        with pytest.raises(ModelFileError):
            slot.load(ModelFiles(sd1.checkpoint, vae=broken))
        assert slot.current is model and model.files == sd1
    with pytest.raises(ModelFileError):
        slot.load(ModelFiles(tmp_path / "missing.safetensors"))
    with torch.inference_mode():
        assert bool(model.decode(torch.zeros(1, 4, 8, 8)).isfinite().all())
    assert slot.load(sd1) is model


def test_a_change_of_vae_keeps_the_rest(slot: ModelSlot, sd1: ModelFiles, tiny_models: Path):
    model = slot.load(sd1)
    unet, own = model.unet, model.autoencoder.decoder.conv_in.weight.clone()
    vae = weakref.ref(model.autoencoder)
    with_vae = ModelFiles(sd1.checkpoint, tiny_models / "VAE" / "tiny-vae.safetensors")
    assert slot.load(with_vae) is model and model.unet is unet and model.files == with_vae
    assert vae() is None
    assert not torch.equal(model.autoencoder.decoder.conv_in.weight, own)
    slot.load(sd1)
    assert torch.equal(model.autoencoder.decoder.conv_in.weight, own)


def test_a_file_that_changed_on_the_disk_is_loaded_again(slot: ModelSlot, sd1: ModelFiles, sd1_b: ModelFiles,
                                                         tmp_path: Path):
    path = tmp_path / "tiny-sd1.safetensors"
    shutil.copy(sd1.checkpoint, path)
    shutil.copy(sd1.checkpoint.with_suffix(".yaml"), path.with_suffix(".yaml"))
    shutil.copytree(sd1.checkpoint.parent / "clip", tmp_path / "clip")
    first = slot.load(ModelFiles(path)).unet.conv_out.weight.clone()
    shutil.copy(sd1_b.checkpoint, path)
    os.utime(path, ns=(1, 1))
    assert not torch.equal(slot.load(ModelFiles(path)).unet.conv_out.weight, first)


class Crowded(ModelSlot):
    """A slot on a machine where two models never fit at once."""

    def _has_room(self, needed_bytes: int, placement: Placement) -> bool:
        return False


def test_without_room_for_two_the_old_model_goes_first(sd1: ModelFiles, sd1_b: ModelFiles,
                                                       monkeypatch: pytest.MonkeyPatch):
    from modules.engine import loading

    slot = Crowded(CPU_PLACEMENT)
    old = weakref.ref(slot.load(sd1))
    build, alive = loading.build_model, []
    monkeypatch.setattr(loading, "build_model", lambda *arguments: alive.append(old()) or build(*arguments))
    slot.load(sd1_b)
    assert alive == [None]


def test_without_room_a_file_that_fails_halfway_brings_the_old_model_back(
        sd1: ModelFiles, sd1_b: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from modules.engine import loading

    slot = Crowded(CPU_PLACEMENT)
    before = slot.load(sd1).unet.conv_out.weight.clone()
    (tmp_path / "broken.safetensors").write_bytes(b"\0")
    with pytest.raises(ModelFileError):  # noticed before anything is let go
        slot.load(ModelFiles(tmp_path / "broken.safetensors"))
    kept = weakref.ref(slot.current)
    build, answers = loading.build_model, iter([OSError("the drive is gone")])

    def fail_once(*arguments):
        for error in answers:
            raise error
        return build(*arguments)

    monkeypatch.setattr(loading, "build_model", fail_once)
    with pytest.raises(OSError, match="the drive is gone"):
        slot.load(sd1_b)
    assert kept() is None and slot.current.files == sd1
    assert torch.equal(slot.current.unet.conv_out.weight, before)


def test_room_is_measured_in_free_memory(slot: ModelSlot):
    assert slot._has_room(1 << 10, CPU_PLACEMENT)
    assert not slot._has_room(1 << 60, CPU_PLACEMENT)


def test_switching_does_not_collect_models(slot: ModelSlot, sd1: ModelFiles, sd1_b: ModelFiles):
    def tensors() -> int:
        gc.collect()
        return sum(isinstance(thing, torch.nn.Parameter) for thing in gc.get_objects())

    slot.load(sd1)
    before = tensors()
    for files in (sd1_b, sd1):
        slot.load(files)
    assert tensors() == before


def test_importing_the_slot_imports_no_model_library():
    script = "import sys, modules.engine.residency; print({'diffusers', 'transformers'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
