"""Every way A1111 writes a checkpoint's name finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.catalog.entry import CheckpointEntry
from modules.catalog.lookup import find_checkpoint

SHA = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa"
V15 = CheckpointEntry(Path("m/v1-5-pruned-emaonly.safetensors"), "v1-5-pruned-emaonly.safetensors", SHA, "81761151")
MIX = CheckpointEntry(Path("m/anime/mix.v2.ckpt"), "anime/mix.v2.ckpt", None, "00000000")
LONG = CheckpointEntry(Path("m/mix-longer-name.ckpt"), "mix-longer-name.ckpt", "f" * 64, "11111111")
ALL = [LONG, V15, MIX]


def test_names_of_a_checkpoint_with_hash():
    assert V15.short_hash == "6ce0161689"
    assert V15.title == "v1-5-pruned-emaonly.safetensors [6ce0161689]"
    assert V15.short_title == "v1-5-pruned-emaonly [6ce0161689]"
    assert MIX.title == "anime/mix.v2.ckpt" and MIX.short_title == "mix.v2"
    assert MIX.model_name == "anime_mix.v2" and MIX.stem == "mix.v2"


@pytest.mark.parametrize(("search", "expected"), [
    ("v1-5-pruned-emaonly.safetensors [6ce0161689]", V15),
    ("v1-5-pruned-emaonly.safetensors [81761151]", V15),
    ("v1-5-pruned-emaonly.safetensors", V15),
    ("v1-5-pruned-emaonly [6ce0161689]", V15),
    ("v1-5-pruned-emaonly", V15),
    ("6ce0161689", V15),
    (SHA, V15),
    ("81761151", V15),
    ("anime_mix.v2", MIX),
    ("mix.v2", MIX),
    ("anime/mix.v2.ckpt", MIX),
    ("mix", MIX),
    ("mix-", LONG),
    ("pruned", V15),
    ("v1-5-pruned-emaonly.safetensors [deadbeef00]", V15),
    ("v1-5-pruned-emaonly [old]", V15),
    ("", None),
    (" [6ce0161689]", V15),
    ("[unknown]", None),
    ("no such thing", None),
])
def test_lookup(search: str, expected: CheckpointEntry | None):
    assert find_checkpoint(ALL, search) is expected


def test_an_exact_alias_beats_a_shorter_title():
    short = CheckpointEntry(Path("m/a.ckpt"), "a.ckpt")
    exact = CheckpointEntry(Path("m/folder/long-a.ckpt"), "folder/long-a.ckpt")
    assert find_checkpoint([short, exact], "long-a") is exact
    assert find_checkpoint([short, exact], "a") is short
