from __future__ import annotations

from pathlib import Path

import pytest

from modules.frontend import picture_canvas
from modules.frontend.picture_canvas import CANVAS_SCRIPTS, CANVAS_STYLE, build_canvas

ASSETS = Path(picture_canvas.__file__).parent / "assets"


def build(**values):
    import gradio as gr

    with gr.Blocks(analytics_enabled=False) as page:
        build_canvas("img2maskimg", **values)
    return next(block for block in page.blocks.values() if isinstance(block, gr.HTML))


def test_the_markup_says_what_the_scripts_need_and_nothing_typed_gets_out_of_it():
    markup = build(mode="mask", label='"><script>', height_px=500, color="#ff0000")
    assert markup.elem_id == "img2maskimg"
    assert 'name="img2maskimg" mode="mask"' in markup.value and 'height="500" color="#ff0000"' in markup.value
    assert 'label="&quot;&gt;&lt;script&gt;"' in markup.value
    assert 'max-bytes="41943040" max-pixels="64000000"' in markup.value


def test_an_unknown_mode_is_a_mistake():
    with pytest.raises(ValueError, match="no mode"):
        build(mode="paint", label="")


def test_every_script_of_the_canvases_is_loaded():
    assert sorted(CANVAS_SCRIPTS) == sorted(path.name for path in ASSETS.glob("canvas*.js"))
    assert CANVAS_SCRIPTS[-1] == "canvas.js" and (ASSETS / CANVAS_STYLE).is_file()
