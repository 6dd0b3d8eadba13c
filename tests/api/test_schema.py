"""Requests made up from our own description of the API: every answer is one that the description knows."""

from __future__ import annotations

import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests.api.conftest import open_desk

EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))
"""A few in every run; ``API_EXAMPLES=500`` for thousands."""
LEFT_OUT = "interrogate|create/|train/|server-|reload-checkpoint"
"""Routes that answer 501 by design, and the one that loads a model."""

load_all_checks()


@pytest.fixture(scope="module")
def described(tiny_models, tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("described"), tiny_models) as desk:
        schema = schemathesis.openapi.from_asgi("/openapi.json", desk.app)
        yield schema.exclude(path_regex=LEFT_OUT)


CHECKS = [schemathesis.checks.not_a_server_error, openapi_checks.response_schema_conformance,
          openapi_checks.status_code_conformance, openapi_checks.content_type_conformance]
TAGS = ("Generation", "Extras", "Control", "Options", "Lists", "Pictures", "Jobs", "Pictures to start from", "Internal")


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_no_request_gets_an_answer_that_is_not_described(described, tag, mode):
    operations = [result.ok() for result in described.include(tag=tag).get_all_operations()]
    assert operations
    for operation in operations:
        try:
            check(operation, mode)
        except Unsatisfiable:
            continue  # nothing about this route can be wrong
        except BaseException as error:
            error.add_note(operation.label)
            raise


def check(operation, mode) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def examine(case) -> None:
        answer = case.call()
        assert answer.elapsed < 30
        case.validate_response(answer, checks=CHECKS)

    examine()


def test_the_description_is_complete(described):
    raw = described.raw_schema
    for path, verbs in raw["paths"].items():
        for verb, facts in verbs.items():
            assert facts.get("tags"), f"{verb} {path}"
    text = json.dumps(raw)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(raw["components"]["schemas"])
