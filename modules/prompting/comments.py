"""Comments: everything from ``#`` to the end of a line is dropped. There is no escape."""

from __future__ import annotations

import re

_WHOLE_LINE = re.compile(r"(?:\A|\n)#[^\n]*(?:\n|\Z)")
_REST_OF_LINE = re.compile(r"#[^\n]*(?:\n|\Z)")


def strip_comments(prompt: str) -> str:
    """Remove comments; a line that is nothing but a comment takes one line break with it."""
    return _REST_OF_LINE.sub("\n", _WHOLE_LINE.sub("\n", prompt))
