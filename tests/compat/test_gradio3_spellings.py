"""What extensions wrote for Gradio 3.41 works on today's Gradio, and only while a plugin runs."""

from __future__ import annotations

import asyncio

import gradio as gr
import pytest
from PIL import Image

from modules.compat.gradio3.switching import gradio3


@pytest.fixture
def page():
    """A page being built by a plugin."""
    with gradio3(), gr.Blocks() as page:
        yield page


@pytest.mark.parametrize(("make", "name", "value"), [
    (lambda: gr.Image(source="upload", tool=None, mirror_webcam=False), "sources", ["upload", "clipboard"]),
    (lambda: gr.Image(type="pil"), "format", "png"),
    (lambda: gr.Video(source="upload"), "sources", ["upload"]),
    (lambda: gr.File(type="file"), "type", "filepath"),
    (lambda: gr.UploadButton(type="bytes"), "type", "binary"),
    (lambda: gr.Textbox(show_copy_button=True), "buttons", ["copy"]),
    (lambda: gr.Textbox(), "value", ""),
    (lambda: gr.Dropdown(["a", "b"]), "value", None),
    (lambda: gr.Row(visible=False, variant="compact"), "elem_classes", ["not-shown"]),
    (lambda: gr.Button("x", visible=False, label="y"), "visible", "hidden"),
    (lambda: gr.Slider(0, 1, 0.5, step=0.1, tooltip="how much"), "webui_tooltip", "how much"),
    (lambda: gr.HTML("x", interactive=False), "value", "x"),
    (lambda: gr.Tab("x", open=True), "label", "x"),
    (lambda: gr.Dropdown(["a"], size="sm"), "choices", [("a", "a")]),
    (lambda: gr.Gallery().style(grid=3, height="auto"), "columns", 3),
    (lambda: gr.Gallery(), "type", "filepath"),
])
def test_arguments(page, make, name, value):
    assert getattr(make(), name) == value


@pytest.mark.parametrize(("make", "update"), [
    (lambda: gr.Textbox.update("x", visible=None), {"value": "x", "__type__": "update"}),
    (lambda: gr.Dropdown.update(choices=["a"]), {"choices": ["a"], "__type__": "update"}),
    (lambda: gr.Row.update(visible=True), {"visible": True, "__type__": "update"}),
    (lambda: gr.Accordion.update(open=False), {"open": False, "__type__": "update"}),
])
def test_updates(page, make, update):
    assert make() == update


def test_names_that_are_gone(page):
    assert (gr.Box, gr.Variable, gr.components.IOComponent) == (gr.Group, gr.State, gr.components.Component)
    assert gr.inputs.Slider is gr.outputs.Slider is gr.Slider
    assert isinstance(gr.processing_utils.decode_base64_to_image(
        gr.processing_utils.encode_pil_to_base64(Image.new("RGB", (2, 2)))), Image.Image)


def test_nothing_of_it_is_left_outside(page):
    before = gr.Button.click, gr.Slider.__init__
    gradio3._leave()
    try:
        assert not any(hasattr(gr, name) for name in ("Box", "Variable", "inputs"))
        assert not hasattr(gr.Textbox, "update") and not hasattr(gr.Blocks, "dependencies")
        assert (gr.Button.click, gr.Slider.__init__) != before
        with pytest.raises(TypeError):
            gr.Textbox(tooltip="x")
        assert gr.Column(visible=False).visible is False
    finally:
        gradio3._enter()


def test_an_unknown_argument_is_told_of_once(page, caplog):
    for _ in range(3):
        gr.Checkbox(newly_invented=1)
    assert [record.getMessage() for record in caplog.records].count(
        "gr.Checkbox(newly_invented=…) of Gradio 3 means nothing any more and is left out.") == 1


def wired(page):
    """The newest function of a page."""
    return page.fns[max(page.fns)]


def test_events_take_the_old_arguments(page):
    box, button = gr.Textbox(), gr.Button()
    button.click(lambda x: x, box, box, None, False, False, None, _js="x => x", status_tracker=None)
    function = wired(page)
    assert (function.js, function.show_progress, function.queue, function.api_visibility) == (
        "x => x", "hidden", True, "private")


def test_scripts_alone_are_given_the_outputs_too(page):
    box, other = gr.Textbox(), gr.Textbox()
    box.change(fn=None, _js="f", inputs=[box], outputs=[other])
    assert wired(page).inputs == [box, other]
    box.change(None, box, gr.Row(), _js="f")
    assert wired(page).inputs == [box]


def test_what_comes_after_takes_them_too(page):
    box = gr.Textbox()
    box.change(lambda x: x, box, box).then(None, None, None, _js="f").success(fn=None, _js="g", every=None)
    assert [function.js for function in page.fns.values()] == [None, "f", "g"]
    page.load(fn=None, _js="h")
    assert wired(page).js == "h"


def test_dependencies_are_listed_as_they_were(page):
    button, box = gr.Button(), gr.Textbox()
    button.click(lambda x: x, box, box)
    (found,) = page.dependencies
    assert (found["trigger"], found["targets"], found["inputs"]) == ("click", [button._id], [box._id])


def test_hidden_answers_stay_in_the_page(page):
    box, row = gr.Textbox(), gr.Row()
    box.change(lambda: (gr.update(visible=False), gr.Row.update(visible=False)), None, [box, row])
    field, layout = wired(page).fn()
    assert field["visible"] == "hidden" and "visible" not in layout and layout["elem_classes"] == ["not-shown"]
    row.elem_classes = ["own", "not-shown"]
    box.change(lambda: {row: gr.Row(visible=True)}, None, [box, row])
    assert wired(page).fn()[row]["elem_classes"] == ["own"]


def test_old_spellings_work_inside_events(page):
    box = gr.Textbox()

    def plain():
        return gr.Textbox.update(value="x")

    def several():
        yield gr.Textbox.update(value="a")
        yield gr.Textbox.update(value="b")

    async def later():
        return gr.Textbox.update(value="y")

    functions = []
    for function in (plain, several, later):
        box.change(function, None, box)
        functions.append(wired(page).fn)
    gradio3._leave()
    try:
        assert functions[0]()["value"] == "x"
        assert [answer["value"] for answer in functions[1]()] == ["a", "b"]
        assert asyncio.run(functions[2]())["value"] == "y"
    finally:
        gradio3._enter()


def test_event_data_is_still_asked_for_by_annotation(page):
    gallery = gr.Gallery()

    def select(event: gr.SelectData):
        return event.index

    gallery.select(select, None, None)
    assert wired(page).collects_event_data


def test_values_that_gradio_would_refuse_come_through(page):
    assert gr.Dropdown(["a"], value="a").preprocess("gone") == "gone"
    assert gr.Radio(["a"], type="index").preprocess("gone") is None
    assert gr.Slider(0, 1).preprocess(7) == 7


def test_a_gallery_gives_pictures_in_old_and_new_words(page, tmp_path):
    from gradio.components.gallery import GalleryData, GalleryImage, ImageData

    path = tmp_path / "a.png"
    Image.new("RGB", (2, 2)).save(path)
    shown = GalleryData([GalleryImage(image=ImageData(path=str(path)), caption="words")])
    (record,) = gr.Gallery().preprocess(shown)
    assert record["name"] == record[0] == str(path) and record["caption"] == record[1] == "words"


def test_a_sketch_gives_picture_and_mask(page):
    sketch = gr.Image(tool="sketch", source="upload", type="pil", brush_radius=20)
    assert isinstance(sketch, gr.ImageEditor)
    drawn = {"background": Image.new("RGBA", (4, 4), "red"), "layers": [Image.new("RGBA", (4, 4), (0, 0, 0, 0))],
             "composite": None}
    drawn["layers"][0].putpixel((1, 1), (255, 255, 255, 255))
    original = gr.ImageEditor.preprocess
    gr.ImageEditor.preprocess = lambda self, payload: payload
    try:
        value = sketch.preprocess(drawn)
    finally:
        gr.ImageEditor.preprocess = original
    assert value["image"].getpixel((0, 0)) == (255, 0, 0)
    assert [value["mask"].getpixel((x, 1))[0] for x in range(3)] == [0, 255, 0]
    assert sketch.edit(None) is None


def test_a_component_of_a_plugins_own_keeps_its_settings(page, tmp_path, monkeypatch):
    (tmp_path / "own_component.py").write_text(
        "import gradio as gr\nclass OwnDropdown(gr.Dropdown):\n"
        "    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs, tooltip='x')\n"
        "    def get_block_name(self):\n        return 'dropdown'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_component  # type: ignore[import-not-found]

    assert own_component.OwnDropdown(["a"], label="l").get_config()["choices"] == [("a", "a")]
    assert [path.name for path in tmp_path.glob("*.pyi")] == []


def test_what_stands_among_tabs_is_put_before_them(page):
    with gr.Tabs() as tabs:
        stray = gr.Textbox("x")
        with gr.Tab("first"):
            gr.Textbox("y")
    assert [type(child) for child in tabs.children] == [gr.Tab]
    assert page.children == [stray, tabs]
