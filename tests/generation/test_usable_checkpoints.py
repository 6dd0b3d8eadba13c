"""What is taken where nobody has chosen a checkpoint."""

from __future__ import annotations

import shutil

import pytest

from modules.generation.usable_checkpoints import UsableCheckpoints


@pytest.fixture
def bench_over(tmp_path, tiny_models):
    """A workbench over files of these names; what is not called a model is broken, or no safetensors at all."""
    from modules.generation.bench_builder import ModelPlaces, build_bench
    from modules.hardware.placement import CPU_PLACEMENT

    def build(*names):
        folder = tmp_path / "models" / "Stable-diffusion"
        folder.mkdir(parents=True)
        shutil.copytree(tiny_models / "Stable-diffusion" / "clip", folder / "clip")  # their sidecars name it
        for name in names:
            if name.startswith("model"):
                for suffix in (".safetensors", ".yaml"):
                    copied = tiny_models / "Stable-diffusion" / f"tiny-sd1{suffix}"
                    shutil.copy(copied, (folder / name).with_suffix(suffix))
            else:
                (folder / name).write_bytes(b"nothing that could be read")
        return build_bench(ModelPlaces.under(tmp_path / "models"), tmp_path / "data", CPU_PLACEMENT, "1")

    return build


@pytest.mark.parametrize(("names", "chosen"), [
    (["a.safetensors", "model-1.safetensors", "model-2.safetensors"], "model-1.safetensors"),
    (["a.safetensors", "b.ckpt", "model.safetensors"], "b.ckpt"),
    (["a.safetensors", "b.safetensors"], "a.safetensors")])
def test_the_first_that_is_recognised_is_taken(bench_over, names, chosen):
    assert bench_over(*names).choose("").name == chosen


def test_a_file_is_looked_at_once_for_as_long_as_it_stays_the_same(bench_over):
    entries, looked = bench_over("a.safetensors", "model.safetensors").catalog.checkpoints, []

    def recognises(entry):
        looked.append(entry.name)
        return entry.name != "a.safetensors"

    usable = UsableCheckpoints(recognises)
    assert [usable.first(entries), usable.first(entries)] == [entries[1]] * 2
    assert looked == ["a.safetensors", "model.safetensors"]
    entries[0].path.write_bytes(b"another")
    usable.first(entries)
    entries[1].path.unlink()
    assert usable.first(entries) is entries[0]
    assert looked == ["a.safetensors", "model.safetensors", "a.safetensors"]
