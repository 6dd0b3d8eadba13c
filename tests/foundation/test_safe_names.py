import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.foundation.safe_names import MAX_NAME_BYTES, safe_name, safe_subfolder, sanitize_part


def test_recorded_parts(fixtures):
    for text, clean in json.loads((fixtures / "artefacts/sanitize.json").read_text("utf-8")).items():
        assert sanitize_part(text) == clean


@pytest.mark.parametrize("text, clean", [
    (" a b. ", "a b"), ("a\x00b\x1b[0m", "a_b_[0m"), ("gnp.\u202eexe", "gnp._exe"), ("a\ud800", "a_"),
])
def test_sanitize_part_with_spaces(text, clean):
    assert sanitize_part(text, replace_spaces=False) == clean


def test_unix_names_keep_what_only_windows_forbids():
    assert sanitize_part('a:b?/"c"', unix=True) == 'a:b?_"c"'


@pytest.mark.parametrize("stem, name", [
    ("a", "a.png"), ("CON", "_CON.png"), ("nul.x", "_nul.x.png"), ("com1", "_com1.png"), ("LPT¹", "_LPT¹.png"),
    ("console", "console.png"), (".hidden", "_.hidden.png"), ("..", "_.png"), ("", "_.png"), ("a/../b", "a_.._b.png"),
    ("-rf", "-rf.png"),
])
def test_safe_name(stem, name):
    assert safe_name(stem, ".png") == name


@pytest.mark.parametrize("text, inside", [
    ("2024-01-01", "2024-01-01"), ("../../x", "x"), ("/etc/passwd", "etc/passwd"), ("a/./b//c/", "a/b/c"),
    ("..\\..\\x", "x"), ("C:\\x", "C_/x"), ("...", ""), ("", ""), ("\\\\srv\\share", "srv/share"), ("~/x", "~/x"),
    ("a/nul/b", "a/_nul/b"), (".. /x", "x"),
])
def test_a_subfolder_stays_in_its_root(text, inside):
    assert safe_subfolder(Path("/out"), text) == Path("/out") / inside


@given(st.text(max_size=400))
def test_any_text_makes_a_name_every_system_accepts(text):
    name = safe_name(text, ".png")
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set('<>:"/\\|?*') and all(ord(c) >= 32 for c in name)
    assert Path("/out", name).parent == Path("/out") and name.rstrip(" .") == name and not name.startswith(".")
    folder = safe_subfolder(Path("/out"), text)
    assert folder.is_relative_to("/out") and ".." not in folder.parts
