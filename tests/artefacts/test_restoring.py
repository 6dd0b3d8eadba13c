import pytest
from packaging.version import Version

from modules.artefacts.restoring import first_pass_size, parse_version, restore_first_pass


@pytest.mark.parametrize("size, first", [
    ((1024, 1024), (512, 512)), ((768, 512), (640, 448)), ((1920, 1080), (704, 384)), ((640, 960), (448, 640)),
])
def test_first_pass_size(size, first):
    assert first_pass_size(*size) == first


@pytest.mark.parametrize("text, version", [
    ("v1.7.0-225-gabcd", "1.7.0.post225"), ("v1.10.1", "1.10.1"), ("1.6.0-RC", "1.6.0rc0"),
    ("f2.0.1v1.10.1-previous-665-gae278f79", None), ("", None), (None, None), ("9" * 6000, None), ("webui-0.1.0", None),
])
def test_parse_version(text, version):
    assert parse_version(text) == (Version(version) if version else None)


@pytest.mark.parametrize("fields", [
    {}, {"First pass size-1": "²", "First pass size-2": "1"},
    {"First pass size-1": "9" * 5000, "First pass size-2": "1"},
    {"First pass size-1": "0", "First pass size-2": "0", "Size-1": "0", "Size-2": "0"},
])
def test_impossible_first_passes_change_nothing(fields):
    before = dict(fields)
    restore_first_pass(fields)
    assert fields == before
