"""Native plugins among A1111's scripts: values, infotext, failures, reloading, axes of grids."""

from __future__ import annotations

import sys

import pytest

from modules.foundation.errors import InvalidRequestError
from modules.generation.events import Comment, ImageFinished
from modules.generation.request import GenerationRequest

PLUGIN = """
from dataclasses import replace
from PIL import Image
from modules.plugins import Plugin, choice, number, toggle

class PaintOver(Plugin):
    "Paints over every picture."
    grey = number("Grey", 10, minimum=0, maximum=255, step=1)
    where = choice("Where", ["all", "top"])
    failing = toggle("Failing")

    def request(self, request):
        return replace(request, prompt=request.prompt + " painted", steps=2, styles=("ref-style",))

    def composed(self, image, planned):
        if self.failing:
            raise ValueError("as asked")
        return Image.new("RGB", image.size, (int(self.grey),) * 3)
"""
REQUEST = GenerationRequest(prompt="a cat", steps=1, width=64, height=64, seed=1, sampler_name="Euler",
                            scheduler="Automatic", cfg_scale=7.0, save_images=False)


@pytest.fixture
def painted(plugin_host, run_scripted):
    """An extension that is loaded while the program runs, and taken out again."""
    shelf = plugin_host.plugins
    path = shelf.acquisition.extensions / "painting" / "scripts" / "paint_over.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PLUGIN)
    from modules.compat.reloading import reload_in_place

    shelf.when_reloading(reload_in_place)
    shelf.reload("painting")
    assert not shelf.calls.failures("painting")

    def run(*values, **more):
        from dataclasses import replace

        scripts = {"Paint Over": list(values)} if values else {}
        return run_scripted(replace(REQUEST, alwayson_scripts=scripts, **more))

    run.path, run.shelf = path, shelf
    yield run
    shelf.uninstall("painting")


def picture(emitted):
    [found] = [event for event in emitted if isinstance(event, ImageFinished) and event.kind == "image"]
    return found


def test_it_takes_part_when_it_is_switched_on(painted):
    off, on = picture(painted()), picture(painted(True, 200, "top", False))
    assert "Paint" not in off.infotext and off.image.getpixel((0, 0)) != (200, 200, 200)
    assert on.image.getpixel((0, 0)) == (200, 200, 200)
    assert "Paint Over: on, Paint Over grey: 200, Paint Over where: top, Paint Over failing: False" in on.infotext
    assert "a cat painted" in on.infotext and "watercolor" in on.infotext and "Steps: 2" in on.infotext


def test_programs_may_name_its_values(painted):
    assert picture(painted({"grey": 30})).image.getpixel((0, 0)) == (30, 30, 30)


@pytest.mark.parametrize("values", [(True, 999), ({"gray": 3},), (True, 3, "nowhere")])
def test_wrong_values_are_refused(painted, values):
    with pytest.raises(InvalidRequestError, match="Paint Over"):
        painted(*values)
    assert not painted.shelf.calls.failures("painting"), "a caller's mistake is none of the plugin's"


def test_a_failure_is_told_and_the_picture_is_made(painted):
    emitted = painted(True, 30, "all", True)
    assert picture(emitted)
    assert any("painting failed in Paint Over: composed: ValueError: as asked" in event.text for event in emitted
               if isinstance(event, Comment))


def test_it_is_loaded_again_with_what_its_controls_say(painted):
    changed = PLUGIN.replace('where = choice("Where", ["all", "top"])', 'shade = number("Shade", 7)')
    painted.path.write_text(changed.replace("(int(self.grey),) * 3", "(int(self.grey), int(self.shade), 0)"))
    painted.shelf.reload("painting")
    assert picture(painted(True, 50, "top", False)).image.getpixel((0, 0)) == (50, 7, 0)


def test_switched_off_it_is_gone_at_once(painted):
    painted.shelf.enable([])
    painted.shelf.reload("painting")
    with pytest.raises(InvalidRequestError, match="no script 'Paint Over'"):
        painted(True)
    painted.shelf.enable(["painting"])
    assert "paint_over.py" not in sys.modules


def test_controls_infotext_and_paste(painted):
    from modules.compat.facade import facade

    script = facade("scripts").scripts_txt2img.script("Paint Over")
    assert [type(control).__name__ for control in script.controls] == ["Checkbox", "Slider", "Dropdown", "Checkbox"]
    (enabled, is_on), (grey, key), *_ = script.infotext_fields
    assert (is_on({"Paint Over": "on"}), is_on({})) == (True, False)
    assert key == "Paint Over grey" and enabled is script.controls[0] and grey is script.controls[1]
    assert script.paste_field_names[0] == "Paint Over"
    assert enabled.elem_id == "script_txt2img_paint_over_accordion-checkbox"


def test_every_parameter_is_an_axis_of_grids(painted):
    from modules.compat.callbacks import call_back
    from modules.compat.draft import StableDiffusionProcessingTxt2Img
    from modules.compat.scripts.registry import scripts_data

    call_back("before_ui")
    [grid] = {data.module for data in scripts_data if data.path.endswith("xyz_grid.py")}
    axes = {axis.label: axis for axis in grid.axis_options if axis.label.startswith("[Paint Over]")}
    assert list(axes) == ["[Paint Over] Grey", "[Paint Over] Where", "[Paint Over] Failing"]
    assert list(axes["[Paint Over] Where"].choices()) == ["all", "top"]
    p = StableDiffusionProcessingTxt2Img()
    axes["[Paint Over] Grey"].apply(p, 77, [77])
    axes["[Paint Over] Failing"].apply(p, "True", ["True"])
    assert p.native_values == {"Paint Over": {"grey": 77, "enabled": True, "failing": True}}
    call_back("before_ui")
    assert len([axis for axis in grid.axis_options if axis.label.startswith("[Paint Over]")]) == 3
