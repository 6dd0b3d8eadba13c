"""What extensions import as ``modules.ui_components``.

``FormComponent``, ``ToolButton``, ``ResizeHandleRow``, ``FormRow``, ``FormColumn``, ``FormGroup``, ``FormHTML``,
``FormColorPicker``, ``DropdownMulti``, ``DropdownEditable``, ``InputAccordion``.
"""

from modules.compat.page.form_components import (
    DropdownEditable,
    DropdownMulti,
    FormColorPicker,
    FormColumn,
    FormComponent,
    FormGroup,
    FormHTML,
    FormRow,
    InputAccordion,
    ResizeHandleRow,
    ToolButton,
)

__all__ = [
    "DropdownEditable",
    "DropdownMulti",
    "FormColorPicker",
    "FormColumn",
    "FormComponent",
    "FormGroup",
    "FormHTML",
    "FormRow",
    "InputAccordion",
    "ResizeHandleRow",
    "ToolButton",
]
