"""The axes of a grid: what can change, how it changes ``p``, what its values may be, and what a legend says.

Names are those that extensions know from A1111's ``xyz_grid``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from modules import sd_models, sd_samplers, sd_schedulers, sd_vae, shared
from modules.plugins.grids.values import join_values, split_values

NO_MODEL = ("", "none")
TRUE_WORDS = ("true", "yes", "y", "1")


# How an axis changes p. Signature: (p, value, all values of the axis).

def apply_field(field: str) -> Callable[[Any, Any, Any], None]:
    """Return what sets an attribute of ``p``."""
    def fun(p: Any, x: Any, xs: Any) -> None:
        setattr(p, field, x)

    return fun


def apply_override(field: str, boolean: bool = False) -> Callable[[Any, Any, Any], None]:
    """Return what puts a setting in force for the cell."""
    def fun(p: Any, x: Any, xs: Any) -> None:
        p.override_settings[field] = str(x).lower() == "true" if boolean else x

    return fun


def apply_prompt(p: Any, x: str, xs: Sequence[str]) -> None:
    """Replace the first value by this one. Raises: RuntimeError where it is in neither prompt."""
    if xs[0] not in p.prompt and xs[0] not in p.negative_prompt:
        raise RuntimeError(f"Prompt S/R did not find {xs[0]} in prompt or negative prompt.")
    p.prompt = p.prompt.replace(xs[0], x)
    p.negative_prompt = p.negative_prompt.replace(xs[0], x)


def apply_order(p: Any, x: Sequence[str], xs: Any) -> None:
    """Put tokens of the prompt into another order; what is between them stays. Raises: RuntimeError."""
    for token in x:
        if token not in p.prompt:
            raise RuntimeError(f"Prompt order did not find {token} in prompt.")
    written, rest = "", p.prompt
    for token, other in zip(sorted(x, key=p.prompt.find), x):
        before, _, rest = rest.partition(token)
        written += before + other
    p.prompt = written + rest


def apply_checkpoint(p: Any, x: str, xs: Any) -> None:
    p.override_settings["sd_model_checkpoint"] = find_checkpoint(x).name


def apply_refiner_checkpoint(p: Any, x: str, xs: Any) -> None:
    p.refiner_checkpoint = None if x.lower() in NO_MODEL else find_checkpoint(x).name


def apply_vae(p: Any, x: str, xs: Any) -> None:
    p.override_settings["sd_vae"] = find_vae(x)


def apply_styles(p: Any, x: str, _: Any) -> None:
    p.styles.extend(name.strip() for name in x.split(","))


def apply_uni_pc_order(p: Any, x: int, xs: Any) -> None:
    p.override_settings["uni_pc_order"] = min(x, p.steps - 1)


def apply_face_restore(p: Any, opt: str, x: Any) -> None:
    """Turn face restoration on by a model's name or a yes. Reference: A1111, where the settings choose the model."""
    models = {"codeformer": "CodeFormer", "gfpgan": "GFPGAN"}
    if opt.lower() in models:
        p.face_restoration_model = models[opt.lower()]
    p.restore_faces = opt.lower() in (*models, *TRUE_WORDS)


def apply_size(p: Any, x: str, xs: Any) -> None:
    found = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", x)
    if found is None:
        raise RuntimeError(f"Invalid size: {x}; it should look like 512x768.")
    p.width, p.height = int(found[1]), int(found[2])


def do_nothing(p: Any, x: Any, xs: Any) -> None:
    pass


def find_checkpoint(name: str) -> Any:
    """Raises: RuntimeError."""
    info = sd_models.get_closet_checkpoint_match(name)
    if info is None:
        raise RuntimeError(f"Unknown checkpoint: {name}")
    return info


def find_vae(name: str) -> str:
    """Return the value of the setting ``sd_vae`` that is meant. Raises: RuntimeError."""
    wanted = name.strip().lower()
    if wanted in ("auto", "automatic"):
        return "Automatic"
    if wanted == "none":
        return "None"
    for known in sorted(sd_vae.vae_dict, key=lambda known: (known.lower() != wanted, len(known))):
        if wanted and wanted in known.lower():
            return known
    raise RuntimeError(f"Unknown VAE: {name}")


# What is checked before the first cell. Signature: (p, values); an exception says what is wrong.

def confirm_samplers(p: Any, xs: Iterable[str]) -> None:
    for x in xs:
        if x.lower() not in sd_samplers.samplers_map:
            raise RuntimeError(f"Unknown sampler: {x}")


def confirm_checkpoints(p: Any, xs: Iterable[str]) -> None:
    for x in xs:
        find_checkpoint(x)


def confirm_checkpoints_or_none(p: Any, xs: Iterable[str]) -> None:
    confirm_checkpoints(p, [x for x in xs if x.lower() not in NO_MODEL])


def confirm_choices(choices: Callable[[], Sequence[str]], what: str) -> Callable[[Any, Iterable[str]], None]:
    """Return a check that values are among the choices."""
    def confirm(p: Any, xs: Iterable[str]) -> None:
        known = {choice.lower() for choice in choices()}
        for x in xs:
            if x.lower() not in known:
                raise RuntimeError(f"Unknown {what}: {x}")

    return confirm


# What a legend says about a value. Signature: (p, option, value).

def format_value_add_label(p: Any, opt: AxisOption, x: Any) -> str:
    return f"{opt.label}: {format_value(p, opt, x)}"


def format_value(p: Any, opt: AxisOption, x: Any) -> Any:
    return round(x, 8) if type(x) is float else x


def format_value_join_list(p: Any, opt: AxisOption, x: Iterable[str]) -> str:
    return ", ".join(x)


def format_nothing(p: Any, opt: AxisOption, x: Any) -> str:
    return ""


def format_remove_path(p: Any, opt: AxisOption, x: str) -> str:
    return os.path.basename(x)  # noqa: PTH119 - a name, not a path of this computer


def str_permutations(x: Any) -> Any:
    """The type of axes whose values are orders of what is listed."""
    return x


def list_to_csv_string(data_list: Iterable[Any]) -> str:
    return join_values(data_list)


def csv_string_to_list_strip(data_str: str) -> list[str]:
    return split_values(data_str)


def boolean_choice(reverse: bool = False) -> Callable[[], list[str]]:
    """Return the choices of an axis that is on or off."""
    def choice() -> list[str]:
        return ["True", "False"] if reverse else ["False", "True"]

    return choice


class AxisOption:
    """A thing that can change along an axis."""

    def __init__(self, label: str, type: Any, apply: Callable[..., None],
                 format_value: Callable[..., Any] = format_value_add_label, confirm: Callable[..., None] | None = None,
                 cost: float = 0.0, choices: Callable[[], Sequence[str]] | None = None,
                 prepare: Callable[[str], Sequence[str]] | None = None) -> None:
        self.label = label
        self.type = type
        self.apply = apply
        self.format_value = format_value
        self.confirm = confirm
        self.cost = cost
        self.choices = choices
        self.prepare = prepare
        self.is_img2img: bool | None = None
        self.own = False
        """Whether it is not an extension's: then all it changes is part of the request, by which cells are known."""


class AxisOptionImg2Img(AxisOption):
    """An axis that only img2img has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_img2img = True


class AxisOptionTxt2Img(AxisOption):
    """An axis that only txt2img has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_img2img = False


def _samplers(known: Callable[[], Iterable[Any]]) -> Callable[[], list[str]]:
    return lambda: [sampler.name for sampler in known() if sampler.name not in shared.opts.hide_samplers]


def _checkpoints() -> list[str]:
    return sorted(sd_models.checkpoints_list, key=str.casefold)


def _schedules() -> list[str]:
    return [schedule.label for schedule in sd_schedulers.schedulers]


def _hires_upscalers() -> list[str]:
    return [*shared.latent_upscale_modes, *(upscaler.name for upscaler in shared.sd_upscalers)]


def list_axes() -> list[AxisOption]:
    """Return the axes of A1111, in its order: API clients name them by their place among those of a tab."""
    axes = [
        AxisOption("Nothing", str, do_nothing, format_value=format_nothing),
        AxisOption("Seed", int, apply_field("seed")),
        AxisOption("Var. seed", int, apply_field("subseed")),
        AxisOption("Var. strength", float, apply_field("subseed_strength")),
        AxisOption("Steps", int, apply_field("steps")),
        AxisOptionTxt2Img("Hires steps", int, apply_field("hr_second_pass_steps")),
        AxisOption("CFG Scale", float, apply_field("cfg_scale")),
        AxisOptionImg2Img("Image CFG Scale", float, apply_field("image_cfg_scale")),
        AxisOption("Prompt S/R", str, apply_prompt, format_value=format_value),
        AxisOption("Prompt order", str_permutations, apply_order, format_value=format_value_join_list),
        AxisOptionTxt2Img("Sampler", str, apply_field("sampler_name"), format_value=format_value,
                          confirm=confirm_samplers, choices=_samplers(lambda: sd_samplers.samplers)),
        AxisOptionTxt2Img("Hires sampler", str, apply_field("hr_sampler_name"), confirm=confirm_samplers,
                          choices=_samplers(lambda: sd_samplers.samplers_for_img2img)),
        AxisOptionImg2Img("Sampler", str, apply_field("sampler_name"), format_value=format_value,
                          confirm=confirm_samplers, choices=_samplers(lambda: sd_samplers.samplers_for_img2img)),
        AxisOption("Checkpoint name", str, apply_checkpoint, format_value=format_remove_path,
                   confirm=confirm_checkpoints, cost=1.0, choices=_checkpoints),
        AxisOption("Negative Guidance minimum sigma", float, apply_field("s_min_uncond")),
        AxisOption("Sigma Churn", float, apply_field("s_churn")),
        AxisOption("Sigma min", float, apply_field("s_tmin")),
        AxisOption("Sigma max", float, apply_field("s_tmax")),
        AxisOption("Sigma noise", float, apply_field("s_noise")),
        AxisOption("Schedule type", str, apply_field("scheduler"), confirm=confirm_choices(_schedules, "schedule type"),
                   choices=_schedules),
        AxisOption("Schedule min sigma", float, apply_override("sigma_min")),
        AxisOption("Schedule max sigma", float, apply_override("sigma_max")),
        AxisOption("Schedule rho", float, apply_override("rho")),
        AxisOption("Beta schedule alpha", float, apply_override("beta_dist_alpha")),
        AxisOption("Beta schedule beta", float, apply_override("beta_dist_beta")),
        AxisOption("Eta", float, apply_field("eta")),
        AxisOption("Clip skip", int, apply_override("CLIP_stop_at_last_layers")),
        AxisOption("Denoising", float, apply_field("denoising_strength")),
        AxisOption("Initial noise multiplier", float, apply_field("initial_noise_multiplier")),
        AxisOption("Extra noise", float, apply_override("img2img_extra_noise")),
        AxisOptionTxt2Img("Hires upscaler", str, apply_field("hr_upscaler"),
                          confirm=confirm_choices(_hires_upscalers, "hires upscaler"), choices=_hires_upscalers),
        AxisOptionImg2Img("Cond. Image Mask Weight", float, apply_field("inpainting_mask_weight")),
        AxisOption("VAE", str, apply_vae, cost=0.7, choices=lambda: ["Automatic", "None", *sd_vae.vae_dict]),
        AxisOption("Styles", str, apply_styles, choices=lambda: list(shared.prompt_styles.styles)),
        AxisOption("UniPC Order", int, apply_uni_pc_order, cost=0.5),
        AxisOption("Face restore", str, apply_face_restore, format_value=format_value),
        AxisOption("Token merging ratio", float, apply_override("token_merging_ratio")),
        AxisOption("Token merging ratio high-res", float, apply_override("token_merging_ratio_hr")),
        AxisOption("Always discard next-to-last sigma", str,
                   apply_override("always_discard_next_to_last_sigma", boolean=True),
                   choices=boolean_choice(reverse=False)),
        AxisOption("SGM noise multiplier", str, apply_override("sgm_noise_multiplier", boolean=True),
                   choices=boolean_choice(reverse=False)),
        AxisOption("Refiner checkpoint", str, apply_refiner_checkpoint, format_value=format_remove_path,
                   confirm=confirm_checkpoints_or_none, cost=1.0, choices=lambda: ["None", *_checkpoints()]),
        AxisOption("Refiner switch at", float, apply_field("refiner_switch_at")),
        AxisOption("RNG source", str, apply_override("randn_source"), choices=lambda: ["GPU", "CPU", "NV"]),
        AxisOption("FP8 mode", str, apply_override("fp8_storage"), cost=0.9,
                   choices=lambda: ["Disable", "Enable for SDXL", "Enable"]),
        AxisOption("Size", str, apply_size),
    ]
    for axis in axes:
        axis.own = True
    return axes
