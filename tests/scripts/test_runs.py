"""What scripts do when they are stopped, repeated, or given values that make no sense."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import WebUIError
from modules.generation.events import ImageFinished, Preview, Progress
from tests.scripts.test_golden import GOLDEN

PICTURE = GOLDEN / "inputs" / "a64.png"


def test_every_script_of_the_program_is_there(scripted):
    from modules.compat.script_host import runner_of

    titles = ["img2img alternative test", "Loopback", "Outpainting mk2", "Poor man's outpainting", "Prompt matrix",
              "Prompts from file or textbox", "SD upscale", "X/Y/Z plot"]
    found = [title for title in runner_of(img2img=True).titles if title != "Custom code"]
    assert found == titles
    assert [title for title in runner_of(img2img=False).titles if title != "Custom code"] == [*titles[4:6], titles[7]]


@pytest.mark.parametrize("script, args, named", [
    ("sd upscale", (None, 64, "None", 2.0), "overlap of 64 pixels must be smaller than a tile"),
    ("sd upscale", (None, 16, "Nowhere", 2.0), "no upscaler 'Nowhere'. There are: None, Lanczos"),
    ("sd upscale", (None, 16, 99, 2.0), "no upscaler 99"),
    ("sd upscale", (None, 16, "None", 0.5), "scale factor must be from 1 to 8"),
    ("outpainting mk2", (None, 8, 8, ["sideways"]), "no side 'sideways'. Choose among left, right, up, down"),
    ("outpainting mk2", (None, 8, 8, []), "No side to extend was chosen"),
    ("poor man's outpainting", (64, 4, 0, ["up"]), "less than a tile"),
    ("poor man's outpainting", (16, 4, "noise", ["up"]), "fill, original, latent noise, latent nothing"),
    ("prompt matrix", (False, False, "both"), "positive, negative"),
    ("prompts from file or textbox", (False, False, "start", " \n"), "no prompts"),
    ("img2img alternative test", (None, True, True, "", "", True, 0), "Decode steps must be from 1 to 150"),
])
def test_values_that_make_no_sense_are_refused(scripted, script, args, named):
    with pytest.raises(WebUIError) as caught:
        scripted.run(scripted.request(script, *args, init=PICTURE))
    assert named in str(caught.value)


def test_a_matrix_that_gets_too_large_is_refused_before_it_begins(scripted):
    with pytest.raises(WebUIError, match="16 optional parts make 65536 pictures"):
        scripted.run(scripted.request("prompt matrix", prompt="|".join("abcdefghijklmnopq")))


def test_an_interrupted_loopback_keeps_its_finished_pictures(scripted):
    cancellation = Cancellation()

    def stop(event):
        if isinstance(event, Progress) and event.batch == 2:
            cancellation.interrupt()

    shown = scripted.run(scripted.request("loopback", 5, 0.3, init=PICTURE, denoising_strength=0.6),
                         cancellation=cancellation, listen=stop)
    assert [event.kind for event in shown] == ["grid", "image", "image"]
    assert [event.seed for event in shown[1:]] == [1000, 1001]


def test_progress_counts_all_runs_of_a_script(scripted):
    heard = []
    scripted.run(scripted.request("loopback", 3, init=PICTURE), listen=heard.append)
    told = [event for event in heard if isinstance(event, Progress)]
    assert {event.batches for event in told} == {3}
    fractions = [event.fraction for event in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert sum(isinstance(event, Preview) for event in heard) >= 3


@pytest.mark.parametrize("batch_size, batch_count, kinds, seeds", [
    (1, 1, ["image"], [1000]), (2, 2, ["grid", "image", "image", "image", "image"], [1000, 1001, 1002, 1003])])
def test_outpainting_makes_batches(scripted, batch_size, batch_count, kinds, seeds):
    shown = scripted.run(scripted.request("outpainting mk2", None, 32, 4, ["left"], init=PICTURE,
                                          batch_size=batch_size, batch_count=batch_count))
    assert [event.kind for event in shown] == kinds
    pictures = [event.image for event in shown if event.kind == "image"]
    assert {picture.size for picture in pictures} == {(128, 64)}
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_a_stopped_upscale_is_still_a_whole_picture(scripted):
    cancellation = Cancellation()

    def stop(event):
        if isinstance(event, Preview):
            cancellation.stop_after_batch()

    shown = scripted.run(scripted.request("sd upscale", None, 16, "Nearest", 2.0, init=PICTURE),
                         cancellation=cancellation, listen=stop)
    assert [event.image.size for event in shown] == [(128, 128)]
    enlarged = Image.open(PICTURE).convert("RGB").resize((128, 128), Image.Resampling.NEAREST)
    assert shown[0].image.getpixel((120, 120)) == enlarged.getpixel((120, 120))


def test_the_way_back_to_noise_is_remembered_and_randomness_counts(scripted):
    def make(randomness):
        args = (None, True, True, "a castle", "", True, 4, True, 1.0, randomness)
        heard = []
        shown = scripted.run(scripted.request("img2img alternative test", *args, init=PICTURE, batch_size=2),
                             settings={"return_grid": False}, listen=heard.append)
        return [event.image.tobytes() for event in shown if event.kind == "image"]

    first, again, other = make(0.0), make(0.0), make(0.5)
    assert len(first) == 2 and first == again != other
    assert other[0] != other[1]


def test_the_way_back_to_noise_needs_a_model_that_sees_only_text(scripted):
    with pytest.raises(WebUIError, match="not one for inpainting"):
        scripted.run(scripted.request("img2img alternative test", None, init=PICTURE, checkpoint="tiny-sd1-inpainting"))


def test_results_are_saved_where_pictures_go(scripted):
    shown = scripted.run(scripted.request("sd upscale", None, 16, "Nearest", 1.0, init=PICTURE),
                         settings={"samples_save": True})
    path = shown[0].path
    assert path.parent.parent.name == "img2img-images"
    assert "SD upscale upscaler: Nearest" in Image.open(path).info["parameters"]
    assert isinstance(shown[0], ImageFinished)


def test_a_matrix_grid_is_saved_with_its_infotext(scripted):
    shown = scripted.run(scripted.request("prompt matrix", prompt="a castle|at night"), settings={"grid_save": True})
    assert shown[0].kind == "grid" and shown[0].path.name.startswith("prompt_matrix-")
    assert Image.open(shown[0].path).info["parameters"].startswith("a castle\n")


def test_custom_code_runs_only_where_it_is_allowed(scripted, monkeypatch):
    from modules import scripts, shared

    custom = next((one for one in scripts.scripts_data if one.path.endswith("custom_code.py")), None)
    assert custom is not None
    monkeypatch.setattr(shared.cmd_opts, "allow_code", False, raising=False)
    assert custom.script_class().show(False) is False
    with pytest.raises(PermissionError, match="--allow-code"):
        custom.script_class().run(None, "1", 2)


def test_a_line_of_a_file_names_no_folder_of_a_server(scripted, monkeypatch, tmp_path):
    from modules.compat.host import HOST
    from modules.extras.sources import FolderRules

    rules = FolderRules(tmp_path, anywhere=False, shared=(tmp_path / "outputs",))
    host = HOST.require()
    monkeypatch.setattr(HOST, "_host", replace(host, extras=replace(host.extras, folders=rules)))
    line = f"--prompt x --outpath_samples {tmp_path / 'elsewhere'}"
    with pytest.raises(WebUIError, match="Other computers can reach this server"):
        scripted.run(scripted.request("prompts from file or textbox", False, False, "start", line))
