from __future__ import annotations

import pytest

from modules.prompting.comments import strip_comments


@pytest.mark.parametrize("prompt, expected", [
    ("a # b", "a \n"),
    ("# whole\nb", "\nb"),
    ("a\n# whole\nb", "a\nb"),
    ("a # x\nb", "a \nb"),
    ("#1\n#2\nc", "\n\nc"),
    ("a\n#1\n#2\nb", "a\n\nb"),
    ("color #ff0000, x", "color \n"),
    ("no comment\n", "no comment\n"),
    ("", ""),
])
def test_worked_examples(prompt, expected):
    assert strip_comments(prompt) == expected


@pytest.mark.parametrize("piece", ["#", "#\n", "\n", "a#", "\n#"])
def test_time_grows_linearly(is_linear, piece):
    assert is_linear(lambda size: strip_comments(piece * (size // len(piece))))
