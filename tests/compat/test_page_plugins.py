"""Tabs, settings, links, files and translations of an extension."""

from __future__ import annotations

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.compat.test_page_scripts import FILES


@pytest.fixture
def host(with_extensions):
    return with_extensions(FILES)


@pytest.fixture
def plugins(host):
    from modules.compat.page.page import CompatPage

    return CompatPage()


@pytest.fixture
def client(plugins):
    app = FastAPI()
    app.include_router(plugins.routes())
    with TestClient(app) as client:
        yield client


def test_a_tab_is_put_on_the_page_with_its_events_and_styles(plugins):
    with gr.Blocks(analytics_enabled=False) as page:
        (tab,) = plugins.tabs()
        with gr.Column(elem_id=tab.page_id):
            tab.build()
    described = [component["props"].get("elem_id") for component in page.get_config_file()["components"]]
    assert (tab.page_id, tab.title) == ("tab_demo_tab", "Demo tab")
    assert {"tab_demo_tab", "demo_box", "demo_shout", "demo_second"} <= set(described)
    (event,) = page.fns.values()
    assert (event.js, event.fn("hi")["value"]) == ("(words) => words + '!'", "HI")
    assert "#demo_box" in plugins.head()


def test_settings_are_shown_and_kept(plugins, host):
    (section,) = [one for one in plugins.settings_sections() if one.where == "demo"]
    with gr.Blocks(analytics_enabled=False):
        built = {key: build() for key, build in section.controls.items()}
    assert (section.title, built["demo_count"].maximum) == ("Demo", 9)
    assert built["demo_words"].elem_id == "setting_demo_words"
    assert built["demo_nonsense"] is None
    assert plugins.save_settings({"demo_words": "bye", "demo_count": 3}) == ["demo_words"]
    assert plugins.setting_values()["demo_words"] == "bye" and host.settings.foreign["demo_words"] == "bye"


def test_scripts_are_linked_in_order_and_words_before_them(plugins):
    head = plugins.head()
    places = [head.index(words) for words in (
        "internal/plugins/words.js", "javascript/page_demo.js?", "javascript/page_demo.mjs?", "page_demo/style.css?")]
    assert places == sorted(places) and '<script type="module"' in head


def test_words_and_options_reach_the_page(client, plugins, host):
    assert "demo" in plugins.translations()
    host.settings.update({"localization": "demo"})
    words = client.get("/internal/plugins/words.js").text
    assert '"Generate": "Erzeugen"' in words and '"demo_words": "hello"' in words
    assert client.get("/internal/plugins/options").json()["demo_count"] == 3


def test_files_of_extensions_are_served_and_no_others(client, host):
    root = host.flags.data_dir / "extensions" / "page_demo"
    (root / ".git").mkdir()
    (root / ".git" / "config.json").write_text("{}")
    (root / "away.js").symlink_to("/etc/hostname")
    outside = host.flags.data_dir / "notes.txt"
    outside.write_text("private")
    served = client.get(f"/file={root}/javascript/page_demo.js")
    assert (served.status_code, served.headers["x-content-type-options"]) == (200, "nosniff")
    for path in (root / "scripts" / "page_demo.py", root / ".git" / "config.json", root / "away.js", outside,
                 f"{root}/javascript/../../../notes.txt", "/etc/passwd", host.settings.path, root):
        assert client.get(f"/file={path}").status_code == 404, path


def test_a_page_of_made_files_cannot_act_as_ours(client, host):
    folder = host.bench.data_folder / "outputs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text("<script>1</script>")
    assert client.get(f"/file={folder}/page.html").headers["content-security-policy"] == "sandbox"
