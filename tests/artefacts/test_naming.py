from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from modules.artefacts.filename_patterns import PictureFacts
from modules.artefacts.naming import Destination, NamingOptions, choose_place, next_number

FACTS = PictureFacts(prompt="a cat", seed=42)
PLAIN = NamingOptions(folder_pattern="")


def stems(destination, facts=FACTS, options=PLAIN, count=2):
    return list(islice(choose_place(destination, facts, options).stems(), count))


@pytest.mark.parametrize("names, basename, number", [
    ([], "", 0),
    (["00007-1.png", "00003.png", "x-9.png"], "", 8),
    (["00012_foo.png", "99.5-x.png", "7"], "", 100),
    (["grid-0004.png", "grid-0010-5.png", "0099.png"], "grid", 11),
    (["grid-x.png", "agrid-0004.png"], "grid", 0),
    (["a+b-0004.png"], "a+b", 5),
])
def test_next_number(tmp_path, names, basename, number):
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "2030-01-01").mkdir()
    assert next_number(tmp_path, basename) == number


@pytest.mark.parametrize("changes, facts, options, expected", [
    ({}, FACTS, PLAIN, ["00000-42", "00001-42"]),
    ({"use_subfolder": False}, FACTS, PLAIN, ["00000-42-a cat", "00001-42-a cat"]),
    ({"basename": "grid", "short_name": True}, FACTS, PLAIN, ["grid-0000", "grid-0001"]),
    ({"basename": "xyz_grid"}, FACTS, PLAIN, ["xyz_grid-0000-42", "xyz_grid-0001-42"]),
    ({"suffix": "-before"}, FACTS, PLAIN, ["00000-42-before", "00001-42-before"]),
    ({}, replace(FACTS, seed=None), PLAIN, ["00000", "00001"]),
    ({}, FACTS, replace(PLAIN, add_number=False), ["42"]),
    ({}, FACTS, replace(PLAIN, add_number=False, replace_existing=False), ["42", "42-1"]),
    ({"short_name": True}, FACTS, replace(PLAIN, add_number=False), ["00000", "00001"]),
    ({"forced_name": "my.file"}, FACTS, PLAIN, ["my.file"]),
    ({"forced_name": "../up"}, FACTS, PLAIN, ["_.._up"]),
    ({}, FACTS, replace(PLAIN, filename_pattern="[seed]/[prompt]"), ["00000-42_a_cat", "00001-42_a_cat"]),
    ({}, FACTS, replace(PLAIN, filename_pattern="CON", add_number=False), ["_CON"]),
])
def test_stems(tmp_path, changes, facts, options, expected):
    assert stems(replace(Destination(tmp_path), **changes), facts, options) == expected


@pytest.mark.parametrize("use_subfolder, pattern, folder", [
    (False, "[seed]", ""), (True, "", "a cat"), (True, "[seed]/[prompt]\\", "42/a_cat"), (True, " [seed]", "42"),
])
def test_folders(use_subfolder, pattern, folder):
    destination = Destination(Path("/out"), use_subfolder=use_subfolder)
    assert choose_place(destination, FACTS, NamingOptions(folder_pattern=pattern)).folder == Path("/out") / folder


@pytest.mark.parametrize("text", ["../../x", "..", "/etc", "C:\\Windows", "\\\\srv\\x", "\0", "a/../../../b", "~"])
def test_no_prompt_leads_out_of_the_output_folder(text):
    facts = replace(FACTS, prompt=text, model_name=text)
    for pattern in ("[prompt_words]", "[prompt]", "[model_name]/[prompt_spaces]", text):
        folder = choose_place(Destination(Path("/out")), facts, NamingOptions(folder_pattern=pattern)).folder
        assert folder.is_relative_to("/out") and ".." not in folder.parts


@pytest.mark.parametrize("letter", ["x", "é", "名", "😀"])
def test_long_names_leave_room_for_every_ending(letter):
    long = replace(FACTS, prompt=letter * 400)
    for options in (replace(PLAIN, filename_pattern="[prompt]" * 4),
                    replace(PLAIN, filename_pattern="[prompt]" * 4, add_number=False, replace_existing=False)):
        for stem in stems(Destination(Path("/out")), long, options):
            assert len(f"{stem}.webp".encode()) <= 255 - len(".12345678.tmp")
