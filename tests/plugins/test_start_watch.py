from __future__ import annotations

import pytest

from modules.foundation.errors import ConfigurationError
from modules.plugins.start_watch import StartWatch


def start(file, ending=None):
    """Start once; return whether it was to do without plugins."""
    watch = StartWatch(file)
    try:
        with watch.counting():
            if ending is not None:
                raise ending
            watch.finished()
    except BaseException as error:
        assert error is ending
    return watch.too_many


def test_the_fourth_start_does_without_plugins_and_the_next_tries_again(tmp_path):
    file = tmp_path / "cache" / "starts"
    assert [start(file, KeyboardInterrupt()) for _ in range(4)] == [False, False, False, True]
    assert [start(file), start(file)] == [True, False]


@pytest.mark.parametrize("endings", [[None], [ConfigurationError("port")]])
def test_what_explains_itself_does_not_count(tmp_path, endings):
    file = tmp_path / "starts"
    assert not any(start(file, ending) for ending in [KeyboardInterrupt(), SystemExit(), *endings, KeyboardInterrupt()])


def test_a_broken_file_counts_as_none(tmp_path):
    (tmp_path / "starts").write_text("many")
    assert not start(tmp_path / "starts")
