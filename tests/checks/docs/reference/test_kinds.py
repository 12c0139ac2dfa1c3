"""What a field takes, in words."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, Field, create_model

from tests.checks.docs.reference.json_schema import kind as json_kind
from tests.checks.docs.reference.kinds import kind


class Part(BaseModel):
    a: int


class Code(StrEnum):
    ONE = "one"


Texts = Annotated[tuple[str, ...], BeforeValidator(lambda value: value)]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, "whole number"),
        (str | None, "text"),
        (Annotated[int, Field(ge=0, le=3650)], "whole number, 0 to 3650"),
        (Annotated[float, Field(gt=0, lt=1)], "number, above 0 to below 1"),
        (Annotated[int, Field(ge=1)], "whole number, from 1"),
        (Annotated[float, Field(gt=0)], "number, above 0"),
        (Annotated[int, Field(le=9_223_372_036_854_775_807)], "whole number, up to 9223372036854775807"),
        (Annotated[date, Field(ge=date(2000, 1, 1))], "date, from 2000-01-01"),
        (Literal["a", "b"], "`a`, `b`"),
        (Texts, "text, or a list of texts"),
        (tuple[str, ...], "list of texts"),
        (tuple[tuple[str, str], ...], "list of pairs of texts"),
        (dict[str, Part], "text to `Part`"),
        (Mapping[str, Code], "text to code of `Code`"),
        (Annotated[str, Field(min_length=1, max_length=1)], "text, one character"),
        (Annotated[str, Field(min_length=1)], "text"),
    ],
)
def test_a_field_is_described(annotation: Any, expected: str) -> None:
    assert kind(create_model("Model", field=(annotation, ...)).model_fields["field"]) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$ref": "#/components/schemas/Basket"}, "[Basket](#basket)"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false or null"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 9}, "list of whole number, 1 to 9"),
        ({"type": "string", "format": "date-time", "pattern": "x"}, "time (RFC 3339)"),
        ({"type": "string", "maxLength": 20}, "text, up to 20 characters"),
        ({"type": "number", "minimum": 0.0}, "number, from 0"),
        ({"type": "string", "enum": ["a", "b"]}, "`a`, `b`"),
        ({"type": "string", "const": "a"}, "`a`"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
    ],
)
def test_a_json_schema_is_described(schema: dict[str, Any], expected: str) -> None:
    assert json_kind(schema) == expected
