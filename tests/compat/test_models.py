"""``modules.sd_models``, ``sd_vae``, ``sd_hijack`` and the model in memory."""

from __future__ import annotations

import shutil

import pytest
import torch


@pytest.fixture(autouse=True)
def tiny_model_in_memory(plugin_host):
    """Whatever was loaded before."""
    from modules import sd_models

    sd_models.load_model(sd_models.get_closet_checkpoint_match("tiny-sd1"))


def test_checkpoints(plugin_host):
    from modules import sd_models, shared

    info = sd_models.get_closet_checkpoint_match("tiny-sd1-b")
    assert (info.name, info.model_name, info.name_for_extra) == ("tiny-sd1-b.safetensors", "tiny-sd1-b", "tiny-sd1-b")
    assert info.title in sd_models.checkpoints_list and "tiny-sd1-b" in sd_models.checkpoint_aliases
    assert sd_models.checkpoints_list[info.title] == info == sd_models.CheckpointInfo(info.filename)
    assert info.title in sd_models.checkpoint_tiles() and info.title in shared.list_checkpoint_tiles()
    assert sd_models.get_closet_checkpoint_match("never") is None
    assert sd_models.select_checkpoint().model_name == "tiny-sd1"
    assert len(info.hash) == 8 and sd_models.model_hash(info.filename) == info.hash
    assert "model.diffusion_model.out.2.weight" in sd_models.read_state_dict(info.filename)


def test_the_model_in_memory(plugin_host):
    from modules import sd_models, shared

    model = shared.sd_model
    assert model is shared.sd_model is sd_models.model_data.sd_model
    assert (model.is_sd1, model.is_sd2, model.is_sdxl, model.parameterization) == (True, False, False, "eps")
    assert model.sd_checkpoint_info.model_name == "tiny-sd1" and model.alphas_cumprod.shape == (1000,)
    assert model.device.type == "cpu" and model.dtype == torch.float32 and model.to("cuda") is model
    assert not hasattr(model, "conditioner") and model.model.conditioning_key == "crossattn"
    model.mine = 1
    assert shared.sd_model.mine == 1


def test_the_model_can_be_assigned(plugin_host):
    from modules import shared

    mine = object()
    try:
        shared.sd_model = mine
        assert shared.sd_model is mine
    finally:
        shared.sd_model = None
    assert shared.sd_model.is_sd1


def test_the_model_computes(plugin_host):
    from modules import devices, shared

    model = shared.sd_model
    latents = model.get_first_stage_encoding(model.encode_first_stage(torch.zeros(1, 3, 64, 64)))
    assert latents.shape == (1, 4, 8, 8) and model.decode_first_stage(latents).shape == (1, 3, 64, 64)
    cond = model.get_learned_conditioning(["a"])
    with torch.no_grad(), devices.autocast():
        one = model.apply_model(latents, torch.tensor([500]), cond)
        two = model.apply_model(latents, torch.tensor([500]), {"c_crossattn": [cond], "c_concat": None})
    assert torch.equal(one, two)


@pytest.mark.parametrize("use", [
    lambda model: model.model.diffusion_model.input_blocks, lambda model: model.cond_stage_model.wrapped.transformer,
    lambda model: setattr(model, "apply_model", None), lambda model: model.cond_stage_model.process_tokens([])])
def test_insides_of_other_models_are_refused_by_name(use, plugin_host):
    from modules import shared
    from modules.compat.lazy import UnsupportedNameError

    with pytest.raises(UnsupportedNameError, match="sd_model") as told:
        use(shared.sd_model)
    assert "Use" in told.value.remedy


def test_sdxl_is_told_apart(plugin_host):
    from modules import sd_models
    from modules.prompt_parser import SdConditioning, get_learned_conditioning

    model = sd_models.load_model(sd_models.get_closet_checkpoint_match("tiny-sdxl"))
    assert model.is_sdxl and not model.is_sd1 and hasattr(model, "conditioner")
    (wanted,) = get_learned_conditioning(model, SdConditioning(["a"], width=64, height=32), 4)
    (unwanted,) = get_learned_conditioning(model, SdConditioning([""], is_negative_prompt=True), 4)
    assert set(wanted[0].cond) == {"crossattn", "vector"} and wanted[0].cond["crossattn"].abs().sum() > 0
    assert unwanted[0].cond["crossattn"].abs().sum() == 0
    latents = model.get_first_stage_encoding(model.encode_first_stage(torch.zeros(1, 3, 64, 64)))
    assert latents.shape == (1, 4, 8, 8)


def test_changing_the_model_tells_extensions(plugin_host):
    from modules import script_callbacks, sd_models

    told = []
    script_callbacks.on_model_loaded(told.append)
    try:
        sd_models.reload_model_weights(info=sd_models.get_closet_checkpoint_match("tiny-sd1-b"))
        sd_models.reload_model_weights(info=sd_models.get_closet_checkpoint_match("tiny-sd1-b"))
        assert [model.sd_checkpoint_info.model_name for model in told] == ["tiny-sd1-b"]
    finally:
        script_callbacks.remove_callbacks_for_function(told.append)
        sd_models.reload_model_weights(info=sd_models.get_closet_checkpoint_match("tiny-sd1"))


def test_tokens_and_embeddings(plugin_host, tiny_models):
    from modules import sd_hijack

    place = plugin_host.flags.embeddings_dir
    place.mkdir(exist_ok=True)
    for file in (tiny_models / "embeddings").glob("*.pt"):
        shutil.copy(file, place)
    sd_hijack.model_hijack.embedding_db.load_textual_inversion_embeddings()

    hijack = sd_hijack.model_hijack
    assert hijack.get_prompt_lengths("a cat") == (2, 75) and hijack.clip.tokenize(["a cat"])[0] == [320, 2368]
    words = hijack.embedding_db.word_embeddings
    name, embedding = next(iter(words.items()))
    assert embedding.name == name and embedding.vectors >= 1 and len(embedding.shorthash) == 12
    assert not set(words) & set(hijack.embedding_db.skipped_embeddings)
    shutil.rmtree(place)
    hijack.embedding_db.load_textual_inversion_embeddings()


def test_vaes(plugin_host):
    from modules import sd_vae

    assert sd_vae.vae_dict and sd_vae.get_loaded_vae_name() is None
    name, path = next(iter(sd_vae.vae_dict.items()))
    try:
        sd_vae.reload_vae_weights(vae_file=path)
        assert sd_vae.get_loaded_vae_name() == name and sd_vae.loaded_vae_file == path
    finally:
        sd_vae.reload_vae_weights()


def test_noise(plugin_host):
    from modules import devices, rng

    batch = rng.ImageRNG((4, 8, 8), [1, 2])
    assert torch.equal(batch.first()[1], rng.ImageRNG((4, 8, 8), [2]).first()[0])
    assert torch.equal(devices.randn_local(1, (4, 8, 8)), batch.first()[0])
    with pytest.raises(devices.NansException):
        devices.test_for_nans(torch.full((2,), float("nan")), "unet")
    devices.test_for_nans(torch.zeros(2), "unet")
    assert devices.device == devices.cpu == devices.get_optimal_device() and devices.dtype == torch.float32


def test_upscalers_of_extensions_go_on_the_shelf(plugin_host):
    from PIL import Image

    from modules import modelloader, shared
    from modules.imaging.upscaling.entry import Tiling
    from modules.imaging.upscaling.provided import PROVIDED
    from modules.upscaler import Upscaler, UpscalerData

    class Doubling(Upscaler):
        name = "Doubling"

        def __init__(self, dirname=None):
            super().__init__()
            self.scalers = [UpscalerData("Doubling 2x", None, self, 2)]

        def do_upscale(self, img, selected_model):
            return img.resize((img.width * 2, img.height * 2))

    before = [one.name for one in shared.sd_upscalers]
    try:
        modelloader.load_upscalers()
        assert [one.name for one in shared.sd_upscalers] == [*before, "Doubling 2x"]
        shelf = plugin_host.bench.upscalers
        assert shelf.upscale(Image.new("RGB", (8, 8)), "Doubling 2x", 4, Tiling()).size == (32, 32)
        lanczos = next(one for one in shared.sd_upscalers if one.name == "Lanczos")
        assert lanczos.scaler.upscale(Image.new("RGB", (8, 8)), 2, lanczos.data_path).size == (16, 16)
    finally:
        PROVIDED.forget("")
    assert [one.name for one in shared.sd_upscalers] == before
