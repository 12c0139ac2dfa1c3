"""The OpenAPI against the service, with generated requests that the OpenAPI allows and that it doesn't allow.

OPENAPI_CASES sets how many: ``OPENAPI_CASES=5000 pytest tests/serving/http/test_openapi.py`` sends thousands of each.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from features.online.what_if import Change
from serving.scores import ScoreDriver, ScoreDrivers, WhatIfScore, Why
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts

CASES = int(os.environ.get("OPENAPI_CASES", "20"))
SHARES = {"/v1/score": 1.0, "/v1/events": 0.6, "/v1/score/batch": 0.3, "/v1/decide": 0.3}
"""Requests of many parts take long to generate: their routes get a smaller share of `CASES`. Others get two."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
SAID = Why(
    {"STYLE": 0.2},
    ScoreDrivers(-0.9, (ScoreDriver("bracketing", 0.8, "basket_lines", "2 lines"),), 0.1),
    (WhatIfScore(Change.OTHER_SIZE, "m", (), 0.15, "in size m"),),
)
"""A line with all explanations, so that every field is checked against its description."""
BEYOND_SCHEMA = {
    # Which signs nobody sees is a property of Unicode.
    "an id with a sign that can be seen",
    "a time at most a day ahead of the service's clock",
    "no email address: ids and labels are kept, and must name no person",
    # JSON Schema takes 1.0 for an integer; for money in minor units it is a mistake.
    "a whole number, without a point or an exponent: 1, not 1.0",
    "a whole number of minor units, without a point or an exponent: 50.00 EUR is 5000",
    "a line_id of its own for each line",
    "a basket_id beside decide, which joins what came of it",
    "a customer_id or an order_id",
    "another customer than customer_id",
    "with reason_inferred, the reason that was read from the comment",
    "at most 1000 lines altogether",
    "at most 5000 lines altogether",
}
"""Reasons for a refusal that a JSON schema can't express."""
OPERATIONS = [
    ("POST", "/v1/score"),
    ("POST", "/v1/score/batch"),
    ("POST", "/v1/decide"),
    ("POST", "/v1/events"),
    ("GET", "/v1/events/{event_id}"),
    ("POST", "/v1/privacy/erase"),
    ("POST", "/v1/privacy/opt-out"),
    ("POST", "/v1/privacy/export"),
    ("GET", "/v1/model"),
    ("GET", "/v1/model/catalog"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    fakes = FakeParts(attributes=None)  # whatever the description allows is taken
    fakes.scoring.why = SAID
    fakes.scoring.latest = None  # and any time is
    with listening(fakes, max_body_bytes=2**24) as port:
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")


def refs(part: Any) -> Iterator[str]:
    """All references in a part of the description."""
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref")
        part = list(part.values())
    for item in part if isinstance(part, list) else []:
        yield from refs(item)


def test_the_description_refers_to_nothing_that_is_missing(described):
    schema = described.raw_schema
    names = {reference.removeprefix("#/components/schemas/") for reference in refs(schema)}

    assert names <= schema["components"]["schemas"].keys()
    assert "Problem" in names


def test_keys_are_described_where_they_are_asked_for(described):
    schema = described.raw_schema
    asked = {path: method["security"] for path, item in schema["paths"].items() for method in item.values()}

    assert schema["components"]["securitySchemes"].keys() == {"bearer", "apiKey"}
    assert {path for path, security in asked.items() if security == [{"bearer": []}, {"apiKey": []}]} == {
        "/v1/score", "/v1/score/batch", "/v1/decide", "/v1/events", "/v1/events/{event_id}", "/v1/model",
        "/v1/model/catalog", "/metrics", "/v1/privacy/erase", "/v1/privacy/opt-out",
        "/v1/privacy/export",
    }  # fmt: skip
    assert {path for path, security in asked.items() if security == []} == {"/healthz", "/readyz"}


def test_each_operation_has_a_name_of_its_own(described):
    names = [method["operationId"] for item in described.raw_schema["paths"].values() for method in item.values()]

    assert len(set(names)) == len(names) == len(OPERATIONS)


def test_each_field_says_what_it_means(described):
    fields = [
        (f"{name}.{field}", schema)
        for name, body in described.raw_schema["components"]["schemas"].items()
        for field, schema in body.get("properties", {}).items()
    ]
    known = {"$ref", "const"}  # what is referred to has its own description, and a constant the name of its body

    assert len(fields) > 100
    assert [name for name, schema in fields if "description" not in schema and not known & schema.keys()] == []


def test_how_much_of_the_why_can_be_asked_for_is_described_with_what_stands_where_nothing_is_said(described):
    schemas = described.raw_schema["components"]["schemas"]

    for name in ("BasketToExplain", "Baskets"):
        asked = schemas[name]["properties"]["explain"]
        assert asked["default"] == "none"
        assert "explain" not in schemas[name]["required"]
        assert list(refs(asked)) == ["#/components/schemas/Explain"]
    assert schemas["Explain"]["enum"] == ["none", "reasons", "all"]
    assert "explain" not in schemas["Basket"]["properties"]
    assert {"reasons", "drivers", "what_ifs"} <= set(
        schemas["LineScore"]["required"]
    )  # null where there is no explanation


def test_errors_are_described_as_problems(described):
    for item in described.raw_schema["paths"].values():
        for method in item.values():
            errors = [answer for status, answer in method["responses"].items() if status >= "4"]
            media_types = {media_type for answer in errors for media_type in answer["content"]}
            assert media_types <= {"application/problem+json", "application/json"}
            assert method["operationId"] == "getReadiness" or media_types == {"application/problem+json"}


def test_all_operations_are_asked(described):
    found = [(operation.ok().method.upper(), operation.ok().path) for operation in described.get_all_operations()]

    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_does_as_it_is_described(described, method, path, mode):
    operation = described[path][method]
    if mode is GenerationMode.NEGATIVE and method == "GET":
        return  # it takes nothing that could be wrong

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=max(2, int(CASES * SHARES.get(path, 0))), suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        _in_own_currency(case.body)
        answer = case.call_and_validate(checks=CHECKS)
        if mode is GenerationMode.POSITIVE and answer.status_code != 200:
            assert {error["expected"] for error in answer.json()["errors"]} <= BEYOND_SCHEMA

    ask()


def _in_own_currency(body: Any) -> None:
    """Name the shop's own currency where a right one is named: which others are taken is no part of the schema."""
    bodies = [body, *body.get("baskets", ()), *body.get("events", ())] if isinstance(body, dict) else []
    for each in bodies:
        if isinstance(each, dict) and re.fullmatch("[A-Z]{3}", str(each.get("currency"))):
            each["currency"] = "EUR"
