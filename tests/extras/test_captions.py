import pytest

from modules.extras.captions import COMBINE, write_caption
from modules.settings.sections.postprocessing import CAPTION_ACTIONS


@pytest.mark.parametrize("action, old, written", [
    ("Ignore", "a dog", "a cat"), ("Keep", "a dog", "a dog"), ("Keep", None, "a cat"),
    ("Prepend", "a dog", "a dog a cat"), ("Append", "a dog", "a cat a dog"), ("Append", None, "a cat"),
])
def test_a_caption_that_is_there_already_counts_as_the_setting_says(tmp_path, action, old, written):
    if old is not None:
        (tmp_path / "x.txt").write_text(old)
    write_caption(tmp_path / "x.png", "a cat", action)
    assert (tmp_path / "x.txt").read_text() == written


def test_every_choice_of_the_setting_is_known():
    assert set(COMBINE) == set(CAPTION_ACTIONS)
