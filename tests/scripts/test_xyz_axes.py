"""The axes of a grid: their order, what they change, what they refuse, and what the legend says."""

from __future__ import annotations

import copy

import pytest

TXT2IMG = [
    "Nothing", "Seed", "Var. seed", "Var. strength", "Steps", "Hires steps", "CFG Scale", "Prompt S/R", "Prompt order",
    "Sampler", "Hires sampler", "Checkpoint name", "Negative Guidance minimum sigma", "Sigma Churn", "Sigma min",
    "Sigma max", "Sigma noise", "Schedule type", "Schedule min sigma", "Schedule max sigma", "Schedule rho",
    "Beta schedule alpha", "Beta schedule beta", "Eta", "Clip skip", "Denoising", "Initial noise multiplier",
    "Extra noise", "Hires upscaler", "VAE", "Styles", "UniPC Order", "Face restore", "Token merging ratio",
    "Token merging ratio high-res", "Always discard next-to-last sigma", "SGM noise multiplier", "Refiner checkpoint",
    "Refiner switch at", "RNG source", "FP8 mode", "Size"]
IMG2IMG = [label for label in TXT2IMG if not label.startswith("Hires")]
IMG2IMG.insert(IMG2IMG.index("CFG Scale") + 1, "Image CFG Scale")
IMG2IMG.insert(IMG2IMG.index("Extra noise") + 1, "Cond. Image Mask Weight")


@pytest.fixture(scope="module")
def grids(scripted):
    """The module as extensions find it."""
    from modules import scripts

    return next(data.module for data in scripts.scripts_data if data.path.endswith("xyz_grid.py"))


@pytest.fixture(scope="module")
def both(grids):
    """The script of txt2img and that of img2img."""
    from modules import scripts

    return scripts.scripts_txt2img.script("x/y/z plot"), scripts.scripts_img2img.script("x/y/z plot")


@pytest.fixture
def p():
    from modules.processing import StableDiffusionProcessingTxt2Img

    return StableDiffusionProcessingTxt2Img(prompt="a cat, dog and bird", negative_prompt="cat hair", seed=1, steps=20,
                                            styles=["old"])


def axis(grids, label, *, img2img=False):
    return next(one for one in grids.axis_options if one.label == label and one.is_img2img in (None, img2img))


def test_axes_stand_where_api_clients_expect_them(both):
    assert [option.label for option in both[0].current_axis_options] == TXT2IMG
    assert [option.label for option in both[1].current_axis_options] == IMG2IMG


def test_controls_have_the_ids_and_labels_of_a1111(both):
    labels = {control.elem_id: control.label for control in both[0].controls}
    ids = [name.removeprefix("script_txt2img_xyz_plot_") for name in labels]
    assert ids == ["x_type", "x_values", "x_values_dropdown", "y_type", "y_values", "y_values_dropdown", "z_type",
                   "z_values", "z_values_dropdown", "draw_legend", "include_lone_images", "include_sub_grids",
                   "no_fixed_seeds", "vary_seeds_x", "vary_seeds_y", "vary_seeds_z", "margin_size", "csv_mode"]
    assert list(labels.values())[:3] == ["X type", "X values", "X values"]
    assert list(labels.values())[9:] == ["Draw legend", "Include Sub Images", "Include Sub Grids", "Keep -1 for seeds",
                                         "Vary seeds for X", "Vary seeds for Y", "Vary seeds for Z",
                                         "Grid margins (px)", "Use text inputs instead of dropdowns"]
    assert both[1].controls[0].elem_id == "script_img2img_xyz_plot_x_type"


@pytest.mark.parametrize(("label", "value", "field", "result"), [
    ("Seed", 5, "seed", 5),
    ("Var. strength", .5, "subseed_strength", .5),
    ("Hires steps", 7, "hr_second_pass_steps", 7),
    ("Prompt order", ["dog", "bird", "cat"], "prompt", "a dog, bird and cat"),
    ("Negative Guidance minimum sigma", 2.0, "s_min_uncond", 2.0),
    ("Sigma max", 9.0, "s_tmax", 9.0),
    ("Schedule max sigma", 9.0, "override_settings", {"sigma_max": 9.0}),
    ("Clip skip", 2, "override_settings", {"CLIP_stop_at_last_layers": 2}),
    ("Checkpoint name", "tiny-sd1-b", "override_settings", {"sd_model_checkpoint": "tiny-sd1-b.safetensors"}),
    ("Refiner checkpoint", "None", "refiner_checkpoint", None),
    ("VAE", "AUTO", "override_settings", {"sd_vae": "Automatic"}),
    ("VAE", "none", "override_settings", {"sd_vae": "None"}),
    ("Styles", "new, newer", "styles", ["old", "new", "newer"]),
    ("UniPC Order", 30, "override_settings", {"uni_pc_order": 19}),
    ("Face restore", "yes", "restore_faces", True),
    ("Face restore", "GFPGAN", "restore_faces", True),
    ("Face restore", "off", "restore_faces", False),
    ("SGM noise multiplier", "True", "override_settings", {"sgm_noise_multiplier": True}),
    ("Always discard next-to-last sigma", "False", "override_settings", {"always_discard_next_to_last_sigma": False}),
    ("Size", "512x768", "width", 512),
    ("Size", " 512 X 768", "height", 768),
])
def test_an_axis_changes_p(grids, p, label, value, field, result):
    changed = copy.copy(p)
    changed.styles, changed.override_settings = list(p.styles), {}
    axis(grids, label).apply(changed, value, [value])
    assert getattr(changed, field) == result


def test_prompt_search_and_replace(grids, p):
    replace = axis(grids, "Prompt S/R").apply
    replace(p, "horse", ["cat", "horse"])
    assert (p.prompt, p.negative_prompt) == ("a horse, dog and bird", "horse hair")
    with pytest.raises(RuntimeError, match="Prompt S/R did not find whale in prompt or negative prompt"):
        replace(p, "fish", ["whale", "fish"])


@pytest.mark.parametrize(("label", "value", "words"), [
    ("Sampler", "Nonsense", "Unknown sampler: Nonsense"),
    ("Checkpoint name", "nonsense", "Unknown checkpoint: nonsense"),
    ("Refiner checkpoint", "nonsense", "Unknown checkpoint: nonsense"),
    ("Schedule type", "nonsense", "Unknown schedule type: nonsense"),
])
def test_unknown_names_are_refused(grids, label, value, words):
    with pytest.raises(RuntimeError, match=words):
        axis(grids, label).confirm(None, [value])


@pytest.mark.parametrize(("label", "value", "title"), [
    ("Nothing", 0, ""),
    ("Seed", 5, "Seed: 5"),
    ("CFG Scale", .30000000000000004, "CFG Scale: 0.3"),
    ("Prompt S/R", "a cat", "a cat"),
    ("Prompt order", ["b", "a"], "b, a"),
    ("Sampler", "Euler a", "Euler a"),
    ("Checkpoint name", "folder/mix.safetensors", "mix.safetensors"),
    ("VAE", "None", "VAE: None"),
    ("Face restore", "yes", "yes"),
    ("Schedule type", "Karras", "Schedule type: Karras"),
])
def test_legends(grids, label, value, title):
    option = axis(grids, label)
    assert option.format_value(None, option, value) == title


def test_extensions_append_axes(grids, both):
    """As dynamic thresholding and many others do."""
    option = grids.AxisOption("[Mine] Amount", float, grids.apply_field("mine_amount"), cost=.2)
    grids.axis_options.append(option)
    try:
        assert both[0].current_axis_options[-1] is option and both[1].current_axis_options[-1] is option
    finally:
        grids.axis_options.remove(option)


def test_names_that_extensions_use_are_there(grids):
    missing = [name for name in grids.__all__ if not hasattr(grids, name)]
    assert missing == [] and issubclass(grids.AxisOptionImg2Img, grids.AxisOption)
    assert grids.boolean_choice(reverse=True)() == ["True", "False"] and grids.str_permutations([1]) == [1]


def test_buttons_swap_and_fill(both):
    controls = both[0]._controls
    swapped = controls._swap(4, "1,2", [], 9, "", ["Euler"], False)
    assert swapped[0] == "Sampler" and swapped[2]["value"] == ["Euler"] and swapped[3]["visible"]
    assert swapped[4] == "Steps" and swapped[5]["value"] == "1,2" and not swapped[7]["visible"]
    assert "Euler a" in controls._fill(9, False)[1]
    assert controls._fill(9, True)[0].startswith("DPM++")
    text, picked, fill = controls._show_axis(9, "Euler, Nonsense", [], False)
    assert (text["visible"], picked["visible"], picked["value"], fill["visible"]) == (False, True, ["Euler"], True)
    assert controls._show_axis(9, "", ["Euler", "DDIM"], True)[0]["value"] == "Euler,DDIM"


def test_a_pasted_infotext_sets_the_axes(both):
    told = {"X Type": "Sampler", "X Values": "Euler,DDIM", "Y Type": "Steps", "Y Values": "1-3"}
    updates = [field(told) if callable(field) else told.get(field) for _, field in both[0].infotext_fields]
    assert updates[0] == "Sampler" and updates[2]["value"] == ["Euler", "DDIM"] and updates[3]["visible"]
    assert updates[4] == "Steps" and updates[5] == {"visible": True, "value": "1-3", "__type__": "update"}
    assert updates[8] is None and "value" not in updates[9]


@pytest.mark.parametrize(("values", "words"), [
    ((1, "1-3", [], 4, "5,6", [], 0, "", []), "X/Y/Z plot: 6 cells."),
    ((11, "", ["a", "b"], 4, "5,6", [], 0, "", []), "X/Y/Z plot: 4 cells, 1 model switch."),
    ((1, "1,x", [], 0, "", [], 0, "", []), "X axis: 'x' is not a whole number or a range like 1-5, 1-5 (+2) or "
                                           "1-10 [3]"),
])
def test_the_page_says_what_the_axes_make(both, values, words):
    assert both[0]._controls._summarize(False, *values) == words
