import json

import pytest

from modules.artefacts.overrides import OVERRIDE_OPTIONS, Override, cast_option, find_overrides

CURRENT = {
    "CLIP_stop_at_last_layers": 1, "randn_source": "CPU", "eta_noise_seed_delta": 0, "emphasis": "Original",
    "s_min_uncond": 0.0, "sigma_max": 0.0, "sigma_min": 0.0, "rho": 0.0, "tiling": False, "sd_vae": "Automatic",
    "sd_vae_encode_method": "Full", "sd_vae_decode_method": "Full", "refiner_switch_by_sample_steps": False,
    "beta_dist_alpha": 0.6,
}


def test_recorded_overrides(fixtures):
    for case in json.loads((fixtures / "artefacts/infotext_hand.json").read_text()):
        found = find_overrides(case["parsed"], CURRENT)
        assert [[o.key, o.option, o.value] for o in found] == case["override_settings"]


def test_handled_unknown_and_meaningless_values_are_passed_over():
    fields = {"Clip skip": "2", "ENSD": "many", "Tiling": "True", "Eta": "0.5", "NGMS": "nan"}
    assert find_overrides(fields, CURRENT, handled=["Clip skip"]) == [Override("Tiling", "tiling", True)]


def test_the_beta_schedule_is_restored_under_the_name_it_was_written_with():
    assert find_overrides({"Beta schedule alpha": "0.4"}, CURRENT) == [
        Override("Beta scheduler alpha", "beta_dist_alpha", 0.4)]


@pytest.mark.parametrize("value, like, expected", [
    ("False", True, False), ("0", False, True), ("7.0", 1, 7), ("0.5", 0.0, 0.5), ("x", 1, None), ("1e999", 1, None),
    (3, "a", "3"), ("v", None, "v"),
])
def test_cast_option(value, like, expected):
    cast = cast_option(value, like)
    assert (cast, type(cast)) == (expected, type(expected))


def test_every_option_is_named_once():
    assert len(set(OVERRIDE_OPTIONS.values())) == len(OVERRIDE_OPTIONS) == 51
