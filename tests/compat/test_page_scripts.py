"""Scripts of an extension on the page's forms, as the page is described and as requests are made."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

FIXTURE = Path(__file__).parents[1] / "fixtures" / "extensions" / "page_demo"
FILES = {f"page_demo/{path.relative_to(FIXTURE).as_posix()}": path.read_text()
         for path in FIXTURE.rglob("*") if path.suffix in (".py", ".js", ".mjs", ".css", ".json")}


@pytest.fixture
def host(with_extensions):
    return with_extensions(FILES)


@pytest.fixture
def form(host):
    """The scripts of a small txt2img form, and the page it is on."""
    from modules.compat.page.page import CompatPage

    plugins = CompatPage()
    with gr.Blocks(analytics_enabled=False) as page, plugins.building():
        scripts = plugins.tab_scripts("txt2img")
        with scripts.building():
            gr.Button("Generate", elem_id="txt2img_generate")
            scripts.build_section("accordions")
            scripts.build()
    return scripts, page


def test_panels_stand_in_the_form_and_a_broken_one_does_not(form, host):
    _, page = form
    config = page.get_config_file()
    described = {component["props"].get("elem_id"): component for component in config["components"]}
    assert {"script_list", "script_txt2img_page_demo_amount", "txt2img_script_container", "demo_beside_generate",
            "script_txt2img_section_demo_on-checkbox"} <= set(described)
    assert "never shown" not in [component["props"].get("label") for component in config["components"]]
    assert "gradio-slider" in described["script_txt2img_page_demo_amount"]["props"]["elem_classes"]
    assert any("broken on purpose" in failure.error for failure in host.plugins.calls.failures("page_demo"))


def test_what_a_plugin_says_with_tooltip_reaches_the_page(host):
    from modules.compat.page.page import CompatPage

    plugins = CompatPage()
    with gr.Blocks(analytics_enabled=False), plugins.building():
        scripts = plugins.tab_scripts("img2img")
        with scripts.building():
            scripts.build()
    assert '{"script_img2img_page_demo_amount": "much"}' in plugins.head()


def test_every_component_is_told_of(form):
    seen = sys.modules["page_demo.py"].seen
    assert {"txt2img_generate", "script_list", "script_txt2img_page_demo_amount"} <= set(seen["before"])
    assert set(seen["before"]) == set(seen["after"])


def test_only_what_differs_from_the_defaults_is_asked_for(form, quick):
    scripts, _ = form
    values = values_of(scripts)
    assert scripts.apply(quick, values) == quick
    asked = scripts.apply(quick, values_of(scripts, Amount=0.75))
    assert asked.alwayson_scripts == {"Page demo": [False, 0.75, None, {"kept": 1}]}
    assert asked.script_name is None


def test_a_chosen_script_is_named_with_its_values(form, quick):
    scripts, _ = form
    place = scripts.components[0].choices.index(("Chosen demo", "Chosen demo"))
    asked = scripts.apply(quick, values_of(scripts, Script=place, Words="a fish"))
    assert (asked.script_name, asked.script_args) == ("Chosen demo", ("a fish",))


def test_a_picture_among_the_values_comes_back_as_it_was(form, quick, host):
    from modules.compat.script_host import CompatScriptHost

    scripts, _ = form
    picture = np.full((4, 6, 3), 7, np.uint8)
    asked = scripts.apply(quick, values_of(scripts, Reference=picture))
    kept = asked.alwayson_scripts["Page demo"][2]
    assert set(kept) == {"picture", "array"} and replace(quick).from_json(asked.to_json()) == asked
    assert np.array_equal(CompatScriptHost()._read(kept), picture)


def test_an_infotext_sets_the_controls_of_scripts(form):
    scripts, _ = form
    labels = [component.label for component in scripts.pasted_components]
    updates = scripts.pasted("a cat\nSteps: 2, Demo amount: 7", {"Demo amount": "7"}, everything=True)
    said = {label: update["value"] for label, update in zip(labels, updates) if "value" in update}
    assert said == {"Enable": True, "Amount": 1}
    untouched = scripts.pasted("a cat", {"Demo amount": "0.2"}, everything=False)
    assert not any("value" in update for update in untouched)


def values_of(scripts, **changed):
    """The values of all controls as an event hands them over, with some changed by label."""
    by_label = {"Script": 0, **changed}
    return [by_label.get(getattr(control, "label", None), getattr(control, "value", None))
            for control in scripts.components]
