"""X/Y/Z plot: the same picture over and over, with one, two or three things changed along axes.

Extensions add axes of their own: they look this module up in ``scripts.scripts_data`` and append an ``AxisOption`` to
``axis_options``. The parts lie in ``scripts/xyz``; what is not about ``p`` (how values are read, where finished cells
are kept, what the page of a grid shows) lies in ``modules.plugins.grids``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import modules.scripts as scripts
from modules import images, shared
from modules.plugins.grids.order import nest_axes
from scripts.xyz.axes import (
    AxisOption,
    AxisOptionImg2Img,
    AxisOptionTxt2Img,
    apply_checkpoint,
    apply_face_restore,
    apply_field,
    apply_order,
    apply_override,
    apply_prompt,
    apply_refiner_checkpoint,
    apply_size,
    apply_styles,
    apply_uni_pc_order,
    apply_vae,
    boolean_choice,
    confirm_checkpoints,
    confirm_checkpoints_or_none,
    confirm_samplers,
    csv_string_to_list_strip,
    do_nothing,
    format_nothing,
    format_remove_path,
    format_value,
    format_value_add_label,
    format_value_join_list,
    list_axes,
    list_to_csv_string,
    str_permutations,
)
from scripts.xyz.choices import (
    NAMES,
    TITLE,
    ChosenAxis,
    GridChoices,
    add_parameters,
    check_axes,
    describe_axes,
    fix_axis_seeds,
    fix_seeds,
    read_axis,
)
from scripts.xyz.controls import SIZES, GridControls, fill_values_symbol
from scripts.xyz.grid_run import GridRun, SharedSettingsStackHelper
from scripts.xyz.sheets import draw_xyz_grid

__all__ = [
    "AxisInfo", "AxisOption", "AxisOptionImg2Img", "AxisOptionTxt2Img", "Script", "SharedSettingsStackHelper",
    "apply_checkpoint", "apply_face_restore", "apply_field", "apply_order", "apply_override", "apply_prompt",
    "apply_refiner_checkpoint", "apply_size", "apply_styles", "apply_uni_pc_order", "apply_vae", "axis_options",
    "boolean_choice", "confirm_checkpoints", "confirm_checkpoints_or_none", "confirm_samplers",
    "csv_string_to_list_strip", "do_nothing", "draw_xyz_grid", "fill_values_symbol", "format_nothing",
    "format_remove_path", "format_value", "format_value_add_label", "format_value_join_list", "list_to_csv_string",
    "str_permutations",
]

axis_options: list[AxisOption] = list_axes()
"""Extensions append to this list; it is a new one whenever the scripts are loaded."""

AxisInfo = namedtuple("AxisInfo", ["axis", "values"])
"""What ``state.xyz_plot_x`` and its like hold for plugins while a grid is made."""


class Script(scripts.Script):
    """The script of both tabs."""

    def __init__(self) -> None:
        self._controls = GridControls(lambda: self.current_axis_options, self.elem_id)

    @property
    def current_axis_options(self) -> list[AxisOption]:
        """The axes of this tab; their places in this list are what API clients send."""
        return [option for option in axis_options if option.is_img2img in (None, bool(self.is_img2img))]

    def title(self) -> str:
        return TITLE

    def after_component(self, component: Any, **kwargs: Any) -> None:
        """Remember the controls by which the time is told."""
        tab, _, name = str(kwargs.get("elem_id") or "").partition("_")
        if tab == self.tabname and name in SIZES:
            self._controls.sizes[name] = component

    def ui(self, is_img2img: bool) -> list[Any]:
        rows, below = self._controls.build()
        self.infotext_fields = self._controls.paste_fields(rows)
        return [*(control for row in rows for control in row), *below]

    def run(self, p: Any, x_type: Any, x_values: str, x_values_dropdown: Any, y_type: Any, y_values: str,
            y_values_dropdown: Any, z_type: Any, z_values: str, z_values_dropdown: Any, *choices: Any) -> Any:
        """Make a grid. ``choices``: the fields of ``GridChoices``.

        Raises: InvalidRequestError for values that cannot be used, before anything is made; GridError.
        """
        chosen = GridChoices.of(choices)
        axes = [read_axis(self._controls.option(kind), text, picked, chosen.csv_mode) for kind, text, picked in (
            (x_type, x_values, x_values_dropdown), (y_type, y_values, y_values_dropdown),
            (z_type, z_values, z_values_dropdown))]
        if not chosen.no_fixed_seeds:
            fix_seeds(p)
            for axis in axes:
                fix_axis_seeds(axis, p.seed)
        if not shared.opts.return_grid:
            p.batch_size = 1
        check_axes(p, axes)
        for axis in axes:
            axis.labels = [str(axis.option.format_value(p, axis.option, value)) for value in axis.values]
        shared.state.xyz_plot_x, shared.state.xyz_plot_y, shared.state.xyz_plot_z = (
            AxisInfo(axis.option, axis.values) for axis in axes)
        processed = make_grid(p, axes, chosen)
        if processed.images:
            finish_sheets(p, processed, axes, chosen)
        return processed


def make_grid(p: Any, axes: Sequence[ChosenAxis], choices: GridChoices) -> Any:
    """Make all cells and their sheets."""
    run = GridRun(p, axes, choices)
    outer, middle = (NAMES[axis].lower() for axis in nest_axes([axis.option.cost for axis in axes])[:2])
    x, y, z = axes
    with SharedSettingsStackHelper():
        run.begin()
        try:
            return draw_xyz_grid(
                p, x.values, y.values, z.values, x.labels, y.labels, z.labels, run.cell, choices.draw_legend,
                choices.include_lone_images, choices.include_sub_grids, outer, middle, choices.margin_size)
        finally:
            run.end()


def finish_sheets(p: Any, processed: Any, axes: Sequence[ChosenAxis], choices: GridChoices) -> None:
    """Write what the sheets show into their infotexts, save them, and leave out those nobody asked for."""
    sheets = processed.index_of_first_image
    for number in range(sheets):
        shown = axes if number == 0 else axes[:2]
        processed.infotexts[number] = add_parameters(processed.infotexts[number], describe_axes(shown, choices))
        processed.images[number].info["parameters"] = processed.infotexts[number]
    processed.info = processed.infotexts[0]
    if shared.opts.grid_save:
        for number in range(sheets if choices.include_sub_grids and sheets > 2 else min(sheets, 1)):
            images.save_image(
                processed.images[number], p.outpath_grids, "xyz_grid", processed.all_seeds[0],
                processed.all_prompts[0], shared.opts.grid_format, info=processed.infotexts[number], grid=True, p=p)
    if not choices.include_sub_grids:
        del processed.images[1:sheets], processed.infotexts[1:sheets]
        processed.index_of_first_image = min(sheets, 1)
