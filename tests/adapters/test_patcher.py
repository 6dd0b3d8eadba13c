"""Networks on a tiny model: on, off, changed, mixed, broken."""

from __future__ import annotations

import copy
import dataclasses
import os
import random
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from modules.adapters import weight_patches
from modules.adapters.patcher import NetworkPatcher
from modules.adapters.tags import HypernetworkUse, LoraUse
from modules.hardware.placement import CPU_PLACEMENT

KEY = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
TEXT_KEY = "lora_te_text_model_encoder_layers_0_mlp_fc1"


@pytest.fixture
def lora(tiny_models):
    def use(name="tiny-lora", te=1.0, unet=None, dyn=None):
        return LoraUse(tiny_models / "Lora" / f"{name}.safetensors", name, te, te if unet is None else unet, dyn)

    return use


@pytest.fixture
def hypernetwork(tiny_models):
    return lambda name="tiny-hn", strength=1.0: HypernetworkUse(tiny_models / "hypernetworks" / f"{name}.pt", name,
                                                                strength)


def layer(model):
    return model.unet.mid_block.attentions[0].transformer_blocks[0].attn2.to_k


def text_layer(model):
    return model.text_encoders[0].text_model.encoder.layers[0].mlp.fc1


def product(use, key=KEY):
    tensors = load_file(use.file)
    scale = float(tensors[f"{key}.alpha"]) / len(tensors[f"{key}.lora_down.weight"])
    return (tensors[f"{key}.lora_up.weight"].float() @ tensors[f"{key}.lora_down.weight"].float()) * scale


def predict(model):
    generator = torch.Generator().manual_seed(1)
    x, cross = torch.randn(1, 4, 8, 8, generator=generator), torch.randn(1, 77, 48, generator=generator)
    with torch.inference_mode():
        return model.predict(x, torch.tensor([500.0]), cross)


def test_a_hundred_times_on_and_off_leaves_no_trace(patched, tiny_sd1, rand, write, hypernetwork, fingerprint):
    before, output = fingerprint(tiny_sd1), predict(tiny_sd1)
    pair = {f"{KEY}.lora_up.weight": rand(128, 2), f"{KEY}.lora_down.weight": rand(2, 48)}
    files = [write({**pair, f"{TEXT_KEY}.diff": rand(192, 48), f"{TEXT_KEY}.diff_b": rand(192)}, "first"),
             write({**pair, f"{KEY}.dora_scale": rand(1, 48), "lora_unet_conv_norm_out.w_norm": rand(32),
                    "lora_unet_conv_in.oft_blocks": rand(8, 4, 4)}, "second")]
    chance = random.Random(5)
    patcher = patched()
    for _ in range(100):
        uses = [LoraUse(file, file.stem, chance.uniform(-1, 1), chance.uniform(-1, 1)) for file in files]
        with torch.inference_mode():
            patcher.apply(chance.sample(uses, chance.randint(1, 2)), [hypernetwork()] if chance.random() < 0.3 else [],
                          functional=chance.random() < 0.3)
        patcher.apply(())
    assert fingerprint(tiny_sd1) == before
    assert torch.equal(predict(tiny_sd1), output)


@pytest.mark.parametrize("name", ["tiny-lora", "tiny-lora2", "tiny-locon", "tiny-loha", "tiny-lokr", "tiny-dora"])
def test_files_of_every_kind_on_and_off(patched, tiny_sd1, lora, fingerprint, name):
    before, patcher = fingerprint(tiny_sd1), patched()
    assert patcher.apply([lora(name, 0.7)]).comments == ()
    assert fingerprint(tiny_sd1) != before
    patcher.apply(())
    assert fingerprint(tiny_sd1) == before


def test_weights_are_the_originals_plus_the_changes(patched, tiny_sd1, lora):
    original, text = layer(tiny_sd1).weight.clone(), text_layer(tiny_sd1).weight.clone()
    use = lora(te=0.2, unet=0.9)
    assert patched().apply([use]).comments == ()
    torch.testing.assert_close(layer(tiny_sd1).weight, original + product(use) * 0.9)
    torch.testing.assert_close(text_layer(tiny_sd1).weight, text + product(use, TEXT_KEY) * 0.2)


def test_a_file_in_8_bits_works(patched, tiny_sd1, lora, tmp_path):
    tensors = {name: tensor.to(torch.float8_e4m3fn) for name, tensor in load_file(lora().file).items()}
    save_file(tensors, tmp_path / "eight.safetensors")
    before = layer(tiny_sd1).weight.clone()
    assert patched().apply([LoraUse(tmp_path / "eight.safetensors", "eight")]).comments == ()
    assert not torch.equal(layer(tiny_sd1).weight, before)


def test_several_files_add_up(patched, tiny_sd1, lora):
    original = layer(tiny_sd1).weight.clone()
    first, second = lora(te=0.5), lora("tiny-lora2", te=-0.25)
    patched().apply([first, second])
    torch.testing.assert_close(layer(tiny_sd1).weight, original + product(first) * 0.5 - product(second) * 0.25)


def test_what_depends_on_the_weight_sees_what_came_before(patched, tiny_sd1, lora):
    original = layer(tiny_sd1).weight.clone()
    plain, dora = lora(), lora("tiny-dora", 0.7)
    patched().apply([plain, dora])
    changed = original + product(plain)
    magnitude = load_file(dora.file)[f"{KEY}.dora_scale"].float()
    merged = changed + product(dora)
    expected = changed + (merged * (magnitude / merged.norm(dim=0, keepdim=True)) - changed) * 0.7
    torch.testing.assert_close(layer(tiny_sd1).weight, expected, rtol=1e-4, atol=1e-5)


def test_only_the_first_ranks(patched, tiny_sd1, lora):
    original = layer(tiny_sd1).weight.clone()
    use = lora(dyn=2)
    patched().apply([use])
    tensors = load_file(use.file)
    down, up = tensors[f"{KEY}.lora_down.weight"].float(), tensors[f"{KEY}.lora_up.weight"].float()
    torch.testing.assert_close(layer(tiny_sd1).weight, original + up[:, :2] @ down[:2] * 0.5)


def test_the_same_again_touches_nothing(patched, lora, hypernetwork, monkeypatch):
    patcher = patched()
    first = patcher.apply([lora()], [hypernetwork()])
    monkeypatch.setattr(patcher, "_apply", None)
    assert patcher.apply([lora()], [hypernetwork()]) is first


def test_changing_one_weight_touches_only_its_layers(patched, tiny_sd1, lora):
    patcher = patched()
    patcher.apply([lora(te=1.0, unet=1.0)])
    versions = [part._version for part in (layer(tiny_sd1).weight, text_layer(tiny_sd1).weight)]
    patcher.apply([lora(te=0.5, unet=1.0)])
    now = [part._version for part in (layer(tiny_sd1).weight, text_layer(tiny_sd1).weight)]
    assert now[0] == versions[0] and now[1] > versions[1]


def test_changes_are_computed_once_where_there_is_room(patched, lora, monkeypatch):
    calls = []
    change = weight_patches.LayerChange.weight_change
    monkeypatch.setattr(weight_patches.LayerChange, "weight_change",
                        lambda self, weight: calls.append(1) or change(self, weight))
    for room, again in ((2**30, False), (0, True)):
        patcher = patched(cache_bytes=room)
        patcher.apply([lora(te=1.0)])
        calls.clear()
        patcher.apply([lora(te=0.5)])
        assert bool(calls) is again
        patcher.apply(())


@pytest.mark.parametrize("name", ["tiny-lora", "tiny-locon", "tiny-loha", "tiny-dora"])
def test_beside_the_layers_comes_to_the_same(patched, tiny_sd1, lora, name):
    plain, patcher = predict(tiny_sd1), patched()
    patcher.apply([lora(name, 0.8), lora("tiny-lora2", 0.4)])
    expected = predict(tiny_sd1)
    patcher.apply([lora(name, 0.8), lora("tiny-lora2", 0.4)], functional=True)
    torch.testing.assert_close(predict(tiny_sd1), expected, rtol=2e-3, atol=2e-3)
    assert not torch.allclose(expected, plain, atol=0.05)


def test_beside_the_layers_leaves_weights_alone(patched, tiny_sd1, lora, fingerprint):
    before = fingerprint(tiny_sd1)
    patched().apply([lora()], functional=True)
    assert fingerprint(tiny_sd1) == before


def test_a_file_that_cannot_be_used_is_left_out_whole(patched, tiny_sd1, lora, write, fingerprint):
    before = fingerprint(tiny_sd1)
    wrong = write({f"{KEY}.lora_up.weight": torch.ones(128, 2), f"{KEY}.lora_down.weight": torch.ones(2, 48),
                   f"{TEXT_KEY}.lora_up.weight": torch.ones(7, 2), f"{TEXT_KEY}.lora_down.weight": torch.ones(2, 48)})
    patcher = patched()
    missing = LoraUse(wrong.with_name("gone.safetensors"), "gone")
    result = patcher.apply([LoraUse(wrong, "wrong"), missing])
    assert fingerprint(tiny_sd1) == before
    assert [text.split(" was not used")[0] for text in result.comments] == ["The LoRA wrong", "The LoRA gone"]
    assert len(patcher.apply([LoraUse(wrong, "wrong"), lora()]).comments) == 1
    assert fingerprint(tiny_sd1) != before


@pytest.mark.parametrize(("model", "file"), [("tiny-sd1", "tiny-xl-lora"), ("tiny-sdxl", "tiny-lora"),
                                             ("tiny-sdxl", "tiny-v-lora")])
def test_loras_of_other_families(patched, tiny_model, lora, fingerprint, model, file):
    loaded = tiny_model(model)
    before = fingerprint(loaded)
    result = patched(model).apply([lora(file)])
    assert fingerprint(loaded) == before
    assert f"The LoRA {file} was not used" in result.comments[0] and loaded.description.title in result.comments[0]


@pytest.mark.parametrize(("model", "file"), [("tiny-sdxl", "tiny-xl-lora"), ("tiny-sd2-v", "tiny-v-lora"),
                                             ("tiny-sd1-inpainting", "tiny-locon")])
def test_loras_of_the_other_families_own(patched, tiny_model, lora, fingerprint, model, file):
    loaded = tiny_model(model)
    before = fingerprint(loaded)
    patcher = patched(model)
    assert patcher.apply([lora(file)]).comments == ()
    assert fingerprint(loaded) != before
    patcher.apply(())
    assert fingerprint(loaded) == before


def test_a_failure_half_way_puts_everything_back(patched, tiny_sd1, lora, fingerprint, monkeypatch):
    before, patcher = fingerprint(tiny_sd1), patched()
    patcher.apply([lora("tiny-lora2")])
    change, calls = weight_patches.WeightPatches._change, []

    def fail(self, path, steps):
        calls.append(path)
        if len(calls) > 20:
            raise torch.OutOfMemoryError("as happens")
        change(self, path, steps)

    monkeypatch.setattr(weight_patches.WeightPatches, "_change", fail)
    with pytest.raises(torch.OutOfMemoryError):
        patcher.apply([lora()])
    assert fingerprint(tiny_sd1) == before
    monkeypatch.undo()
    patcher.apply([lora()])
    assert fingerprint(tiny_sd1) != before


def test_a_changed_file_is_read_again(patched, tiny_sd1, write):
    def save(value):
        path = write({f"{KEY}.diff": torch.full((128, 48), value)})
        os.utime(path, (value, value))  # clocks of file systems tick slower than this test
        return path

    original, patcher = layer(tiny_sd1).weight.clone(), patched()
    patcher.apply([LoraUse(save(1.0), "x")])
    torch.testing.assert_close(layer(tiny_sd1).weight, original + 1)
    patcher.apply([LoraUse(save(2.0), "x")])
    torch.testing.assert_close(layer(tiny_sd1).weight, original + 2)


def test_biases_and_normalisations(patched, tiny_sd1, write):
    conv, norm = tiny_sd1.unet.conv_in, tiny_sd1.unet.conv_norm_out
    before = [tensor.clone() for tensor in (conv.bias, norm.weight, norm.bias)]
    path = write({"lora_unet_conv_in.diff": torch.zeros(32, 4, 3, 3), "lora_unet_conv_in.diff_b": torch.ones(32),
                  "lora_unet_conv_norm_out.w_norm": torch.ones(32), "lora_unet_conv_norm_out.b_norm": -torch.ones(32)})
    patcher = patched()
    patcher.apply([LoraUse(path, "x", 0.5, 0.5)])
    for tensor, original, change in zip((conv.bias, norm.weight, norm.bias), before, (0.5, 0.5, -0.5)):
        torch.testing.assert_close(tensor, original + change)
    patcher.apply(())
    assert all(torch.equal(tensor, old) for tensor, old in zip((conv.bias, norm.weight, norm.bias), before))


def test_bundled_embeddings_come_with_the_file(patched, write):
    path = write({"bundle_emb.word.string_to_param.*": torch.ones(2, 48),
                  "bundle_emb.wide.string_to_param.*": torch.ones(2, 40)})
    result = patched().apply([LoraUse(path, "x")])
    assert [one.name for one in result.embeddings] == ["word"]
    assert "The embedding wide inside a LoRA was not used" in result.comments[0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_16_bits_every_file_is_rounded_for_itself(tiny_sd1, lora, fingerprint, dtype):
    unet, encoder = (copy.deepcopy(part).to(dtype) for part in (tiny_sd1.unet, tiny_sd1.text_encoders[0]))
    placement = dataclasses.replace(CPU_PLACEMENT, unet_dtype=dtype, text_dtype=dtype)
    model = SimpleNamespace(description=tiny_sd1.description, placement=placement, unet=unet, text_encoders=(encoder,))
    before, weight = fingerprint(model), layer(model).weight.clone()
    patcher = NetworkPatcher(model)
    patcher.apply([lora(te=0.5), lora("tiny-lora2", te=0.5)])
    expected = (weight + product(lora()) * 0.5).to(dtype)
    expected = (expected + product(lora("tiny-lora2")) * 0.5).to(dtype)
    torch.testing.assert_close(layer(model).weight, expected, rtol=4 * torch.finfo(dtype).eps, atol=1e-3)
    patcher.apply(())
    assert fingerprint(model) == before


def test_a_model_that_is_streamed_in_layer_by_layer(tiny_models, tiny_sd1, lora, hypernetwork, patched):
    from modules.engine.loading import load_model
    from modules.engine.model_files import ModelFiles
    from modules.hardware.placement import Offload

    uses = [lora("tiny-locon", 0.8)], [hypernetwork()]
    plain = predict(tiny_sd1)
    patched().apply(*uses)
    expected = predict(tiny_sd1)
    placement = dataclasses.replace(CPU_PLACEMENT, offload=Offload.LAYER_BY_LAYER)
    streamed = load_model(ModelFiles(tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors"), placement)
    assert layer(streamed).weight.device.type == "meta"
    patcher = NetworkPatcher(streamed)
    patcher.apply(*uses)
    torch.testing.assert_close(predict(streamed), expected)
    patcher.apply(())
    assert torch.equal(predict(streamed), plain)


def test_hypernetworks_stand_before_keys_and_values(patched, tiny_sd1, hypernetwork):
    from modules.adapters.hypernetworks.files import read_hypernetwork

    names = [("tiny-hn", 0.5), ("tiny-hn-relu", 2.0)]
    patched().apply((), [hypernetwork(*name) for name in names])
    context = torch.randn(1, 3, 48)
    for module, which in ((layer(tiny_sd1), 0), (layer_of_values(tiny_sd1), 1)):
        expected = context
        for name, strength in names:
            pair = read_hypernetwork(hypernetwork(name).file, name).networks[48]
            expected = expected + pair[which](expected) * strength
        torch.testing.assert_close(module(context), torch.nn.functional.linear(expected, module.weight))


def layer_of_values(model):
    return model.unet.mid_block.attentions[0].transformer_blocks[0].attn2.to_v


def test_a_hypernetwork_without_this_width_does_nothing_and_says_so(patched, tiny_sd1, hypernetwork, tmp_path):
    from modules.adapters.hypernetworks.files import save_hypernetwork
    from modules.adapters.hypernetworks.structure import Structure

    structure = Structure()
    save_hypernetwork(tmp_path / "wide.safetensors", {768: (structure.build(768), structure.build(768))}, structure)
    plain = predict(tiny_sd1)
    (comment,) = patched().apply((), [HypernetworkUse(tmp_path / "wide.safetensors", "wide")]).comments
    assert "wide does nothing here" in comment and "width 768" in comment
    assert torch.equal(predict(tiny_sd1), plain)
    assert not torch.equal(predict_with(patched(), tiny_sd1, hypernetwork()), plain)


def predict_with(patcher, model, use):
    patcher.apply((), [use])
    return predict(model)


def test_a_broken_hypernetwork_is_left_out(patched, tiny_sd1, tmp_path):
    (tmp_path / "broken.pt").write_bytes(b"PK\x03\x04 nothing")
    result = patched().apply((), [HypernetworkUse(tmp_path / "broken.pt", "broken")])
    assert result.comments[0].startswith("The hypernetwork broken was not used.")
