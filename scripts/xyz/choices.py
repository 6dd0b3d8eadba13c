"""What was chosen for a grid: its axes with their values, checked before anything is made."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from modules import processing
from modules.infotext_utils import quote
from modules.plugins.grids.failure import refused_values
from modules.plugins.grids.values import AxisValues, read_each, read_floats, read_ints, read_orders
from scripts.xyz.axes import AxisOption, csv_string_to_list_strip, list_to_csv_string, str_permutations

TITLE = "X/Y/Z plot"
NAMES = ("X", "Y", "Z")
SEED_AXES = ("Seed", "Var. seed")
PROMPT_AXES = ("Prompt S/R", "Prompt order", "Styles")
MOST_SEED = 2**32 - 2
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class GridChoices:
    """What is chosen below the axes, in the order of the controls."""

    draw_legend: bool = True
    include_lone_images: bool = False
    include_sub_grids: bool = False
    no_fixed_seeds: bool = False
    vary_seeds_x: bool = False
    vary_seeds_y: bool = False
    vary_seeds_z: bool = False
    margin_size: int = 0
    csv_mode: bool = False

    @classmethod
    def of(cls, values: Sequence[Any]) -> GridChoices:
        """Read the values of the controls; what is missing at the end has its default. Raises: InvalidRequestError."""
        names = [one.name for one in fields(cls)]
        given = {name: value for name, value in zip(names, values) if value is not None}
        try:
            return cls(**{name: int(value) if name == "margin_size" else bool(value) for name, value in given.items()})
        except (TypeError, ValueError, OverflowError):
            raise refused_values(f"The margins of a grid are a number of pixels, not "
                                 f"{str(given['margin_size'])[:80]!r}.") from None


@dataclass
class ChosenAxis:
    """An axis of one grid."""

    option: AxisOption
    text: str
    """The values as they were typed or picked."""
    values: list[Any]
    problems: tuple[str, ...] = ()
    labels: list[str] = field(default_factory=list)

    @property
    def used(self) -> bool:
        return self.option.label != "Nothing"

    def check(self, p: Any, trial: Callable[[ChosenAxis, Any], None] | None) -> list[str]:
        """Return what is wrong with its values, a sentence for each. ``trial`` tries one out."""
        found = list(self.problems)
        if not (self.values or self.problems):
            found.append("there is no value")
        for value in self.values:
            try:
                if self.option.confirm:
                    self.option.confirm(p, [value])
                if trial:
                    trial(self, value)
            except Exception as error:  # whatever an axis says about a value
                found.append(str(error) or type(error).__name__)
        return [f"{self.option.label}: {text}" for text in dict.fromkeys(found)]


def read_axis(option: AxisOption, text: Any, chosen: Sequence[Any] | None, csv_mode: bool) -> ChosenAxis:
    """Read the values of an axis: picked ones where it has choices, else a list in CSV."""
    if option.label == "Nothing":
        return ChosenAxis(option, "", [0])
    text = "" if text is None else str(text)  # programs send a single number as it is
    if option.choices is not None and chosen and not csv_mode:
        text = list_to_csv_string(chosen)
        items: Sequence[str] = [str(item) for item in chosen]
    else:
        items = option.prepare(text) if option.prepare else csv_string_to_list_strip(text)
    read = _convert(option, items)
    return ChosenAxis(option, text, list(read.values), read.problems)


def _convert(option: AxisOption, items: Sequence[str]) -> AxisValues:
    if option.type is int:
        return read_ints(items)
    if option.type is float:
        return read_floats(items)
    if option.type is str_permutations:
        return read_orders(items)
    return read_each(items, option.type)


def add_parameters(infotext: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Write further parameters into an infotext, before those that always come last."""
    more = "".join(f", {key}: {quote(value)}" for key, value in pairs)
    head, line, last = infotext.rpartition("\n")
    at = max(last.rfind(", Version:"), last.rfind(", User:") if ", Version:" not in last else -1)
    return f"{head}{line}{last[:at]}{more}{last[at:]}" if at >= 0 else infotext + more


def chance(what: str) -> int:
    """Return a seed at random that is always the same for ``what``."""
    return random.Random(what).randrange(MOST_SEED)


def fix_seeds(p: Any) -> None:
    """Choose the seeds that were left to chance; where the first is known, the other is always the same."""
    p.seed = processing.get_fixed_seed(p.seed)
    p.subseed = chance(f"{p.seed}/variation") if p.subseed in (None, "", -1) else p.subseed


def fix_axis_seeds(axis: ChosenAxis, base: Any) -> None:
    """Put random seeds in the places of -1, the same ones whenever the job is run."""
    if axis.option.label in SEED_AXES:
        axis.values = [chance(f"{base}/{axis.option.label}/{number}") if value in (None, "", -1) else value
                       for number, value in enumerate(axis.values)]


def check_axes(p: Any, axes: Sequence[ChosenAxis]) -> None:
    """Try every value before anything is made. Raises: InvalidRequestError that names all that cannot be used."""
    def trial(axis: ChosenAxis, value: Any) -> None:
        others = {one.option.label for one in axes if one is not axis}
        together = axis.option.label in PROMPT_AXES and others & set(PROMPT_AXES)
        if together or not getattr(axis.option, "own", False):
            return
        changed = own_copy(p)
        axis.option.apply(changed, value, axis.values)
        changed.identity()

    problems = [f"{name} axis, {problem}" for name, axis in zip(NAMES, axes) for problem in axis.check(p, trial)]
    if problems:
        more = len(problems) - MOST_PROBLEMS
        told = problems[:MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
        raise refused_values(f"The grid was not begun: {'; '.join(told).rstrip('.')}.",
                             remedy="Change or leave out these values.")


def describe_axes(axes: Sequence[ChosenAxis], choices: GridChoices) -> list[tuple[str, str]]:
    """Return what infotexts tell of the axes of a sheet."""
    pairs = [("Script", TITLE)]
    for name, axis in zip(NAMES, axes):
        if axis.used:
            pairs += [(f"{name} Type", axis.option.label), (f"{name} Values", axis.text)]
            if axis.option.label in SEED_AXES and not choices.no_fixed_seeds:
                pairs.append((f"Fixed {name} Values", ", ".join(str(value) for value in axis.values)))
    return pairs


def own_copy(p: Any) -> Any:
    """Copy ``p`` so that axes change nothing of the original."""
    copied = copy.copy(p)
    copied.styles = list(p.styles or [])
    copied.override_settings = dict(p.override_settings or {})
    copied.extra_generation_params = dict(p.extra_generation_params or {})
    return copied
