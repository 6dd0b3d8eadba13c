from __future__ import annotations

import json

import pytest

from modules.foundation.errors import InvalidRequestError
from modules.settings.store import SettingsStore
from modules.settings.values import OPTIONS, Settings


def test_flat_and_with_values_round_trip():
    settings = Settings().with_values({"CLIP_stop_at_last_layers": 2, "eta_ddim": "0.5", "samples_save": "False"})
    assert settings.model.CLIP_stop_at_last_layers == 2
    assert settings.sampler.eta_ddim == 0.5
    assert settings.saving.samples_save is False
    assert Settings().with_values(settings.flat()) == settings


def test_changed_are_the_values_that_are_not_at_their_defaults():
    changed = {"ESRGAN_tile": 64, "postprocessing_operation_order": ["GFPGAN"]}
    assert Settings().changed() == {}
    assert Settings().with_values({**changed, "webp_lossless": False}).changed() == changed


@pytest.mark.parametrize("key", OPTIONS)
def test_every_option_accepts_its_default_and_says_what_it_is(key):
    _, facts = OPTIONS[key]
    assert facts.coerce(key, facts.default) == facts.default
    assert facts.coerce(key, None) == facts.default
    assert facts.label


@pytest.mark.parametrize(("key", "value", "words"), [
    ("nothing_like_it", 1, "no setting"),
    ("eta_ddim", float("nan"), "a number"),
    ("eta_ddim", 5, "between 0 and 1"),
    ("CLIP_stop_at_last_layers", 1.5, "whole number"),
    ("CLIP_stop_at_last_layers", True, "whole number"),
    ("samples_save", "perhaps", "true or false"),
    ("emphasis", "Loud", "one of"),
    ("hide_samplers", "Euler", "a list"),
    ("samples_filename_pattern", ["x"], "text"),
])
def test_refusals_say_what_is_accepted(key, value, words):
    with pytest.raises(InvalidRequestError, match=words) as caught:
        Settings().with_values({key: value})
    assert caught.value.field == key


def test_a_file_of_a1111_is_read_and_its_unknown_keys_are_kept(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"eta_ancestral": 0.5, "some_extension": {"a": 1}, "samples_format": "PNG",
                                "jpeg_quality": "very good"}))
    store = SettingsStore(path)
    assert store.current.sampler.eta_ancestral == 0.5
    assert store.current.saving.samples_format == "png"
    assert any("jpeg_quality" in warning for warning in store.warnings)
    assert store.update({"eta_ddim": 0.25, "eta_ancestral": 0.5}) == ["eta_ddim"]
    written = json.loads(path.read_text())
    assert written["some_extension"] == {"a": 1} and written["eta_ddim"] == 0.25


@pytest.mark.parametrize("broken", ["", "{", "[1]", "nul", '{"a": ' * 50000])
def test_a_broken_file_gives_way_to_the_last_good_copy(tmp_path, broken):
    path = tmp_path / "config.json"
    SettingsStore(path).update({"eta_ddim": 0.25})
    path.write_text(broken)
    store = SettingsStore(path)
    assert store.current.sampler.eta_ddim == 0.25
    assert store.warnings and (tmp_path / "config.json.broken").read_text() == broken


def test_a_refused_update_changes_nothing(tmp_path):
    store = SettingsStore(tmp_path / "config.json")
    with pytest.raises(InvalidRequestError):
        store.update({"eta_ddim": 0.5, "eta_ancestral": "much"})
    assert store.current == Settings() and not store.path.exists()
