"""``shared.prompt_styles``: styles under A1111's names, over the core's book of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from modules.compat.host import HOST
from modules.compat.launching import OncePerHost
from modules.prompting.style_files import StyleBook
from modules.prompting.styles import Style, apply_styles, extract_styles, merge_style, pick_styles


class PromptStyle(NamedTuple):
    """A named pair of texts."""

    name: str
    prompt: str | None
    negative_prompt: str | None
    path: str | None = None


class StyleDatabase:
    """The styles there are. Changes to ``styles`` are kept by ``save_styles``."""

    no_style = PromptStyle("None", "", "", None)

    def __init__(self, paths: Sequence[str] | None = None) -> None:
        self._book = StyleBook([Path(path) for path in paths]) if paths else HOST.require().styles
        self.styles: dict[str, PromptStyle] = {}
        if paths:
            self._book.reload()
        self._show()

    @property
    def path(self) -> str:
        """Where new styles go."""
        return str(HOST.require().flags.data_dir / "styles.csv")

    def reload(self) -> None:
        """Read the files again. Raises: ConfigurationError."""
        self._book.reload()
        self._show()

    def get_style_prompts(self, styles: Sequence[str]) -> list[str]:
        return [style.prompt for style in self._pick(styles)]

    def get_negative_style_prompts(self, styles: Sequence[str]) -> list[str]:
        return [style.negative_prompt for style in self._pick(styles)]

    def apply_styles_to_prompt(self, prompt: str, styles: Sequence[str]) -> str:
        return apply_styles(prompt, self.get_style_prompts(styles))

    def apply_negative_styles_to_prompt(self, prompt: str, styles: Sequence[str]) -> str:
        return apply_styles(prompt, self.get_negative_style_prompts(styles))

    def extract_styles_from_prompt(self, prompt: str, negative_prompt: str) -> tuple[list[str], str, str]:
        """Find the styles that prompts were made with; return them and what is left."""
        found = extract_styles(prompt, negative_prompt, list(self._core().values()))
        return list(found.names), found.prompt, found.negative_prompt

    def save_styles(self, path: str | None = None) -> None:
        """Keep what was changed. Raises: OutputError, ConfigurationError."""
        kept = self._book.styles
        for name, style in self._core().items():
            known = kept.get(name)
            if known is None or (known.prompt, known.negative_prompt) != (style.prompt, style.negative_prompt):
                self._book.put(style)
        for name in [name for name, style in kept.items() if not style.is_divider and name not in self.styles]:
            self._book.delete(name)

    def _show(self) -> None:
        self.styles = {name: PromptStyle(name, style.prompt, style.negative_prompt,
                                         str(style.file) if style.file else None)
                       for name, style in self._book.styles.items()}

    def _core(self) -> dict[str, Style]:
        return {name: Style(name, style.prompt or "", style.negative_prompt or "",
                            Path(style.path) if style.path else None)
                for name, style in self.styles.items() if not (self._book.styles.get(name) or Style(name)).is_divider}

    def _pick(self, names: Sequence[str]) -> list[Style]:
        return pick_styles(names, self._core())


prompt_styles: OncePerHost[StyleDatabase] = OncePerHost(StyleDatabase)


def merge_prompts(style_prompt: str, prompt: str) -> str:
    """Put a style's text around or behind a prompt."""
    return merge_style(style_prompt, prompt)


def apply_styles_to_prompt(prompt: str, styles: Sequence[str]) -> str:
    """Put the texts of several styles around or behind a prompt."""
    return apply_styles(prompt, styles)
