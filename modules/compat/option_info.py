"""What an extension says of an option it adds. Reference: A1111 v1.10.1 ``OptionInfo``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OptionInfo:
    """An option: its default, and how the settings page shows it."""

    do_not_save = False

    def __init__(self, default: Any = None, label: str = "", component: Any = None, component_args: Any = None,
                 onchange: Callable[[], Any] | None = None, section: Any = None, refresh: Any = None,
                 comment_before: str = "", comment_after: str = "", infotext: str | None = None,
                 restrict_api: bool = False, category_id: str | None = None) -> None:
        self.default, self.label, self.component, self.component_args = default, label, component, component_args
        self.onchange, self.section, self.refresh, self.category_id = onchange, section, refresh, category_id
        self.comment_before, self.comment_after = comment_before, comment_after
        self.infotext, self.restrict_api = infotext, restrict_api

    def link(self, label: str, url: str) -> OptionInfo:
        """Show a link before the control."""
        self.comment_before += f'[<a href="{url}" target="_blank" rel="noopener">{label}</a>]'
        return self

    def js(self, label: str, js_func: str) -> OptionInfo:
        """Show a link before the control that calls a function of the page."""
        self.comment_before += f'[<a onclick="{js_func}(); return false" href="#">{label}</a>]'
        return self

    def info(self, info: str) -> OptionInfo:
        """Explain the option in a few words."""
        self.comment_after += f'<span class="info">({info})</span>'
        return self

    def html(self, html: str) -> OptionInfo:
        """Show HTML after the control."""
        self.comment_after += html
        return self

    def needs_restart(self) -> OptionInfo:
        self.comment_after += ' <span class="info">(takes effect after a restart)</span>'
        return self

    def needs_reload_ui(self) -> OptionInfo:
        self.comment_after += ' <span class="info">(takes effect when the page is loaded again)</span>'
        return self


class OptionHTML(OptionInfo):
    """A piece of HTML on the settings page."""

    do_not_save = True

    def __init__(self, text: Any) -> None:
        super().__init__(str(text).strip(), component=_show_html)


class OptionDiv(OptionInfo):
    """The beginning of a box on the settings page; ``OptionHTML`` of nothing here, where sections are enough."""

    do_not_save = True

    def __init__(self) -> None:
        super().__init__("", component=_show_html)


class OptionRow(OptionDiv):
    """The beginning of a row."""


def _show_html(**values: Any) -> Any:
    import gradio

    return gradio.HTML(elem_classes="settings-info", **values)


def options_section(section_identifier: tuple[str, ...], options_dict: dict[str, OptionInfo]) -> dict[str, OptionInfo]:
    """Put options into a section: ``(id, title)``, or ``(id, title, category)``."""
    for option in options_dict.values():
        option.section = tuple(section_identifier[:2])
        if len(section_identifier) > 2:
            option.category_id = section_identifier[2]
    return options_dict


class OptionsCategory:
    """A heading over sections of settings."""

    def __init__(self, id: str, label: str) -> None:
        self.id, self.label = id, label


class OptionsCategories:
    """The headings there are. The settings page has none; sections stand for themselves."""

    def __init__(self) -> None:
        self.mapping: dict[str, OptionsCategory] = {}

    def register_category(self, category_id: str, label: str) -> str:
        self.mapping[category_id] = OptionsCategory(category_id, label)
        return category_id


categories = OptionsCategories()
