from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.foundation.errors import InvalidRequestError
from modules.generation.request import GenerationRequest

REQUESTS = st.builds(
    GenerationRequest, prompt=st.text(), seed=st.none() | st.integers(-1, 2**40), steps=st.none() | st.integers(1, 150),
    cfg_scale=st.none() | st.floats(0, 30), styles=st.lists(st.text(), max_size=3).map(tuple),
    override_settings=st.dictionaries(st.text(max_size=5), st.booleans(), max_size=2))


@given(REQUESTS)
def test_json_round_trip(request_):
    assert GenerationRequest.from_json(json.loads(json.dumps(request_.to_json()))) == request_


def test_defaults_are_dropped():
    assert GenerationRequest().to_json() == {}
    assert GenerationRequest(prompt="a", batch_size=2).to_json() == {"prompt": "a", "batch_size": 2}


def test_a_whole_cfg_scale_stays_whole():
    assert repr(GenerationRequest.from_json({"cfg_scale": 7}).cfg_scale) == "7"
    assert repr(GenerationRequest.from_json({"cfg_scale": 7.0}).cfg_scale) == "7.0"


@pytest.mark.parametrize(("field", "value"), [
    ("prompt", None), ("prompt", 3), ("steps", "20"), ("steps", 2.5), ("steps", True), ("steps", float("inf")),
    ("cfg_scale", float("nan")), ("cfg_scale", "x"), ("cfg_scale", 10**400), ("styles", "one"), ("styles", [1]),
    ("save_images", 1), ("override_settings", []), ("no_such_field", 1), ("width", [1]),
])
def test_wrong_kinds_are_refused_by_name(field, value):
    with pytest.raises(InvalidRequestError) as caught:
        GenerationRequest.from_json({field: value})
    assert caught.value.field == field and field in caught.value.message
