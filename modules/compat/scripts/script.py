"""What a script is. Reference: A1111 v1.10.1 ``modules.scripts.Script``; see docs/plugins.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any


class AlwaysVisibleType:
    """What ``show`` returns for a script that takes part in every run."""

    def __repr__(self) -> str:
        return "AlwaysVisible"


AlwaysVisible = AlwaysVisibleType()


class OnComponent:
    """A component of the page that a script asked for."""

    def __init__(self, component: Any) -> None:
        self.component = component


ComponentListener = Callable[[OnComponent], None]


class Script:
    """A script of the txt2img or img2img tab; every tab has an instance of its own.

    Methods that are named as hooks do nothing here; a subclass overrides the ones it needs. ``args`` are the values
    of the controls that ``ui`` returned.
    """

    name: str | None = None
    section: str | None = None
    filename: str | None = None
    args_from: int | None = None
    args_to: int | None = None
    alwayson = False
    is_txt2img = False
    is_img2img = False
    tabname: str | None = None
    group: Any = None
    create_group = True
    infotext_fields: Sequence[Any] | None = None
    paste_field_names: Sequence[str] | None = None
    api_info: Any = None
    setup_for_ui_only = False
    controls: list[Any] | None = None
    plugin = ""
    """The plugin it came with."""
    on_before_component_elem_id: list[tuple[str, ComponentListener]] | None = None
    on_after_component_elem_id: list[tuple[str, ComponentListener]] | None = None

    def title(self) -> str:
        """Return the name that people and programs call it by."""
        raise NotImplementedError

    def ui(self, is_img2img: bool) -> Sequence[Any] | None:
        """Build the controls and return those whose values the other methods get."""
        return None

    def show(self, is_img2img: bool) -> Any:
        """Say whether the tab has it: True to choose, ``AlwaysVisible`` for every run, False for not at all."""
        return True

    def run(self, p: Any, *args: Any) -> Any:
        """Make the pictures in place of the usual way; None leaves it to that."""
        return None

    def setup(self, p: Any, *args: Any) -> None:
        """A run is about to be asked for."""

    def before_process(self, p: Any, *args: Any) -> None:
        """A run begins; its settings are not in force yet."""

    def process(self, p: Any, *args: Any) -> None:
        """Prompts and seeds of all pictures are known."""

    def before_process_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A batch begins; network tags still stand in its prompts."""

    def after_extra_networks_activate(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """The networks of a batch act."""

    def process_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """The prompts of a batch are about to be encoded."""

    def process_before_every_sampling(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A pass is about to be sampled."""

    def before_hr(self, p: Any, *args: Any) -> None:
        """The second pass of hires fix is about to begin."""

    def on_mask_blend(self, p: Any, mba: Any, *args: Any) -> None:
        """A latent is mixed with the original outside the mask."""

    def post_sample(self, p: Any, ps: Any, *args: Any) -> None:
        """Latents are finished and not decoded yet."""

    def postprocess_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A batch is decoded: ``images`` [B, 3, H, W], 0 to 1."""

    def postprocess_batch_list(self, p: Any, pp: Any, *args: Any, **kwargs: Any) -> None:
        """A batch is decoded: ``pp.images``, whose number may change."""

    def postprocess_image(self, p: Any, pp: Any, *args: Any) -> None:
        """A picture is decoded: ``pp.image``."""

    def postprocess_maskoverlay(self, p: Any, ppmo: Any, *args: Any) -> None:
        """The original is about to be laid over a picture."""

    def postprocess_image_after_composite(self, p: Any, pp: Any, *args: Any) -> None:
        """A picture is finished: ``pp.image``."""

    def postprocess(self, p: Any, processed: Any, *args: Any) -> None:
        """The run is over."""

    def before_component(self, component: Any, **kwargs: Any) -> None:
        """A component of the tab is about to be made."""

    def after_component(self, component: Any, **kwargs: Any) -> None:
        """A component of the tab was made."""

    def on_before_component(self, callback: ComponentListener, *, elem_id: str) -> None:
        """Call back before the component of this id is made."""
        self.on_before_component_elem_id = [*(self.on_before_component_elem_id or []), (elem_id, callback)]

    def on_after_component(self, callback: ComponentListener, *, elem_id: str) -> None:
        """Call back after the component of this id was made."""
        self.on_after_component_elem_id = [*(self.on_after_component_elem_id or []), (elem_id, callback)]

    def describe(self) -> str:
        return ""

    def elem_id(self, item_id: str) -> str:
        """Return the page's id for one of the controls."""
        both = self.show(True) == self.show(False)
        tab = "img2img_" if self.is_img2img else "txt2img_"
        return f"script_{tab if both else ''}{slug(self.title())}_{item_id}"


class ScriptBuiltinUI(Script):
    """A part of the page that is a script; its values come with the request, and its ids have no prefix."""

    setup_for_ui_only = True

    def elem_id(self, item_id: str) -> str:
        both = self.show(True) == self.show(False)
        return f"{('img2img_' if self.is_img2img else 'txt2img_') if both else ''}{item_id}"


def slug(title: str) -> str:
    """Return a title as it stands in ids."""
    return re.sub(r"[^a-z_0-9]", "", re.sub(r"\s", "_", title.lower()))
