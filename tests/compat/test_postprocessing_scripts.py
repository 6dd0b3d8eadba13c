"""Postprocessing scripts of plugins, as operations of the Extras tab and of the API."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import pytest
from PIL import Image, ImageOps

from modules.compat.host import HOST
from modules.compat.postprocessing_runner import ScriptPostprocessingRunner
from modules.compat.postprocessing_scripts import PostprocessedImage, ScriptPostprocessing
from modules.compat.scripts.registry import ScriptClassData
from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.plugins.call_log import CallLog
from modules.settings.values import Settings
from tests.extras.conftest import bench, do, png  # noqa: F401  (fixtures)


class Negative(ScriptPostprocessing):
    name = "Negative"
    order = 1500

    def ui(self):
        return {"enable": SimpleNamespace(value=False), "copy": SimpleNamespace(value=True)}

    def process_firstpass(self, pp, enable, copy):
        pp.seen = pp.image.size

    def process(self, pp, enable, copy):
        if not enable:
            return
        assert pp.seen  # what it left in the first pass is still there
        negative = ImageOps.invert(pp.image)
        if copy:
            pp.extra_images.append(pp.create_copy(negative, nametags=["negative"], disable_processing=True))
        else:
            pp.image = negative
        pp.info["Negative"] = "copy" if copy else "whole"
        pp.caption = "a picture"


class Tag(ScriptPostprocessing):
    name = "Tag"
    order = 1600

    def process(self, pp):
        pp.nametags.append("seen")


class Broken(ScriptPostprocessing):
    name = "Broken"

    def ui(self):
        return {"enable": SimpleNamespace(value=False)}

    def process(self, pp, enable):
        raise RuntimeError("no weights")


@pytest.fixture
def runner(bench, monkeypatch):  # noqa: F811
    """Load classes as if a plugin had brought them; return the runner."""
    settings = SimpleNamespace(current=Settings())
    monkeypatch.setattr(HOST, "_host", SimpleNamespace(calls=CallLog(), extras=bench, settings=settings))
    runner = ScriptPostprocessingRunner()

    def load(*classes):
        runner.initialize_scripts([ScriptClassData(one, f"/x/{one.__name__}.py", "/x", ModuleType("x"), "x")
                                   for one in classes])
        return runner

    return load


def request(bench, **scripts):  # noqa: F811
    return {"images": [bench.pictures.keep(png((8, 8), "red"))], "names": ["cat.png"], "scripts": scripts}


def colours(heard):
    return [(event.path.name, Image.open(event.path).getpixel((0, 0))) for event in heard.finished]


@pytest.mark.parametrize("values, expected", [
    ({"enable": True, "copy": False}, [("cat-seen.png", (0, 255, 255))]),
    ({"enable": True}, [("cat-seen.png", (255, 0, 0)), ("cat-negative.png", (0, 255, 255))]),
    ({"enable": False}, [("cat-seen.png", (255, 0, 0))]),
    (None, [("cat-seen.png", (255, 0, 0))]),
])
def test_scripts_work_in_their_order_with_the_values_of_their_controls(bench, do, runner, values, expected):  # noqa: F811
    runner(Tag, Negative)
    heard = do(**request(bench, **({} if values is None else {"Negative": values})))
    assert colours(heard) == expected


def test_what_was_done_and_the_caption_are_written(bench, do, runner):  # noqa: F811
    runner(Negative)
    heard = do(**request(bench, Negative={"enable": True, "copy": False}))
    path = heard.finished[0].path
    assert "Negative: whole" in heard.finished[0].infotext
    assert path.with_suffix(".txt").read_text() == "a picture"


def test_a_broken_script_fails_only_the_job_that_asks_for_it(bench, do, runner):  # noqa: F811
    runner(Broken)
    heard = do(**request(bench))
    assert len(heard.finished) == 1
    assert any("The plugin x failed in process: RuntimeError: no weights" in text for text in heard.comments)
    with pytest.raises(WebUIError, match="no weights"):
        do(**request(bench, Broken={"enable": True}))


def test_unknown_controls_are_named(bench, do, runner):  # noqa: F811
    runner(Negative)
    with pytest.raises(InvalidRequestError, match="Negative has no control 'strength'"):
        do(**request(bench, Negative={"strength": 1}))


def test_the_settings_leave_scripts_out_and_order_them(bench, do, runner):  # noqa: F811
    made = runner(Tag, Negative)
    settings = {"postprocessing_disable_in_extras": ["Tag"]}
    assert colours(do(settings=settings, **request(bench)))[0][0] == "cat.png"
    assert [script.name for script in made.scripts_in_preferred_order()] == ["Negative", "Tag"]


def test_a_runner_works_without_the_core(runner):
    made = runner(Negative, Tag)
    pp = PostprocessedImage(Image.new("RGB", (4, 4), "red"))
    made.run(pp, made.create_args_for_run({"Negative": {"enable": True, "copy": True}}))
    assert [one.get_suffix() for one in (pp, *pp.extra_images)] == ["-seen", "-negative"]
    assert pp.info == {"Negative": "copy"}


def test_endings_of_names_differ():
    pp, used = PostprocessedImage(None), {}
    pp.nametags = ["a"]
    assert [pp.get_suffix(used) for _ in range(3)] == ["-a", "-a-1", "-a-2"]


def test_the_settings_put_a_script_on_the_main_tabs(monkeypatch):
    from modules.compat import main_ui_postprocessing
    from modules.compat.scripts.script import AlwaysVisible

    data = [ScriptClassData(one, "/x/x.py", "/x", ModuleType("x"), "x") for one in (Tag, Negative)]
    monkeypatch.setattr(main_ui_postprocessing, "postprocessing_scripts_data", data)
    settings = Settings().with_values({"postprocessing_enable_in_main_ui": ["Negative", "Gone"]})
    monkeypatch.setattr(HOST, "_host", SimpleNamespace(settings=SimpleNamespace(current=settings)))
    (found,) = main_ui_postprocessing.create_auto_preprocessing_script_data()
    script = found.script_class()
    assert (script.title(), script.show(False), found.plugin) == ("Negative", AlwaysVisible, "x")
    assert [control.value for control in script.ui(False)] == [False, True]
    p, pp = SimpleNamespace(extra_generation_params={}), SimpleNamespace(image=Image.new("RGB", (2, 2), "red"))
    monkeypatch.setattr(PostprocessedImage, "seen", True, raising=False)
    script.postprocess_image(p, pp, True, False)
    assert (pp.image.getpixel((0, 0)), p.extra_generation_params) == ((0, 255, 255), {"Negative": "whole"})
