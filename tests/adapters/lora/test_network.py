"""LoRA files as they come: whole, for other models, damaged, hostile."""

from __future__ import annotations

import pytest
import torch

from modules.adapters.lora.addresses import AddressBook
from modules.adapters.lora.network import load_lora
from modules.foundation.errors import ModelFileError

ATTENTION = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
LAYER = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k"
TITLE = "Stable Diffusion 1.x"


@pytest.fixture
def load(tiny_sd1):
    book = AddressBook(tiny_sd1)
    return lambda path: load_lora(path, book, TITLE)


def pair(outputs=128, inputs=48, name=ATTENTION):
    return {f"{name}.lora_up.weight": torch.ones(outputs, 2), f"{name}.lora_down.weight": torch.ones(2, inputs),
            f"{name}.alpha": torch.tensor(2.0)}


def test_a_file_changes_the_layers_it_names(load, write):
    assert list(load(write(pair())).changes) == [LAYER]


def test_what_no_layer_is_called_is_left_out(load, write):
    assert list(load(write({**pair(), **pair(name="lora_unet_nothing")})).changes) == [LAYER]


@pytest.mark.parametrize("file", ["tiny-lora", "tiny-lora2", "tiny-locon", "tiny-loha", "tiny-lokr", "tiny-dora"])
def test_every_layer_of_the_fixtures_is_found(load, tiny_models, file):
    from modules.weights.reading import read_header

    path = tiny_models / "Lora" / f"{file}.safetensors"
    assert len(load(path).changes) == len({name.partition(".")[0] for name in read_header(path).shapes})


def test_diffusers_files_are_read(load, write):
    name = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k"
    network = load(write({f"{name}.lora_A.weight": torch.ones(2, 48), f"{name}.lora_B.weight": torch.ones(128, 2)}))
    assert list(network.changes) == [LAYER]


def test_pickles_are_read(load, tmp_path):
    torch.save(pair(), tmp_path / "old.pt")
    assert list(load(tmp_path / "old.pt").changes) == [LAYER]


@pytest.mark.parametrize(("tensors", "metadata", "made_for"), [
    (pair(128, 2048), {}, "Stable Diffusion XL"), (pair(128, 1024), {}, "Stable Diffusion 2.x"),
    (pair(640, 48), {"ss_base_model_version": "sdxl_base_v1-0"}, "Stable Diffusion XL"),
    (pair(640, 48), {"ss_v2": "True"}, "Stable Diffusion 2.x"), (pair(640, 48), {}, "another kind of model"),
    (pair(name="lora_unet_double_blocks_0_img_attn_proj"), {}, "Flux"),
    (pair(name="lora_te2_text_model_encoder_layers_0_mlp_fc1"), {}, "Stable Diffusion XL"),
])
def test_a_file_for_another_model_says_for_which(load, write, tensors, metadata, made_for):
    with pytest.raises(ModelFileError) as error:
        load(write(tensors, metadata=metadata))
    assert f"made for {made_for}" in error.value.message and TITLE in error.value.message


@pytest.mark.parametrize(("tensors", "message"), [
    ({f"{ATTENTION}.lora_up.weight": torch.ones(128, 2)}, "of no known kind"),
    ({f"{ATTENTION}.strange": torch.ones(128, 48)}, "of no known kind"),
    ({**pair(), f"{ATTENTION}.lora_up.weight": torch.full((128, 2), float("nan"))}, "not numbers"),
    ({**pair(), f"{ATTENTION}.lora_up.weight": torch.ones(128, 3)}, "does not fit"),
    ({**pair(), f"{ATTENTION}.lora_up.weight": torch.ones(0)}, "does not fit"),
    ({f"{ATTENTION}.diff": torch.ones(128, 48), f"{ATTENTION}.diff_b": torch.ones(128)}, "a bias .* not there"),
    ({**pair(), f"{ATTENTION}.alpha": torch.ones(2)}, "does not fit"),
    ({f"{ATTENTION}.diff": torch.tensor(1.0)}, "does not fit"),
    ({f"{ATTENTION}.oft_blocks": torch.ones(5, 3, 3)}, "does not fit"),
    ({f"{ATTENTION}.weight": torch.ones(7), f"{ATTENTION}.on_input": torch.tensor(False)}, "does not fit"),
    ({"something": torch.ones(1)}, "none of its 0 layers is in the model"),
])
def test_files_that_make_no_sense(load, write, tensors, message):
    with pytest.raises(ModelFileError, match=message):
        load(write(tensors))


def test_a_file_that_is_cut_off(load, write):
    path = write(pair())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="cut off"):
        load(path)


def test_an_empty_file(load, tmp_path):
    (tmp_path / "empty.safetensors").touch()
    with pytest.raises(ModelFileError, match="empty"):
        load(tmp_path / "empty.safetensors")


def test_a_pickle_that_runs_something_is_refused(load, tmp_path):
    class Hostile:
        def __reduce__(self):
            return print, ("run",)

    torch.save({"state_dict": Hostile()}, tmp_path / "evil.pt")
    with pytest.raises(ModelFileError, match="refused"):
        load(tmp_path / "evil.pt")


def test_a_change_of_a_bias_and_of_a_normalisation(load, write):
    network = load(write({"lora_unet_conv_in.diff": torch.ones(32, 4, 3, 3), "lora_unet_conv_in.diff_b": torch.ones(32),
                          "lora_unet_conv_norm_out.w_norm": torch.ones(32),
                          "lora_unet_conv_norm_out.b_norm": torch.ones(32)}))
    assert sorted(network.changes) == ["unet.conv_in", "unet.conv_norm_out"]


def test_bundled_embeddings(load, write):
    network = load(write({**pair(), "bundle_emb.word.string_to_param.*": torch.ones(2, 48),
                          "bundle_emb.other.clip_l": torch.ones(1, 48), "bundle_emb.other.clip_g": torch.ones(1, 64)}))
    found = {one.name: (one.vector_count, one.width) for one in network.bundled}
    assert found == {"word": (2, 48), "other": (1, 112)}


def test_a_file_may_bring_nothing_but_embeddings(load, write):
    assert not load(write({"bundle_emb.word.string_to_param.*": torch.ones(2, 48)})).changes


def test_factors_are_copies(load, write):
    path = write(pair())
    network = load(path)
    path.write_bytes(b"")  # a mapped file that shrinks ends the process when it is read
    assert network.changes[LAYER][1].factors["lora_up.weight"].sum() == 256
