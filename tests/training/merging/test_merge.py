"""The merger over small checkpoints, against the same arithmetic on whole state dicts."""

from __future__ import annotations

import errno
import json
import shutil
import weakref
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from modules.catalog.entry import CheckpointEntry
from modules.foundation import files
from modules.foundation.errors import InvalidRequestError, ModelFileError, NotFoundError, OutputError
from modules.training.merging.merge import MergeInterruptedError
from modules.training.merging.request import MergeRequest
from modules.weights import streaming
from modules.weights.hashes import hash_file, hash_legacy
from modules.weights.reading import read_weights
from tests.training.merging.conftest import IN, POSITIONS, UNET, VAE, make_tensors

M = 0.3
MIXED = (IN, f"{UNET}out.bias", VAE, "model_ema.num_updates")


def header_of(path):
    with safe_open(path, "pt") as file:
        return file.metadata() or {}


def same(result, expected):
    assert set(result) == set(expected)
    for name, tensor in expected.items():
        assert result[name].dtype == tensor.dtype and torch.equal(result[name], tensor), name


@pytest.mark.parametrize("dtypes", [(torch.float32, torch.float32), (torch.float16, torch.float16),
                                    (torch.float16, torch.float32), (torch.bfloat16, torch.bfloat16)], ids=str)
def test_weighted_sum(shop, dtypes):
    a, b = (shop.put(f"{name}.safetensors", make_tensors(seed, dtype=dtype))
            for seed, (name, dtype) in enumerate(zip("ab", dtypes)))
    path = shop.merge(primary="a", secondary="b")
    assert path.name == "0.7(a) + 0.3(b).safetensors"
    same(load_file(path), a | {name: (1 - M) * a[name] + M * b[name] for name in MIXED})


def test_add_difference_takes_what_c_lacks_for_no_difference(shop):
    a, b, c = (shop.put(f"{name}.safetensors", make_tensors(seed)) for seed, name in enumerate("abc"))
    del c[f"{UNET}out.bias"]
    shop.put("c.safetensors", c)
    path = shop.merge(primary="a", secondary="b", tertiary="c", method="Add difference", multiplier=1)
    assert path.name == "a + 1.0(b - c).safetensors"
    expected = a | {name: a[name] + 1 * (b[name] - c[name]) for name in MIXED if name in c}
    same(load_file(path), expected)


def test_no_interpolation_copies_and_halves_everything(shop):
    a = shop.put("deep/a.safetensors", make_tensors(1))
    path = shop.merge(primary="deep/a.safetensors", method="No interpolation", save_as_half=True)
    assert path.name == "deep_a.safetensors"
    same(load_file(path), {name: tensor.half() if tensor.dtype == torch.float32 else tensor
                           for name, tensor in a.items()})


def test_of_several_models_only_what_is_mixed_is_halved(shop):
    shop.put("a.safetensors", make_tensors(1))
    shop.put("b.safetensors", make_tensors(2))
    result = load_file(shop.merge(primary="a", secondary="b", save_as_half=True))
    assert {name for name, tensor in result.items() if tensor.dtype == torch.float16} == set(MIXED)


def test_numbers_of_eight_bits_are_mixed_in_sixteen(shop):
    a, b = (shop.put(f"{name}.safetensors", {IN: torch.randn(4, 4).to(torch.float8_e4m3fn)}) for name in "ab")
    result = load_file(shop.merge(primary="a", secondary="b"))[IN]
    assert torch.equal(result, (1 - M) * a[IN].half() + M * b[IN].half())


@pytest.mark.parametrize(("channels", "suffix"), [(9, ".inpainting"), (8, ".instruct-pix2pix")])
def test_a_model_that_sees_more_keeps_what_only_it_sees(shop, channels, suffix):
    a, b = shop.put("a.safetensors", make_tensors(1, channels)), shop.put("b.safetensors", make_tensors(2))
    path = shop.merge(primary="a", secondary="b", custom_name="mine")
    assert path.name == f"mine{suffix}.safetensors"
    result = load_file(path)[IN]
    assert torch.equal(result[:, 4:], a[IN][:, 4:])
    assert torch.equal(result[:, :4], (1 - M) * a[IN][:, :4] + M * b[IN])
    recipe = json.loads(header_of(path)["sd_merge_recipe"])
    assert (recipe["is_inpainting"], recipe["is_instruct_pix2pix"]) == (channels == 9, channels == 8)


@pytest.mark.parametrize(("channels", "message"), [
    (9, "When merging inpainting model with a normal one, A must be the inpainting model."),
    (8, "When merging instruct-pix2pix model with a normal one, A must be the instruct-pix2pix model."),
    (5, "Bad dimensions for merged layer")])
def test_models_that_do_not_fit_are_refused(shop, channels, message):
    shop.put("a.safetensors", make_tensors(1))
    shop.put("b.safetensors", make_tensors(2, channels))
    with pytest.raises(ModelFileError) as caught:
        shop.merge(primary="a", secondary="b")
    assert caught.value.message.startswith(f"Error merging checkpoints: {message}") and caught.value.remedy
    assert shop.files() == {"a.safetensors", "b.safetensors"}


def test_models_without_a_common_weight_are_refused(shop):
    shop.put("a.safetensors", make_tensors(1))
    shop.put("b.safetensors", {"unet.conv_in.weight": torch.ones(2)})
    with pytest.raises(ModelFileError, match="no weights in common"):
        shop.merge(primary="a", secondary="b")


def test_a_model_in_pieces_is_refused(shop):
    (shop.folder / "pieces").mkdir()
    shop.catalog.require = lambda name: CheckpointEntry(shop.folder / "pieces", "pieces")
    with pytest.raises(InvalidRequestError, match="only single files can be merged"):
        shop.merge(primary="pieces", method="No interpolation")


def test_a_vae_is_baked_in(shop):
    a, b = shop.put("a.safetensors", make_tensors(1)), shop.put("b.safetensors", make_tensors(2))
    baked = torch.randn(6, 4)
    shop.put_vae("nice.safetensors", {VAE.removeprefix("first_stage_model."): baked, "loss.logvar": torch.ones(1)})
    result = load_file(shop.merge(primary="a", secondary="b", bake_in_vae="nice.safetensors"))
    assert torch.equal(result[VAE], baked) and set(result) == set(a)
    assert torch.equal(result[IN], (1 - M) * a[IN] + M * b[IN])


@pytest.mark.parametrize(("tensors", "message"), [
    ({"encoder.conv_in.weight": torch.ones(1)}, "nothing in common"),
    ({VAE.removeprefix("first_stage_model."): torch.ones(2, 2)}, "The VAE does not fit")])
def test_a_vae_that_does_not_fit_is_refused(shop, tensors, message):
    shop.put("a.safetensors", make_tensors(1))
    shop.put_vae("odd.safetensors", tensors)
    with pytest.raises(ModelFileError, match=message):
        shop.merge(primary="a", method="No interpolation", bake_in_vae="odd.safetensors")


def test_weights_are_discarded(shop):
    a = shop.put("a.safetensors", make_tensors(1))
    result = load_file(shop.merge(primary="a", method="No interpolation", custom_name="x",
                                   discard_weights=r"^model_ema\.|alph"))
    assert set(result) == set(a) - {"model_ema.num_updates", "alphas"}


@pytest.mark.parametrize(("pattern", "message"), [
    ("(", "not a regular expression"), ("a" * 501, "501 characters"), (r"(a|aa)+$", "takes too long")])
def test_bad_patterns_are_refused(shop, pattern, message, monkeypatch):
    monkeypatch.setattr("modules.training.merging.mixture.MATCHING_S", 0.02)
    shop.put("a.safetensors", {"model." + "a" * 60 + "!": torch.ones(1)})
    with pytest.raises(InvalidRequestError, match=message) as caught:
        shop.merge(primary="a", method="No interpolation", discard_weights=pattern, custom_name="x")
    assert caught.value.field == "discard_weights"


def test_the_recipe_names_parents_and_their_parents(shop):
    shop.put("a.safetensors", make_tensors(1), {"author": "A", "title": "a"})
    shop.put("b.safetensors", make_tensors(2), {"author": "B", "format": "pt"})
    first = shop.merge(primary="a", secondary="b", custom_name="first", metadata_json='{"title": "mine", "n": 1}')
    shop.catalog.refresh()
    header = header_of(first)
    assert (header["author"], header["title"], header["n"], header["format"]) == ("B", "mine", "1", "pt")
    hashes = {name: hash_file(shop.folder / f"{name}.safetensors") for name in ("a", "b", "first")}
    recipe = json.loads(header["sd_merge_recipe"])
    assert recipe == {
        "type": "webui", "primary_model_hash": hashes["a"], "secondary_model_hash": hashes["b"],
        "tertiary_model_hash": None, "interp_method": "Weighted sum", "multiplier": 0.3, "save_as_half": False,
        "custom_name": "first", "config_source": 0, "bake_in_vae": "None", "discard_weights": "",
        "is_inpainting": False, "is_instruct_pix2pix": False}

    second = shop.merge(primary="first", secondary="a", custom_name="second")
    models = json.loads(header_of(second)["sd_merge_models"])
    assert set(models) == set(hashes.values())
    assert models[hashes["first"]] == {"name": "first.safetensors", "sd_merge_recipe": recipe,
                                       "legacy_hash": hash_legacy(first)}
    assert models[hashes["b"]]["sd_merge_recipe"] is None


@pytest.mark.parametrize(("wanted", "keys"), [
    ({"save_metadata": False}, set()), ({"add_recipe": False}, {"format", "author"}),
    ({"add_recipe": False, "copy_metadata": False}, {"format"})])
def test_metadata_is_left_out_where_it_is_not_wanted(shop, wanted, keys):
    shop.put("a.safetensors", make_tensors(1), {"author": "A"})
    assert set(header_of(shop.merge(primary="a", method="No interpolation", custom_name="x", **wanted))) == keys
    assert shop.catalog.require("a").sha256 is None, "without a recipe nothing is hashed"


def test_nothing_is_hashed_where_nobody_wants_it(shop):
    shop.put("a.safetensors", make_tensors(1))
    shop.catalog.with_hash = lambda entry: entry
    header = header_of(shop.merge(primary="a", method="No interpolation", custom_name="x"))
    assert json.loads(header["sd_merge_models"]) == {}
    assert json.loads(header["sd_merge_recipe"])["primary_model_hash"] is None


def test_old_formats_are_read_and_written(shop):
    a, b = shop.put("a.ckpt", make_tensors(1)), shop.put("b.safetensors", make_tensors(2))
    path = shop.merge(primary="a", secondary="b", checkpoint_format="ckpt", custom_name="old")
    assert path.name == "old.ckpt"
    same(read_weights(path).tensors, a | {name: (1 - M) * a[name] + M * b[name] for name in MIXED})


@pytest.mark.parametrize(("source", "text"), [(0, "of b"), (1, "of b"), (2, None), (3, None)])
def test_the_settings_file_is_copied(shop, source, text):
    for seed, name in enumerate("abc"):
        shop.put(f"{name}.safetensors", make_tensors(seed))
    (shop.folder / "b.yaml").write_text("of b")
    path = shop.merge(primary="a", secondary="b", tertiary="c", config_source=source, custom_name="x.v1")
    assert path.name == "x.v1.safetensors"
    copied = shop.folder / "x.v1.yaml"
    assert (copied.read_text() if copied.exists() else None) == text


@pytest.mark.parametrize(("wanted", "field", "message"), [
    ({}, "primary", "Failed: Merging requires a primary model."),
    ({"primary": "a"}, "secondary", "Failed: Merging requires a secondary model."),
    ({"primary": "a", "secondary": "a", "method": "Add difference"}, "tertiary",
     "Failed: Interpolation method (Add difference) requires a tertiary model."),
    ({"primary": "a", "method": "Sum"}, "method", "There is no 'Sum'."),
    ({"primary": "a", "checkpoint_format": "exe"}, "checkpoint_format", "There is no 'exe'."),
    ({"primary": "a", "secondary": "a", "multiplier": 1.5}, "multiplier", "The multiplier must be between 0 and 1"),
    ({"primary": "a", "config_source": 4, "method": "No interpolation"}, "config_source", "config_source must be"),
    ({"primary": "a", "metadata_json": "[1]", "method": "No interpolation"}, "metadata_json", "not an object"),
    ({"primary": "a", "metadata_json": "{", "method": "No interpolation"}, "metadata_json", "not an object")])
def test_what_is_missing_or_wrong_is_said(shop, wanted, field, message):
    shop.put("a.safetensors", make_tensors(1))
    with pytest.raises(InvalidRequestError) as caught:
        shop.merge(**wanted)
    assert caught.value.field == field and message in caught.value.message


@pytest.mark.parametrize("wanted", [{"primary": "nothing"}, {"primary": "a", "bake_in_vae": "nothing"}])
def test_models_that_are_not_there_are_named(shop, wanted):
    shop.put("a.safetensors", make_tensors(1))
    with pytest.raises(NotFoundError, match="nothing"):
        shop.merge(method="No interpolation", **wanted)


def test_a_name_cannot_lead_out_of_the_folder(shop):
    shop.put("a.safetensors", make_tensors(1))
    path = shop.merge(primary="a", method="No interpolation", custom_name="../../x")
    assert path.parent == shop.folder and "/" not in path.name


def test_what_is_there_is_not_replaced(shop):
    shop.put("a.safetensors", make_tensors(1))
    before = (shop.folder / "a.safetensors").read_bytes()
    with pytest.raises(OutputError, match=r"a\.safetensors in .* already"):
        shop.merge(primary="a", method="No interpolation")
    assert (shop.folder / "a.safetensors").read_bytes() == before


def test_an_interrupted_merge_leaves_nothing(shop):
    shop.put("a.safetensors", make_tensors(1))
    shop.put("b.safetensors", make_tensors(2))
    shop.steps = SimpleNamespace(append=lambda step: step.tensor == 3 and shop.cancellation.interrupt())
    with pytest.raises(MergeInterruptedError):
        shop.merge(primary="a", secondary="b")
    assert shop.files() == {"a.safetensors", "b.safetensors"}


def test_progress_is_told(shop):
    shop.put("a.safetensors", make_tensors(1))
    path = shop.merge(primary="a", method="No interpolation", custom_name="x")
    assert [step.stage for step in shop.steps] == ["hashing", *["merging"] * 7, "saving"]
    assert [step.tensor for step in shop.steps[2:]] == list(range(7))
    assert shop.steps[-1].done_bytes == shop.steps[-1].total_bytes < path.stat().st_size


def test_tensors_are_let_go_as_they_are_written(shop, monkeypatch):
    """However large the models, the memory of a few tensors is enough."""
    read, alive, most = streaming._FileSource.read, [], [0]

    def watch(source, name):
        tensor = read(source, name)
        alive[:] = [one for one in (*alive, weakref.ref(tensor.untyped_storage())) if one() is not None]
        most[0] = max(most[0], len(alive))
        return tensor

    monkeypatch.setattr(streaming._FileSource, "read", watch)
    for seed, name in enumerate("abc"):
        shop.put(f"{name}.safetensors", {f"model.{number}": torch.full((8,), float(seed)) for number in range(40)})
    shop.merge(primary="a", secondary="b", tertiary="c", method="Add difference")
    assert 0 < most[0] <= 4


def test_a_full_disk_is_said_before_and_during(shop, monkeypatch):
    shop.put("a.safetensors", make_tensors(1))
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=10))
    with pytest.raises(OutputError, match=r"too full for x\.safetensors"):
        shop.merge(primary="a", method="No interpolation", custom_name="x")
    monkeypatch.undo()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        shop.merge(primary="a", method="No interpolation", custom_name="x", add_recipe=False)
    assert shop.files() == {"a.safetensors"}


def test_a_damaged_model_is_named(shop):
    shop.put("a.safetensors", make_tensors(1))
    (shop.folder / "a.safetensors").write_bytes((shop.folder / "a.safetensors").read_bytes()[:-10])
    with pytest.raises(ModelFileError, match=r"a\.safetensors is cut off"):
        shop.merge(primary="a", method="No interpolation")


def test_requests_survive_storage():
    request = MergeRequest("a", "b", multiplier=0.55, config_source=2)
    assert MergeRequest.from_json(json.loads(json.dumps(request.to_json()))) == request
    assert POSITIONS not in MIXED
