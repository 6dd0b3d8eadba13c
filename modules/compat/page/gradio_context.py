"""Where Gradio puts what is being built. A plugin that fails halfway would leave it pointing anywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gradio.context import Context

from modules.compat.gradio3.constructors import TOOLTIP


@contextlib.contextmanager
def kept_place() -> Iterator[None]:
    """Come back to the same place of the page, whatever happens inside. Raises: RuntimeError when Gradio changed."""
    if not (hasattr(Context, "root_block") and hasattr(Context, "block")):
        raise RuntimeError("this Gradio keeps the place being built elsewhere; see compat/page/gradio_context.py")
    root, block = Context.root_block, Context.block
    try:
        yield
    finally:
        Context.root_block, Context.block = root, block


def tooltips_of_page() -> dict[str, str]:
    """Return what plugins said with A1111's ``tooltip=``, by the component's id on the page."""
    page = Context.root_block
    blocks = page.default_config.blocks.values() if page is not None else ()
    return {block.elem_id: getattr(block, TOOLTIP) for block in blocks if block.elem_id and hasattr(block, TOOLTIP)}


class PageMark:
    """What a page held at a moment, so that what was added since can be taken away again."""

    def __init__(self) -> None:
        page = Context.root_block
        self._config = page.default_config if page is not None else None
        self._blocks = set(self._config.blocks) if self._config else set()
        self._functions = set(self._config.fns) if self._config else set()

    def forget_what_came(self) -> None:
        """Take away all components and functions that were added since; they must have no place on the page.

        The page's script waits for every component that is described to it.
        """
        if self._config is None:
            return
        for known, before in ((self._config.blocks, self._blocks), (self._config.fns, self._functions)):
            for number in set(known) - before:
                del known[number]


@contextlib.contextmanager
def off_the_page() -> Iterator[None]:
    """Build something that is put on the page later."""
    with kept_place():
        Context.root_block = Context.block = None
        yield
