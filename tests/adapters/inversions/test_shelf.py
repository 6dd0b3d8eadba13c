from __future__ import annotations

import base64
import os
import time

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from safetensors.torch import save_file

from modules.adapters.inversions import shelf as shelf_module
from modules.adapters.inversions.shelf import InversionFile, InversionShelf

WIDTHS = {"clip_l": 4}
IN_A_PICTURE = base64.b64encode(b'{"string_to_param": {"*": {"TORCHTENSOR": [[0.5, -1]]}}, "name": "t"}').decode()


@pytest.fixture
def add(tmp_path):
    def save(name, width=4, folder=tmp_path):
        path = folder / f"{name}.safetensors"
        save_file({"emb_params": torch.ones(2, width)}, path)
        return InversionFile(name, path)

    return save


def names(found):
    return [embedding.name for embedding in found.usable]


@pytest.mark.parametrize(("prompt", "expected"), [
    ("a tiny-ti castle", ["tiny-ti"]), ("a TINY-TI castle", ["tiny-ti"]), ("tiny - ti", ["tiny-ti"]),
    ("a castle", []), ("(tiny-ti:1.2)", ["tiny-ti"]), ("[tiny|big]-ti", ["tiny-ti"]), (r"bad\(hand\)", ["bad(hand)"]),
    ("", [])])
def test_only_what_can_be_named_is_read(add, prompt, expected):
    files = [add("tiny-ti"), add("bad(hand)"), add("other")]
    assert names(InversionShelf().find(files, [prompt], WIDTHS)) == expected


def test_names_are_compared_as_the_tokenizer_spells_them(add):
    composed, parted = "zo\u00eb", "zoe\u0308"  # as Linux and as a Mac write it
    found = InversionShelf().find([add(parted)], [f"a {composed}"], WIDTHS)
    assert [embedding.name for embedding in found.usable] == [parted]


def test_negative_prompts_count_too(add):
    assert names(InversionShelf().find([add("bad")], ["good", "bad"], WIDTHS)) == ["bad"]


def test_a_file_is_read_once_and_again_when_it_changes(add, monkeypatch):
    calls, read = [], shelf_module.read_embedding
    monkeypatch.setattr(shelf_module, "read_embedding", lambda path, name: calls.append(name) or read(path, name))
    shelf, file = InversionShelf(), add("word")
    for _ in range(3):
        shelf.find([file], ["word"], WIDTHS)
    assert calls == ["word"]
    add("word")
    os.utime(file.path, (1, 1))
    shelf.find([file], ["word"], WIDTHS)
    assert calls == ["word", "word"]


def test_one_for_another_model_is_left_out_with_a_comment_when_it_is_named(add):
    shelf, files = InversionShelf(), [add("wide", 5), add("wide-2", 4)]
    found = shelf.find(files, ["a wide-2 castle, wide"], WIDTHS)
    assert names(found) == ["wide-2"]
    assert found.comments == ("The embedding wide was not used: it was made for text encoders 5 wide, "
                              "and this model's are 4.",)
    assert shelf.find(files, ["widely"], WIDTHS).comments == ()


def test_a_damaged_one_gets_a_comment_when_it_is_named(add):
    file = add("word")
    file.path.write_bytes(b"nonsense")
    shelf = InversionShelf()
    assert "The embedding word was not used. word.safetensors is neither" in shelf.find(
        [file], ["word"], WIDTHS).comments[0]
    assert shelf.find([file], ["other"], WIDTHS).comments == ()


def test_a_picture_is_read_for_its_name(add, tmp_path):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("sd-ti-embedding", IN_A_PICTURE)
    picture, preview, plain = (InversionFile(name, tmp_path / f"{name}.png") for name in ("drawing", "word", "plain"))
    shown = InversionFile("other.preview", tmp_path / "other.preview.png")
    for file in (picture, preview, shown):
        Image.new("RGB", (8, 8)).save(file.path, pnginfo=chunks)
    Image.new("RGB", (8, 8)).save(plain.path)
    files = [picture, preview, add("word"), plain, shown]
    assert names(InversionShelf().find(files, ["a t"], {"clip_l": 2})) == ["t"]


def test_thousands_cost_little(add, tmp_path):
    one = add("the-one")
    files = [InversionFile(f"style number {index}", tmp_path / f"{index}.safetensors") for index in range(5000)]
    shelf = InversionShelf()
    start = time.perf_counter()
    assert names(shelf.find([*files, one], ["a castle by the-one"], WIDTHS)) == ["the-one"]
    assert time.perf_counter() - start < 1


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_a_name_in_a_text_may_be_named(name, before, after):
    prompt = shelf_module._Prompt([f"{before} {name.replace('(', chr(92) + '(')} {after}".upper()])
    if name.upper().lower() == name.lower():
        assert prompt.may_name(name.replace(chr(92), ""))
