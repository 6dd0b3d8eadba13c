from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from modules.foundation.errors import InvalidRequestError
from modules.foundation.json_record import record_from_json, record_to_json


@dataclass(frozen=True)
class Part:
    size: int = 1


@dataclass(frozen=True)
class Whole:
    text: str = ""
    number: float = 1.0
    count: int | None = None
    on: bool = False
    names: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    part: Part | None = None


@pytest.mark.parametrize("record", [
    Whole(), Whole("a", 2, 3, True, ("x",), {"k": [1]}, Part()), Whole(part=Part(5)), Whole(number=0.5)])
def test_records_survive_json(record):
    assert record_from_json(Whole, json.loads(json.dumps(record_to_json(record)))) == record


def test_defaults_are_left_out_but_not_whole_parts():
    assert record_to_json(Whole()) == {}
    assert record_to_json(Whole(part=Part(), count=0)) == {"part": {"size": 1}, "count": 0}


@pytest.mark.parametrize(("values", "field_name"), [
    ({"texts": "a"}, "texts"), ({"text": 1}, "text"), ({"text": None}, "text"), ({"number": "1"}, "number"),
    ({"number": True}, "number"), ({"number": float("inf")}, "number"), ({"number": 10**400}, "number"),
    ({"count": 1.5}, "count"), ({"on": 1}, "on"), ({"names": "ab"}, "names"), ({"names": [1]}, "names"),
    ({"values": []}, "values"), ({"part": 1}, "part"), ({"part": {"size": "x"}}, "part.size"),
    ({"part": {"sizes": 1}}, "part.sizes"),
])
def test_what_does_not_fit_is_named(values, field_name):
    with pytest.raises(InvalidRequestError) as caught:
        record_from_json(Whole, values)
    assert caught.value.field == field_name


def test_whole_numbers_fit_either_kind_of_number():
    assert record_from_json(Whole, {"count": 2.0, "number": 2}) == Whole(count=2, number=2)
    assert isinstance(record_from_json(Whole, {"number": 2}).number, int)
