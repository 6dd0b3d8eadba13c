"""The controls of a grid on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from modules import paths, shared
from modules.plugins.grids.failure import refused_values
from modules.plugins.grids.order import Place, X, Y, Z, count_switches, nest_axes, walk
from modules.plugins.grids.pace import PACE_FILE, PaceBook
from modules.ui_components import ToolButton
from scripts.xyz.axes import AxisOption, csv_string_to_list_strip, list_to_csv_string
from scripts.xyz.choices import NAMES, ChosenAxis, read_axis
from scripts.xyz.grid_run import MOST_ESTIMATED, announce

fill_values_symbol = "\U0001f4d2"  # 📒
SIZES = ("steps", "width", "height")
Row = tuple[Any, Any, Any]
"""Type, text and picked values of an axis."""
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden"}


class GridControls:
    """Builds and wires the controls of one tab."""

    def __init__(self, options: Callable[[], list[AxisOption]], elem_id: Callable[[str], str]) -> None:
        self._options = options
        self._id = elem_id
        self.sizes: dict[str, Any] = {}
        """The tab's own controls by which the time is told."""
        self._fills: list[Any] = []

    def build(self) -> tuple[list[Row], list[Any]]:
        """Return the rows of the axes, and the controls below them in the order of their values."""
        self._fills = []
        rows = [self._axis(name, self._options()[number == X]) for number, name in enumerate(NAMES)]
        below = self._below()
        with gr.Row(variant="compact", elem_id=self._id("swap_axes")):
            for first, second in ((X, Y), (Y, Z), (X, Z)):
                names = NAMES[first], NAMES[second]
                swap = gr.Button(f"Swap {'/'.join(names)} axes", size="sm",
                                 elem_id=f"{''.join(names).lower()}_grid_swap_axes_button")
                both = [*rows[first], *rows[second]]
                swap.click(self._swap, [*both, below[-1]],
                           [*rows[first], self._fills[first], *rows[second], self._fills[second]], **QUICK)
        summary = gr.Textbox(show_label=False, container=False, interactive=False, elem_id=self._id("summary"),
                             placeholder="How many pictures this makes")
        self._wire(rows, below[-1], summary)
        return rows, below

    def option(self, index: Any) -> AxisOption:
        """Find an axis by its place in the list, or by its label. Raises: InvalidRequestError."""
        options = self._options()
        if index is None:
            return options[0]
        for number, option in enumerate(options):
            if index == number or (isinstance(index, str) and index.strip().lower() == option.label.lower()):
                return option
        raise refused_values(f"There is no axis {str(index)[:80]!r}.",
                             remedy=f"There are: {', '.join(option.label for option in options)}.")

    def paste_fields(self, rows: Sequence[Row]) -> list[tuple[Any, Any]]:
        """Say how a pasted infotext sets the axes."""
        fields: list[tuple[Any, Any]] = []
        for name, (axis_type, *values), fill in zip(NAMES, rows, self._fills):
            fields.append((axis_type, f"{name} Type"))
            fields += [(control, self._pasted(name, number)) for number, control in enumerate([*values, fill])]
        return fields

    def _pasted(self, name: str, number: int) -> Callable[[dict[str, Any]], Any]:
        """Return what sets text, picked values or the fill button of an axis."""
        def update(params: dict[str, Any]) -> Any:
            option = next((one for one in self._options() if one.label == params.get(f"{name} Type")), None)
            if option is None:
                return gr.update()
            return self._show_axis(option.label, str(params.get(f"{name} Values", "")), [], False)[number]

        return update

    def _axis(self, name: str, shown: AxisOption) -> Row:
        """Build an axis. Custom values are let through: choices change while others are on their way to the server."""
        low, choosable = name.lower(), shown.choices is not None
        with gr.Row(equal_height=True):
            axis_type = gr.Dropdown(label=f"{name} type", choices=[option.label for option in self._options()],
                                    value=shown.label, type="index", elem_id=self._id(f"{low}_type"))
            text = gr.Textbox(label=f"{name} values", lines=1, elem_id=self._id(f"{low}_values"),
                              visible=not choosable)
            picked = gr.Dropdown(label=f"{name} values", choices=list(shown.choices()) if shown.choices else [],
                                 value=[], multiselect=True, visible=choosable, allow_custom_value=True,
                                 elem_id=self._id(f"{low}_values_dropdown"))
            fill = ToolButton(value=fill_values_symbol, elem_id=f"xyz_grid_fill_{low}_tool_button",
                              visible=choosable)
        self._fills.append(fill)
        return axis_type, text, picked

    def _below(self) -> list[Any]:
        with gr.Row(variant="compact"):
            with gr.Column():
                legend = gr.Checkbox(label="Draw legend", value=True, elem_id=self._id("draw_legend"))
                lone = gr.Checkbox(label="Include Sub Images", elem_id=self._id("include_lone_images"))
                sub_grids = gr.Checkbox(label="Include Sub Grids", elem_id=self._id("include_sub_grids"))
                csv_mode = gr.Checkbox(label="Use text inputs instead of dropdowns", elem_id=self._id("csv_mode"))
            with gr.Column():
                keep = gr.Checkbox(label="Keep -1 for seeds", elem_id=self._id("no_fixed_seeds"))
                vary = [gr.Checkbox(label=f"Vary seeds for {name}", elem_id=self._id(f"vary_seeds_{name.lower()}"))
                        for name in NAMES]
        margin = gr.Slider(label="Grid margins (px)", minimum=0, maximum=500, value=0, step=2,
                           elem_id=self._id("margin_size"))
        return [legend, lone, sub_grids, keep, *vary, margin, csv_mode]

    def _wire(self, rows: Sequence[Row], csv_mode: Any, summary: Any) -> None:
        for (axis_type, text, picked), fill in zip(rows, self._fills):
            for source in (axis_type, csv_mode):
                source.input(self._show_axis, [axis_type, text, picked, csv_mode], [text, picked, fill], **QUICK)
            fill.click(self._fill, [axis_type, csv_mode], [text, picked], **QUICK)
        sizes = [self.sizes[name] for name in SIZES if name in self.sizes]
        inputs = [csv_mode, *(control for row in rows for control in row), *sizes]
        for control in inputs:
            control.change(self._summarize, inputs, summary, **QUICK)

    def _show_axis(self, index: Any, text: str, picked: Sequence[str] | None, csv_mode: bool) -> list[Any]:
        """Show the control that the axis takes its values from, with as much of them as it can show."""
        option = self.option(index)
        choices = list(option.choices()) if option.choices else []
        if option.choices is None or csv_mode:
            typed = list_to_csv_string(picked) if picked and choices else text
            return [gr.update(visible=True, value=typed), gr.update(visible=False, choices=choices, value=[]),
                    gr.update(visible=bool(choices))]
        items = picked or csv_string_to_list_strip(text or "")
        kept = [item for item in items if item in choices]
        return [gr.update(visible=False, value=""), gr.update(visible=True, choices=choices, value=kept),
                gr.update(visible=True)]

    def _fill(self, index: Any, csv_mode: bool) -> list[Any]:
        """Take all choices of an axis."""
        option = self.option(index)
        if option.choices is None:
            return [gr.update(), gr.update()]
        choices = list(option.choices())
        return [list_to_csv_string(choices), gr.update()] if csv_mode else [gr.update(), choices]

    def _swap(self, *values: Any) -> list[Any]:
        """Exchange two axes: type, text, picked values, and which of them are shown."""
        first, second, csv_mode = values[:3], values[3:6], values[6]
        return [update for axis in (second, first)
                for update in (self.option(axis[0]).label, *self._show_axis(*axis, csv_mode))]

    def _summarize(self, csv_mode: bool, *values: Any) -> str:
        """Say what the axes make, before anything is made."""
        axes = [read_axis(self.option(values[at]), values[at + 1], values[at + 2], csv_mode) for at in (0, 3, 6)]
        problems = [f"{name} axis: {text}" for name, axis in zip(NAMES, axes) for text in axis.problems]
        total = len(axes[X].values) * len(axes[Y].values) * len(axes[Z].values)
        if problems or not total:
            return "; ".join(problems)
        lengths: Place = (len(axes[X].values), len(axes[Y].values), len(axes[Z].values))
        costs = [axis.option.cost for axis in axes]
        switches = count_switches(list(walk(lengths, nest_axes(costs))), costs) if total <= MOST_ESTIMATED else 0
        return announce(total, 0, switches, self._estimate_s(axes, values[9:], total))

    def _estimate_s(self, axes: Sequence[ChosenAxis], sizes: Sequence[Any], total: int) -> float | None:
        if len(sizes) != len(SIZES) or not all(isinstance(size, (int, float)) for size in sizes):
            return None
        steps = next((axis.values for axis in axes if axis.option.label == "Steps"), [sizes[0]])
        effort = sum(steps) / len(steps) * sizes[1] * sizes[2] / 1e6 * total
        return PaceBook(Path(paths.data_path) / PACE_FILE).estimate_s(str(shared.opts.sd_model_checkpoint), effort)
