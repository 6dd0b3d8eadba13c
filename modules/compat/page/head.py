"""What plugins put into the document's head: translation and options, then their scripts in order, then styles."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from modules.compat.gradio3.switching import gradio3
from modules.compat.host import HOST

USER_STYLE = "user.css"


def plugin_head(tooltips: Mapping[str, str]) -> str:
    """Return the links. Ask for them once the page is built: pages of plugins may bring styles of their own."""
    words = json.dumps(tooltips).replace("<", "\\u003c")
    told = f"<script>Object.assign(webui.tooltips, {words});</script>" if tooltips else ""
    return "".join((told, '<script src="internal/plugins/words.js"></script>', *_scripts(), *_styles(), *_own_styles()))


def plugin_scripts() -> list[Path]:
    """Return the classic scripts of plugins in the order in which they run, then their modules."""
    discovery = HOST.require().discovery
    return [file.path for ending in (".js", ".mjs") for file in discovery.files("javascript", (ending,))[0]]


def style_files() -> list[Path]:
    """Return the styles of plugins, and last the user's own."""
    host = HOST.require()
    user = host.flags.data_dir / USER_STYLE
    styles = [style for plugin in host.discovery.active if (style := plugin.style)]
    return [*styles, *([user] if user.is_file() else [])]


def _scripts() -> Iterator[str]:
    for path in plugin_scripts():
        kind = ' type="module"' if path.suffix == ".mjs" else ""
        yield f'<script{kind} src="{_address(path)}"></script>'


def _styles() -> Iterator[str]:
    for path in style_files():
        yield f'<link rel="stylesheet" property="stylesheet" href="{_address(path)}">'


def _own_styles() -> Iterator[str]:
    for css in gradio3.css:
        yield f"<style>{css.replace('</', '<' + chr(92) + '/')}</style>"


def webpath(fn: str) -> str:
    """Return the address of a file, which changes when the file does."""
    return f"file={quote(str(fn))}?{Path(fn).stat().st_mtime}"


def javascript_html() -> str:
    """Return the links to scripts."""
    return "".join(_scripts())


def css_html() -> str:
    """Return the links to styles."""
    return "".join(_styles())


def _address(path: Path) -> str:
    return html.escape(webpath(str(path)))
