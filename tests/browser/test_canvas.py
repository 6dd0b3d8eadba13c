"""Drawing as people do it: load a picture, paint, change one's mind, look closer, hand in."""

from __future__ import annotations

import io
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from modules.artefacts.picture_store import PictureStore

pytestmark = pytest.mark.browser
CANVASES = {"img2img_image": "picture", "img2maskimg": "mask", "img2img_sketch": "sketch",
            "inpaint_sketch": "mask_sketch", "outpaint_image": "outpaint"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return PictureStore(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def canvas_address(store):
    """A page of canvases alone, one tab each, behind the real guard."""
    import uvicorn

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(build_canvas_app(store), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


def build_canvas_app(store):
    from modules.frontend.gradio_mount import mount_page, silence_gradio

    silence_gradio()
    import gradio as gr
    from fastapi import FastAPI
    from starlette.staticfiles import StaticFiles

    from modules.api.guard import Guard, GuardPolicy
    from modules.frontend import picture_canvas
    from modules.frontend.picture_routes import build_picture_routes
    from modules.frontend.theme import build_theme

    app = FastAPI()
    app.include_router(build_picture_routes(store))
    app.mount("/internal/assets", StaticFiles(directory=Path(picture_canvas.__file__).parent / "assets"))
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Textbox(label="Prompt", elem_id="prompt")
        for name, mode in CANVASES.items():
            with gr.Column(elem_id=f"tab_{name}", elem_classes=["tab-page", "tab-page-hidden"]):
                picture_canvas.build_canvas(name, mode=mode, label=f"A picture for {mode}", height_px=560)
    head = ("<script>window.webui = {};</script>"
            + "".join(f'<link rel="stylesheet" href="internal/assets/{name}">'
                      for name in ("style.css", picture_canvas.CANVAS_STYLE))
            + "".join(f'<script src="internal/assets/{name}"></script>' for name in picture_canvas.CANVAS_SCRIPTS))
    mount_page(app, blocks, theme=build_theme(), head=head)
    return Guard(app, GuardPolicy())


@pytest.fixture
def page(browser, canvas_address):
    """The page with the mask canvas shown; requests to hand pictures in are counted. A script error fails the test."""
    page = browser.new_page(viewport={"width": 900, "height": 820})
    errors: list[str] = []
    page.handed_in = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: page.handed_in.append(request) if request.method == "POST"
            and request.url.endswith("/internal/pictures") else None)
    page.goto(canvas_address)
    page.wait_for_function("document.querySelectorAll('picture-canvas .canvas').length === 5 && webui.canvas",
                           timeout=60_000)
    show(page, "img2maskimg")
    yield page
    page.close()
    assert errors == []


def show(page, name: str) -> None:
    page.evaluate("""name => document.querySelectorAll('.tab-page').forEach(
        (tab) => tab.classList.toggle('tab-page-hidden', tab.id !== `tab_${name}`))""", name)
    page.wait_for_function("name => document.querySelector(`#${name} .canvas-stage`).clientWidth > 0", arg=name)


def photograph(width: int, height: int) -> bytes:
    """A PNG that does not compress well and says something about itself."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    smooth = np.linspace(0, 255, width)[None, :, None]
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a castle\nSteps: 20")
    file = io.BytesIO()
    Image.fromarray((noise * 0.1 + smooth * 0.9).astype(np.uint8)).save(file, "PNG", pnginfo=info, compress_level=1)
    return file.getvalue()


def load(page, name: str, data: bytes, kind: str = "image/png") -> None:
    page.set_input_files(f"#{name} input[type=file]", {"name": "picture.png", "mimeType": kind, "buffer": data})
    page.wait_for_function("name => webui.canvas.size(name)", arg=name)


def on_screen(page, name: str, x: float, y: float) -> tuple[float, float]:
    """Where a point of the picture is in the window."""
    box = page.eval_on_selector(f"#{name} .canvas-picture", """picture => {
        const box = picture.getBoundingClientRect();
        return [box.x, box.y, box.width / picture.naturalWidth];
    }""")
    return box[0] + x * box[2], box[1] + y * box[2]


def drag(page, name: str, points: list[tuple[float, float]], button: str = "left") -> None:
    page.mouse.move(*on_screen(page, name, *points[0]))
    page.mouse.down(button=button)
    for point in points[1:]:
        page.mouse.move(*on_screen(page, name, *point), steps=8)
    page.mouse.up(button=button)


def flush(page, name: str) -> dict:
    return page.evaluate("name => webui.canvas.flush(name)", name)


def set_brush(page, name: str, **values) -> None:
    """Move the sliders as a person would."""
    for label, value in values.items():
        page.eval_on_selector(f"#{name} .canvas-brush [aria-label^='{label}' i]", """(input, value) => {
            input.value = value;
            input.dispatchEvent(new Event('input'));
        }""", str(value))


def mask_of(store, result) -> np.ndarray:
    mask = Image.open(store.path(result["mask"]))
    assert mask.mode == "L"
    return np.asarray(mask)


def test_a_large_picture_is_painted_and_handed_in_once(page, store):
    photo, name = photograph(2048, 2048), "img2maskimg"
    load(page, name, photo)
    set_brush(page, name, **{"Brush size": 70})  # 2 ** 7 pixels
    drag(page, name, [(300, 300), (900, 300)])
    drag(page, name, [(300, 1800), (1800, 1800)])
    page.keyboard.press("Control+z")
    drag(page, name, [(1500, 300), (1500, 900)])
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    drag(page, name, [(600, 200), (600, 400)], button="right")  # rubs out the middle of the first
    page.mouse.move(*on_screen(page, name, 1024, 1024))
    page.keyboard.down("Alt")
    page.mouse.wheel(0, -600)
    page.keyboard.up("Alt")
    page.wait_for_function("name => parseInt(document.querySelector(`#${name} .canvas-facts`).textContent"
                           ".split('·')[1]) > 40", arg=name)
    drag(page, name, [(900, 1200), (1100, 1200)])
    show(page, "img2img_image")
    show(page, name)
    assert page.handed_in == []
    result = flush(page, name)
    assert len(page.handed_in) == 1
    assert (result["width"], result["height"], result["drawn"], result["sketch"]) == (2048, 2048, True, None)
    assert store.path(result["image"]).read_bytes() == photo
    mask = mask_of(store, result)
    assert mask.shape == (2048, 2048)
    for x, y, painted in [(320, 300, 255), (880, 300, 255), (880, 350, 255), (1500, 600, 255), (1000, 1200, 255),
                          (600, 300, 0), (1000, 1800, 0), (320, 375, 0), (1024, 1024, 0), (0, 0, 0), (2047, 2047, 0)]:
        assert mask[y, x] == painted, (x, y)
    assert 0.03 < (mask > 0).mean() < 0.06


def test_only_what_changed_is_handed_in_again(page, store):
    name = "img2maskimg"
    load(page, name, photograph(256, 256))
    page.evaluate("""() => {
        const {fetch} = window;
        window.fields = [];
        window.fetch = (url, options) => { window.fields.push([...options.body.keys()]); return fetch(url, options); };
    }""")
    first = flush(page, name)
    assert first["mask"] is None and first["drawn"] is False
    drag(page, name, [(50, 50), (200, 50)])
    second, third = flush(page, name), flush(page, name)
    assert second["image"] == first["image"] and third == second
    assert len(page.handed_in) == 2
    assert mask_of(store, second)[50, 100] == 255
    assert page.evaluate("fields") == [["image"], ["mask", "picture"]]
    page.keyboard.press("Control+z")
    assert flush(page, name)["mask"] is None and len(page.handed_in) == 2


def test_the_last_forty_strokes_can_be_undone(page):
    name = "img2maskimg"
    load(page, name, photograph(512, 512))
    for number in range(40):
        drag(page, name, [(10 + 12 * number, 50), (10 + 12 * number, 450)])
    for _ in range(40):
        page.keyboard.press("Control+z")
    assert page.evaluate("name => webui.canvas.state(name).painted", name) is False
    for _ in range(40):
        page.keyboard.press("Control+y")
    assert page.evaluate("name => webui.canvas.state(name).painted", name) is True
    assert page.is_disabled(f"#{name} [data-act=redo]")


def painted_share(page, name):
    """How much of the canvas shows paint."""
    return page.evaluate("""(name) => {
        const canvas = document.querySelector(`#${name} canvas`);
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let painted = 0;
        for (let place = 3; place < data.length; place += 4) painted += data[place] > 0;
        return painted * 4 / data.length;
    }""", name)


def test_shapes_fill_invert_and_clear(page, store):
    name = "img2maskimg"
    load(page, name, photograph(400, 300))
    page.click(f"#{name} [data-act=rectangle]")
    drag(page, name, [(100, 100), (200, 150)])
    assert painted_share(page, name) == pytest.approx(100 * 50 / (400 * 300), rel=0.3), "it is shown"
    mask = mask_of(store, flush(page, name))
    expected = np.zeros((300, 400), np.uint8)
    expected[100:150, 100:200] = 255
    assert np.abs(mask.astype(int) - expected).max() <= 255 and (mask != expected).mean() < 0.01
    page.click(f"#{name} [data-act=invert]")
    assert (mask_of(store, flush(page, name)) == 255 - mask).all()
    page.click(f"#{name} [data-act=lasso]")
    drag(page, name, [(10, 10), (80, 10), (80, 80), (10, 80)], button="right")
    mask = mask_of(store, flush(page, name))
    assert mask[40, 40] == 0 and mask[90, 90] == 255
    page.click(f"#{name} [data-act=fill]")
    assert (mask_of(store, flush(page, name)) == 255).all()
    page.click(f"#{name} [data-act=clear]")
    assert flush(page, name)["mask"] is None
    page.keyboard.press("Control+z")
    assert (mask_of(store, flush(page, name)) == 255).all()


@pytest.mark.parametrize("name", ["img2img_sketch", "inpaint_sketch"])
def test_a_sketch_is_laid_over_the_untouched_picture(page, store, name):
    show(page, name)
    photo = photograph(600, 400)
    load(page, name, photo)
    set_brush(page, name, **{"Brush colour": "#2060c0"})
    drag(page, name, [(100, 200), (500, 200)])
    set_brush(page, name, **{"Brush colour": "#000000", "Brush opacity": 0.5})
    drag(page, name, [(300, 60), (300, 120), (300, 60)])  # over itself: one stroke covers once
    result = flush(page, name)
    assert len(page.handed_in) == 1 and result["mask"] is None
    assert store.path(result["image"]).read_bytes() == photo
    before = np.asarray(store.open(result["image"])).astype(int)
    after = np.asarray(store.open(result["sketch"])).astype(int)
    assert after[200, 300].tolist() == [0x20, 0x60, 0xc0]
    assert np.abs(after[90, 300] - before[90, 300] / 2).max() <= 2
    changed = (before != after).any(axis=2)
    assert 0.03 < changed.mean() < 0.15 and not changed[:40].any() and not changed[300:].any()


def wait_for_colour(page, name: str, colour: str) -> None:
    page.wait_for_function("([id, colour]) => document.querySelector(`#${id} input[type=color]`).value === colour",
                           arg=[name, colour], timeout=10_000)


def test_a_colour_is_taken_from_picture_and_strokes(page):
    name = "img2img_sketch"
    show(page, name)
    file = io.BytesIO()
    Image.new("RGB", (300, 300), "#204060").save(file, "PNG")
    load(page, name, file.getvalue())
    page.keyboard.down("Alt")
    page.mouse.click(*on_screen(page, name, 30, 30))
    page.keyboard.up("Alt")
    wait_for_colour(page, name, "#204060")
    set_brush(page, name, **{"Brush colour": "#ff0000"})
    drag(page, name, [(150, 150), (200, 150)])
    set_brush(page, name, **{"Brush colour": "#00ff00"})
    page.keyboard.down("Alt")
    page.mouse.click(*on_screen(page, name, 170, 150))
    page.keyboard.up("Alt")
    wait_for_colour(page, name, "#ff0000")


def test_a_reload_brings_picture_and_strokes_back(page, store):
    name = "img2maskimg"
    photo = photograph(300, 200)
    load(page, name, photo)
    drag(page, name, [(50, 100), (250, 100)])
    before = mask_of(store, flush(page, name))
    page.wait_for_timeout(2500)
    page.reload()
    page.wait_for_selector(f"#{name} .canvas-filled", state="attached", timeout=60_000)
    show(page, name)
    after = flush(page, name)
    assert store.path(after["image"]).read_bytes() == photo
    assert (mask_of(store, after) == before).all()


def test_the_frame_is_pulled_typed_and_moved_with_keys(page):
    name = "outpaint_image"
    show(page, name)
    load(page, name, photograph(512, 384))
    box = page.locator(f"#{name} .canvas-handle-left").bounding_box()
    zoom = page.eval_on_selector(f"#{name} .canvas-picture", "picture => picture.getBoundingClientRect().width / 512")
    page.mouse.move(box["x"] + 18, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 18 - 61 * zoom, box["y"] + 30, steps=5)
    page.mouse.up()
    page.fill(f"#{name} [type=number][aria-label$=down]", "129")
    page.press(f"#{name} [type=number][aria-label$=down]", "Tab")
    page.focus(f"#{name} .canvas-handle-right")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    frame = {"left": 64, "right": 64, "up": 0, "down": 128}
    assert page.evaluate("name => webui.canvas.state(name).frame", name) == frame
    assert page.inner_text(f"#{name} .canvas-frame-size") == "640 × 512"
    assert flush(page, name)["frame"] == frame


def test_the_frame_tells_the_size_that_will_be_made(page):
    name = "outpaint_image"
    show(page, name)
    load(page, name, photograph(129, 77))
    page.fill(f"#{name} [type=number][aria-label$=left]", "64")
    page.press(f"#{name} [type=number][aria-label$=left]", "Tab")
    assert page.inner_text(f"#{name} .canvas-frame-size") == "200 × 77"


def test_what_is_not_a_picture_is_explained_in_the_canvas(page):
    name = "img2img_image"
    show(page, name)
    page.set_input_files(f"#{name} input[type=file]",
                         {"name": "a.png", "mimeType": "image/png", "buffer": b"not a picture at all"})
    page.wait_for_selector(f"#{name} .canvas-note:has-text('not a picture that can be read')")
    assert page.evaluate("name => webui.canvas.size(name)", name) is None
    load(page, name, photograph(64, 64))
    assert page.is_hidden(f"#{name} .canvas-note")


def test_a_file_too_large_is_refused_before_it_is_sent(page):
    said = page.evaluate("""() => webui.canvas.load('img2maskimg', new File([new Uint8Array(41 * 2 ** 20)], 'x.png'))
        .catch((error) => error.message)""")
    assert said == "This file has 41 MB; at most 40 MB are read."
    assert said in page.inner_text("#img2maskimg .canvas-note") and page.handed_in == []


def test_a_picture_that_only_the_server_reads_is_shown_by_it(page, store):
    name = "img2img_image"
    show(page, name)
    file = io.BytesIO()
    Image.fromarray(np.full((40, 60), 30000, np.uint16)).save(file, "TIFF")
    load(page, name, file.getvalue(), "image/tiff")
    result = flush(page, name)
    assert store.path(result["image"]).read_bytes() == file.getvalue() and result["width"] == 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_photograph_is_upright(page, store, kind):
    name = "img2maskimg"
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (200, 100), "red").save(file, kind, exif=exif)
    load(page, name, file.getvalue(), f"image/{kind.lower()}")
    assert page.evaluate("name => webui.canvas.size(name)", name) == {"width": 100, "height": 200}
    drag(page, name, [(50, 180), (60, 180)])
    result = flush(page, name)
    assert mask_of(store, result).shape == (200, 100) and store.open(result["image"]).size == (100, 200)


def test_pictures_are_dragged_from_the_page_and_pasted(page, store):
    name = "img2img_image"
    show(page, name)
    photo = photograph(128, 96)
    page.evaluate("""id => {
        const image = Object.assign(document.createElement('img'), {src: `internal/pictures/${id}`, id: 'result'});
        document.body.prepend(image);
    }""", store.keep(photo))
    page.wait_for_function("document.querySelector('#result').complete")
    page.drag_and_drop("#result", f"#{name} .canvas-stage")
    page.wait_for_function("name => webui.canvas.size(name)", arg=name)
    assert store.path(flush(page, name)["image"]).read_bytes() == photo
    page.evaluate("""async () => {
        const pixels = Object.assign(document.createElement('canvas'), {width: 33, height: 22});
        const pasted = new File([await new Promise((done) => pixels.toBlob(done))], 'x.png', {type: 'image/png'});
        const clipboardData = new DataTransfer();
        clipboardData.items.add(pasted);
        document.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true}));
    }""")
    page.wait_for_function("name => webui.canvas.size(name).width === 33", arg=name)
    page.click(f"#{name} [data-act=undo]")
    assert page.evaluate("name => webui.canvas.size(name).width", name) == 128


def test_keys_belong_to_the_canvas_under_the_pointer_and_never_to_what_is_typed(page):
    name = "img2maskimg"
    load(page, name, photograph(256, 256))
    size = lambda: page.inner_text(f"#{name} .canvas-number")  # noqa: E731
    page.mouse.move(*on_screen(page, name, 128, 128))
    before = size()
    page.keyboard.press("]")
    grown = size()
    assert grown != before
    page.keyboard.press("q")
    assert size() == before
    page.keyboard.press("e")
    assert page.get_attribute(f"#{name} [data-act=eraser]", "aria-pressed") == "true"
    page.focus("#prompt textarea")
    page.keyboard.type("web [o] +-")
    assert page.input_value("#prompt textarea") == "web [o] +-" and size() == before
    page.keyboard.press("Control+z")
    assert page.evaluate("name => webui.canvas.size(name)", name)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(5, 5)
    page.keyboard.press("]")
    assert size() == before


def test_fullscreen_and_back(page):
    name = "img2maskimg"
    load(page, name, photograph(256, 256))
    page.mouse.move(*on_screen(page, name, 128, 128))
    page.keyboard.press("s")
    box = page.locator(".canvas-fullscreen").bounding_box()
    assert (box["width"], box["height"]) == (900, 820)
    page.keyboard.press("Escape")
    assert page.locator(".canvas-fullscreen").count() == 0
    assert page.locator(f"#{name} .canvas-stage").bounding_box()["width"] < 900


def test_one_finger_draws_and_two_zoom(browser, canvas_address):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = context.new_page()
    page.goto(canvas_address)
    name = "img2maskimg"
    page.wait_for_function("window.webui?.canvas && document.querySelector('#img2maskimg .canvas')", timeout=60_000)
    show(page, name)
    load(page, name, photograph(256, 256))
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [
            {"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]})

    x, y = on_screen(page, name, 128, 128)
    fingers("touchStart", (x - 40, y))
    fingers("touchMove", (x + 40, y))
    fingers("touchEnd")
    assert page.evaluate("name => webui.canvas.state(name).painted", name)
    page.click(f"#{name} [data-act=undo]")
    before = page.inner_text(f"#{name} .canvas-facts")
    fingers("touchStart", (x - 20, y))
    fingers("touchStart", (x - 20, y), (x + 20, y))
    fingers("touchMove", (x - 60, y), (x + 60, y))
    fingers("touchEnd")
    assert page.inner_text(f"#{name} .canvas-facts") != before
    assert not page.evaluate("name => webui.canvas.state(name).painted", name)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    sides = page.eval_on_selector_all(f"#{name} .canvas-tools button", """buttons => buttons
        .map((button) => button.getBoundingClientRect()).filter((box) => box.width)
        .map((box) => Math.min(box.width, box.height))""")
    assert len(sides) > 10 and min(sides) >= 36
    context.close()
