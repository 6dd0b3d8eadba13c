from __future__ import annotations

import gradio as gr
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from modules.frontend.png_info_tab import NOTHING, TARGETS, read


def test_parameters_and_other_texts_are_shown(tmp_path):
    texts = PngInfo()
    texts.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler, Seed: 1")
    texts.add_text("Author", "me")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=texts)
    parameters, others, *sends = read(str(tmp_path / "a.png"))
    assert parameters["value"].startswith("a cat\nSteps: 20")
    assert others["value"] == "Author: me" and others["visible"]
    assert len(sends) == len(TARGETS) and all(send["interactive"] for send in sends)


def test_a_picture_without_parameters(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    parameters, others, to_txt2img, *to_others = read(str(tmp_path / "a.png"))
    assert parameters["value"] == "" and parameters["placeholder"] == NOTHING and not others["visible"]
    assert not to_txt2img["interactive"] and all(send["interactive"] for send in to_others)


def test_what_is_no_picture_is_said(tmp_path):
    (tmp_path / "a.png").write_text("<html>")
    with pytest.raises(gr.Error, match="picture"):
        read(str(tmp_path / "a.png"))


def test_taking_the_picture_away_empties_the_tab():
    parameters, _, *sends = read(None)
    assert parameters["value"] == "" and not any(send["interactive"] for send in sends)
