"""The default model's renderer, captions, file layout and shipped checkpoint."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from tools.crayon.captions import COLOUR_WORDS, NOUNS, PLACE_PHRASES, PLACE_TAGS, STYLE_PHRASES, caption
from tools.crayon.measurement import background_of, object_colour
from tools.crayon.palette import COLOURS
from tools.crayon.renderer import render
from tools.crayon.scene import NATURAL_COLOURS, OBJECTS, PAPERS, PLACES, STYLES, Scene, Thing, draw_scene, visible

CHECKPOINT = Path(__file__).parents[2] / "models/Stable-diffusion/crayon-v1.safetensors"
MANY = range(300)


def pixels(scene: Scene, extent_px: int = 64) -> np.ndarray:
    return np.asarray(render(scene, extent_px))


def test_a_seed_settles_scene_caption_and_picture() -> None:
    for seed in range(20):
        assert draw_scene(seed) == draw_scene(seed)
        assert caption(draw_scene(seed), 1) == caption(draw_scene(seed), 1)
        assert (pixels(draw_scene(seed)) == pixels(draw_scene(seed))).all()


def test_seeds_differ() -> None:
    assert len({draw_scene(seed) for seed in MANY}) == len(MANY)
    assert len({caption(draw_scene(seed)) for seed in MANY}) > 0.8 * len(MANY)


@pytest.mark.parametrize("names", [OBJECTS, PLACES, STYLES, PAPERS], ids=["objects", "places", "styles", "papers"])
def test_every_name_can_be_drawn_and_looks_different(names: tuple[str, ...]) -> None:
    drawn = []
    for name in names:
        place, paper = (name, None) if name in PLACES else (None, name) if name in PAPERS else ("day", None)
        kind, style = name if name in OBJECTS else "cat", name if name in STYLES else "flat"
        drawn.append(pixels(Scene(Thing(kind, "red"), place=place, paper=paper, style=style, seed=4)).astype(float))
    for index, first in enumerate(drawn):
        assert all(np.abs(first - second).mean() > 1 for second in drawn[index + 1 :])


@pytest.mark.parametrize("colour", COLOURS)
def test_an_object_has_the_colour_it_is_given(colour: str) -> None:
    for kind in ("circle", "house", "star"):
        place = "night" if colour != "black" else "day"
        assert object_colour(pixels(Scene(Thing(kind, colour), place=place, seed=3), 128), place) == colour


@pytest.mark.parametrize("place", PLACES)
def test_a_background_is_recognised(place: str) -> None:
    for seed in range(5):
        assert background_of(pixels(Scene(Thing("heart", "red"), place=place, seed=seed), 128)) == place


def test_two_and_three_objects_cover_separate_places() -> None:
    for count in (1, 2, 3):
        picture = pixels(Scene(Thing("circle", "red"), count=count, place=None, paper="white", seed=2), 128).astype(int)
        assert ndimage.label(picture[:, :, 0] - picture[:, :, 1] > 100)[1] == count


@pytest.mark.parametrize("seed", MANY)
def test_a_caption_tells_the_truth(seed: int) -> None:
    scene = draw_scene(seed)
    text = caption(scene)
    words = text.replace(",", " ").split()
    assert any(f"{noun}" in text for noun in NOUNS[scene.subject.kind])
    assert (scene.count == 2) == ("two" in words)
    assert (scene.count == 3) == ("three" in words)
    named = {colour for colour in COLOURS if any(word in words for word in COLOUR_WORDS.get(colour, (colour,)))}
    things = [scene.subject] + ([scene.other] if scene.other else [])
    # "under a blue sky", "in a green field" and "coloured pencil" name no object's colour
    allowed = {thing.colour for thing in things} | ({scene.paper} if scene.paper else set())
    extra = {"blue"} if scene.place == "day" else {"green"} if scene.place == "grass" else set()
    assert named <= allowed | extra
    for thing in things:
        assert thing.colour in named or thing.colour in NATURAL_COLOURS[thing.kind]
    if scene.place not in (None, "day"):
        assert any(phrase in text for phrase in (*PLACE_PHRASES[scene.place], *PLACE_TAGS[scene.place]))
    if scene.style != "flat":
        assert any(phrase in text for phrase in STYLE_PHRASES[scene.style])
    assert scene.blurred == ("blur" in text or "out of focus" in text)


def test_objects_stand_out_from_their_background() -> None:
    for scene in map(draw_scene, MANY):
        assert visible(scene.subject.colour, scene.place, scene.paper)


def test_known_words_have_the_tokens_of_clip() -> None:
    from tools.crayon.vocabulary import frame, tokenize

    assert tokenize("a photo of a Red house") == [320, 1125, 539, 320, 736, 1212]
    padded = frame(tokenize("hello world!"))
    assert padded[:5] == [49406, 3306, 1002, 256, 49407]
    assert len(padded) == 77
    assert set(padded[5:]) == {49407}


def test_the_layout_round_trips() -> None:
    import torch

    from tools.crayon.layout import from_single_file, to_single_file
    from tools.crayon.network import build_text_encoder, build_unet, build_vae

    parts = [dict(part.state_dict()) for part in (build_unet(), build_vae(), build_text_encoder())]
    whole = to_single_file(*parts)
    assert len(whole) == sum(len(part) for part in parts)
    assert whole["first_stage_model.encoder.mid.attn_1.q.weight"].ndim == 4
    for part, copy in zip(parts, from_single_file(whole, *parts)):
        assert part.keys() == copy.keys()
        assert all(torch.equal(part[name], copy[name]) for name in part)


def test_the_written_encoder_takes_averages() -> None:
    import torch

    from tools.crayon.encoder import standard_latents, write_encoder
    from tools.crayon.network import LATENT_SCALE, build_vae
    from tools.crayon.pictures import to_tensor

    vae = build_vae().eval()
    write_encoder(vae)
    picture = to_tensor(np.stack([pixels(draw_scene(seed)) for seed in range(2)]))
    with torch.inference_mode():
        encoded = vae.encode(picture).latent_dist.mean * LATENT_SCALE
    assert (encoded - standard_latents(picture)).abs().max() < 0.01


@pytest.mark.skipif(not CHECKPOINT.exists(), reason="the default model is not in this checkout")
def test_the_shipped_checkpoint_is_whole() -> None:
    assert CHECKPOINT.stat().st_size <= 40_000_000
    with CHECKPOINT.open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    metadata = header.pop("__metadata__")
    assert metadata["modelspec.architecture"] == "stable-diffusion-v1"
    assert metadata["modelspec.prediction_type"] == "epsilon"
    assert metadata["modelspec.license"] == "MIT"
    assert metadata["webui.text_encoder_heads"] == "6"
    assert header["model.diffusion_model.input_blocks.0.0.weight"]["shape"][1:] == [4, 3, 3]
    assert header["cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"]["shape"][0] == 49408
    assert header["first_stage_model.post_quant_conv.weight"]["shape"] == [4, 4, 1, 1]
    end = max(entry["data_offsets"][1] for entry in header.values())
    assert end < CHECKPOINT.stat().st_size
