"""Field problems: where validation failed, what was expected, and of which kind the value was.

A value is left out, except a number out of range: a text may be a customer id in the wrong field.
"""

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from serving.http.problems import FieldProblem, ProblemError, ProblemKind
from serving.http.wire.requests.events import KINDS
from serving.http.wire.requests.parts import Request

SHOWN: Final = 20
"""Most fields that an answer lists; further fields are seldom wrong in another way."""
EXPLAINED: Final = 1000
"""Most errors that are explained. Only a hostile body has more, which are just counted, as explaining is slow."""
LONGEST_NAME: Final = 64

_TAGS: Final = frozenset(KINDS)
_RANGE: Final = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_SUBJECT = re.compile(r"^(Input|String|List|Value) should (be|have|match) ")


def _models(base: type[Request]) -> Iterator[type[Request]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


_FIELDS: Final = sorted({name for model in _models(Request) for name in model.model_fields})


def from_validation(error: ValidationError, place: tuple[str, ...] = ()) -> ProblemError:
    """Make the problem of a body: 400 where it is not JSON, else 422 with the first wrong fields.

    ``place``: where the validated value is in the request; empty for the body itself.
    """
    count = error.error_count()
    if count > EXPLAINED:
        return ProblemError(ProblemKind.INVALID, f"{count} fields are wrong, too many to list")
    details = error.errors(include_url=False)
    if details[0]["type"] == "json_invalid":
        return ProblemError(ProblemKind.MALFORMED, _json_detail(details[0]))
    several = "1 field is wrong" if count == 1 else f"{count} fields are wrong"
    more = f", the first {SHOWN} are listed" if count > SHOWN else ""
    return ProblemError(ProblemKind.INVALID, several + more, [_explain(item, place) for item in details[:SHOWN]])


def _json_detail(item: ErrorDetails) -> str:
    return f"the body is no valid JSON: {item.get('ctx', {}).get('error', 'it breaks off')}"


def _explain(item: ErrorDetails, before: tuple[str, ...]) -> FieldProblem:
    kind, place = item["type"], (*before, *item["loc"])
    match kind:
        case "missing":
            expected, found = "a value", "nothing"
        case "extra_forbidden":
            expected, found = _known_field(str(place[-1])), "a field that the contract doesn't have"
        case "union_tag_invalid" | "union_tag_not_found":
            expected, found = f"an object whose type is one of {', '.join(KINDS)}", "another"
        case "string_pattern_mismatch" if place[-1] == "currency":
            expected, found = "an ISO 4217 code of three capitals, such as EUR", described(item["input"])
        case "string_pattern_mismatch":
            expected, found = "a text that is not blank, without control characters", described(item["input"])
        case "int_type" if isinstance(item["input"], float):
            expected, found = _whole_number(str(place[-1])), "a number with a point or an exponent"
        case _:
            expected = _SUBJECT.sub("", item["msg"])
            found = _shown(item["input"]) if kind in _RANGE else described(item["input"])
    return FieldProblem(pointer=pointer(place), expected=expected, found=found)


def pointer(place: tuple[int | str, ...]) -> str:
    """Write the JSON pointer (RFC 6901) to a place that pydantic names; tags of unions are left out."""
    steps = [
        str(step)[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")
        for before, step in zip((None, *place), place, strict=False)
        if not (isinstance(before, int) and step in _TAGS)
    ]
    return "".join(f"/{step}" for step in steps)


def _known_field(name: str) -> str:
    if name in _FIELDS:
        return "only fields of the contract; this one belongs elsewhere"
    close = difflib.get_close_matches(name[:LONGEST_NAME], _FIELDS, n=1)
    return f"only fields of the contract; did you mean {close[0]}?" if close else "only fields of the contract"


def _whole_number(name: str) -> str:
    if name.endswith("_minor"):
        return "a whole number of minor units, without a point or an exponent: 50.00 EUR is 5000"
    return "a whole number, without a point or an exponent: 1, not 1.0"


def _shown(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, int | float) and abs(value) < 1e18 else ""
    return text or described(value)


def described(value: Any) -> str:
    """Name the kind of a value without the value itself."""
    if isinstance(value, str):
        return f"a text (length {len(value)})"
    if isinstance(value, list):
        return f"a list (length {len(value)})"
    return _KINDS.get(type(value), "something else")


_KINDS: Final = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "an object",
}
