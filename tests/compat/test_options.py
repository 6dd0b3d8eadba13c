"""``shared.opts``: the core's settings and those of extensions."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def opts(plugin_host, tmp_path):
    """Options over a settings file of their own."""
    from dataclasses import replace

    from modules.compat.host import HOST
    from modules.settings.store import SettingsStore

    (tmp_path / "config.json").write_text(json.dumps({"CLIP_stop_at_last_layers": 2, "my_kept": "old"}))
    HOST.attach(replace(plugin_host, settings=SettingsStore(tmp_path / "config.json")))
    from modules import shared

    yield shared.opts
    HOST.attach(plugin_host)


def info(default, **facts):
    from modules.shared import OptionInfo

    return OptionInfo(default, "Mine", **facts)


def test_reading(opts):
    assert opts.CLIP_stop_at_last_layers == opts.data["CLIP_stop_at_last_layers"] == 2
    assert opts.hide_samplers == [] and opts.data.get("font") == ""
    assert opts.my_kept == "old" and "my_kept" in opts.data
    assert getattr(opts, "never", 5) == 5 and opts.data.get("never", 6) == 6
    with pytest.raises(AttributeError):
        _ = opts.never
    assert opts.get_default("CLIP_stop_at_last_layers") == 1 and opts.get_default("never") is None


def test_adding(opts):
    opts.add_option("my_number", info(3, section=("mine", "Mine")))
    opts.add_option(key="my_text", info=info("a"))
    assert (opts.my_number, opts.data["my_text"]) == (3, "a")
    assert {"my_number", "my_text"} <= set(opts.data) and set(opts.added) == {"my_number", "my_text"}
    opts.add_option("my_kept", info("new"))
    assert opts.my_kept == "old"


def test_adding_at_import(opts):
    from modules import shared

    shared.options_templates.update(shared.options_section(("mine", "Mine", "ui"), {"my_early": info(True)}))
    assert opts.my_early is True
    assert opts.data_labels["my_early"].section == ("mine", "Mine") and opts.data_labels["my_early"].category_id == "ui"


def test_writing_stays_in_memory_until_saved(opts, tmp_path):
    opts.add_option("my_number", info(3))
    opts.my_number = 4
    opts.data["CLIP_stop_at_last_layers"] = 3
    path = tmp_path / "config.json"
    assert "my_number" not in json.loads(path.read_text())
    assert opts.settings().model.CLIP_stop_at_last_layers == 3
    opts.save(str(path))
    saved = json.loads(path.read_text())
    assert (saved["my_number"], saved["CLIP_stop_at_last_layers"], saved["my_kept"]) == (4, 3, "old")
    assert opts.my_number == 4


def test_a_bad_value_does_not_keep_others_from_being_saved(opts, tmp_path):
    opts.add_option("my_number", info(3))
    opts.jpeg_quality, opts.my_number = "loud", 9
    assert opts.jpeg_quality == "loud" and opts.settings().saving.jpeg_quality == 80
    opts.save(str(tmp_path / "config.json"))
    assert json.loads((tmp_path / "config.json").read_text())["my_number"] == 9
    assert opts.jpeg_quality == 80


def test_who_changes_the_settings_later_wins(opts):
    from modules.compat.host import HOST

    opts.CLIP_stop_at_last_layers = 3
    HOST.require().settings.update({"CLIP_stop_at_last_layers": 5})
    assert opts.CLIP_stop_at_last_layers == 5


def test_a_job_overlays_values(opts):
    opts.add_option("my_number", info(3))
    with opts.overlaid({"my_number": 7, "eta_ancestral": 0.5, "no_option": 1}):
        assert (opts.my_number, opts.eta_ancestral) == (7, 0.5)
        assert opts.settings().sampler.eta_ancestral == 0.5
        opts.my_number = 8
        assert opts.my_number == 8 and not hasattr(opts, "no_option")
    assert (opts.my_number, opts.eta_ancestral) == (3, 1.0)


def test_setting_tells_who_added_the_option(opts):
    told = []
    opts.add_option("my_number", info(3, onchange=lambda: told.append(opts.my_number)))
    assert opts.set("my_number", 4) and not opts.set("my_number", 4)
    assert told == [4]
    opts.onchange("my_number", lambda: 1 / 0, call=False)
    assert not opts.set("my_number", 5) and opts.my_number == 4
    opts.add_option("my_locked", info(1, restrict_api=True))
    assert not opts.set("my_locked", 2, is_api=True) and opts.set("my_locked", 2)


@pytest.mark.parametrize(("default", "value", "cast"), [(True, "False", False), (1, "3", 3), (1.5, "2", 2.0),
                                                        ("", 3, "3"), (None, "x", "x"), (4, None, None)])
def test_casting(opts, default, value, cast):
    opts.add_option("my_value", info(default))
    assert opts.cast_value("my_value", value) == cast


def test_what_the_page_is_told(opts):
    opts.add_option("my_number", info(3).info("more").link("here", "https://example.com").needs_reload_ui())
    told = json.loads(opts.dumpjson())
    assert told["my_number"] == 3 and "https://example.com" in told["_comments_before"]["my_number"]
    assert opts.same_type(1, 2.5) and opts.same_type(None, "a") and not opts.same_type(1, "a")


def test_pieces_of_html_are_no_options(opts):
    from modules.shared import OptionHTML

    opts.add_option("my_words", OptionHTML("<b>Hi</b>"))
    assert "my_words" not in opts.data and opts.my_words == "<b>Hi</b>"


def test_the_checkpoint_goes_by_its_title(opts):
    from modules import sd_models

    entry = next(iter(sd_models.checkpoints_list.values()))
    opts.sd_model_checkpoint = entry.title
    assert opts.settings().model.sd_model_checkpoint == entry.name


def test_a_job_overlays_nothing_for_the_page(opts):
    from concurrent.futures import ThreadPoolExecutor

    opts.add_option("my_number", info(3))
    with ThreadPoolExecutor(1) as page, opts.overlaid({"my_number": 7}):
        assert page.submit(lambda: opts.my_number).result() == 3
        assert page.submit(opts.set, "my_number", 9).result() and opts.my_number == 7
    assert opts.my_number == 9


def test_the_page_sees_other_settings_than_the_job(opts, plugin_host):
    from concurrent.futures import ThreadPoolExecutor

    from modules.compat.current import CURRENT, RunningJob
    from modules.generation.run_context import RunContext
    from modules.settings.values import Settings

    asked = Settings().with_values({"CLIP_stop_at_last_layers": 4})
    job = RunningJob(RunContext(lambda _: None), asked, scripted=False)
    with ThreadPoolExecutor(1) as page, CURRENT.running(job):
        assert opts.CLIP_stop_at_last_layers == 4
        assert page.submit(lambda: opts.CLIP_stop_at_last_layers).result() == 2


def test_output_folders_can_be_opened_from_anywhere(opts, plugin_host):
    folder = opts.outdir_txt2img_samples
    assert folder == str(plugin_host.bench.data_folder / "outputs" / "txt2img-images")
    opts.outdir_txt2img_samples = str(plugin_host.bench.data_folder / "elsewhere")
    assert opts.settings().paths.outdir_txt2img_samples == "elsewhere"
