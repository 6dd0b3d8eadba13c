"""Controls that A1111 has beside Gradio's."""

from __future__ import annotations

import itertools
from typing import Any

import gradio as gr
from gradio.components import Form

from modules.compat.gradio3.subclasses import make_subclasses_safe

make_subclasses_safe()  # before a class of ours is made, or Gradio writes a stub beside this file
_NUMBERS = itertools.count()
PLAIN_HEAD = ["input-accordion-head"]


class FormComponent:
    """A control that shares a frame with its neighbours."""

    def get_expected_parent(self) -> Any:
        return Form


class ToolButton(gr.Button):
    """A small button with a symbol on it."""

    def __init__(self, value: str = "", **kwargs: Any) -> None:
        kwargs["elem_classes"] = ["tool", *_listed(kwargs.get("elem_classes"))]
        super().__init__(value, **{"min_width": 0, "scale": 0, **kwargs})

    def get_block_name(self) -> str:
        return "button"


class ResizeHandleRow(gr.Row):
    """A row whose columns the user may make wider; here, a row."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["elem_classes"] = ["resize-handle-row", *_listed(kwargs.get("elem_classes"))]
        super().__init__(**kwargs)

    def get_block_name(self) -> str:
        return "row"


class FormRow(FormComponent, gr.Row):
    """A row inside a frame."""

    def get_expected_parent(self) -> Any:
        return None

    def get_block_name(self) -> str:
        return "row"


class FormColumn(FormComponent, gr.Column):
    """A column inside a frame."""

    def get_expected_parent(self) -> Any:
        return None

    def get_block_name(self) -> str:
        return "column"


class FormGroup(gr.Group):
    """A group inside a frame."""

    def get_block_name(self) -> str:
        return "group"


class FormHTML(FormComponent, gr.HTML):
    """A piece of HTML inside a frame."""

    def get_block_name(self) -> str:
        return "html"


class FormColorPicker(FormComponent, gr.ColorPicker):
    """A colour inside a frame."""

    def get_block_name(self) -> str:
        return "colorpicker"


class DropdownMulti(FormComponent, gr.Dropdown):
    """A choice of several."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "multiselect": True})

    def get_block_name(self) -> str:
        return "dropdown"


class DropdownEditable(FormComponent, gr.Dropdown):
    """A choice that may also be written."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "allow_custom_value": True})

    def get_block_name(self) -> str:
        return "dropdown"


class InputAccordion(gr.Checkbox):
    """A section that a checkbox in its heading opens and switches on: ``with InputAccordion(False, label=…) as on``.

    ``extra()`` gives a place in the heading. ``assets/forms.css`` shows the section while the box is ticked.
    """

    def __init__(self, value: bool = False, **kwargs: Any) -> None:
        self.accordion_id = kwargs.pop("elem_id", None) or f"input-accordion-{next(_NUMBERS)}"
        visible = kwargs.pop("visible", True)
        kwargs.pop("open", None)
        super().__init__(value, **{**kwargs, "elem_id": f"{self.accordion_id}-checkbox", "container": False,
                                   "min_width": 120, "render": False})
        self.accordion = gr.Column(elem_id=self.accordion_id, elem_classes=["input-accordion"], visible=visible)
        with self.accordion:
            with gr.Row(elem_classes=PLAIN_HEAD) as self._head:
                self.render()
            self._body = gr.Column(elem_classes=["input-accordion-body"])

    def extra(self) -> gr.Column:
        """Return a place beside the heading, to be built in."""
        with self._head:
            return gr.Column(elem_id=f"{self.accordion_id}-extra", elem_classes=["input-accordion-extra"], min_width=0)

    def __enter__(self) -> InputAccordion:
        self._body.__enter__()
        return self

    def __exit__(self, *args: Any) -> None:
        self._body.__exit__(*args)

    def get_block_name(self) -> str:
        return "checkbox"


def _listed(classes: Any) -> list[str]:
    return [classes] if isinstance(classes, str) else list(classes or ())
