"""Reads fields of a query string or a form into a model, and names the wrong ones."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from serving.http.problems import FieldProblem

Model = TypeVar("Model", bound=BaseModel)
MOST_FIELDS: Final = 50
"""Most fields of a request, unless the model has more: a form sends each of its fields once, filled or not."""
SHOWN: Final = 40
"""Most characters of a wrong value that an error shows."""


class FieldsError(Exception):
    """Fields of a request that are wrong: ``problems`` names each by its pointer, such as ``/min_lines``."""

    def __init__(self, *problems: FieldProblem) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{each.pointer}: expected {each.expected}" for each in problems))


def wrong(name: str, expected: str, found: str) -> FieldsError:
    """Make the error of one wrong field, ``name``."""
    return FieldsError(FieldProblem(pointer=f"/{name}", expected=expected, found=_shortened(found)))


def read(model: type[Model], given: Iterable[tuple[str, object]]) -> Model:
    """Make a ``model`` from the names and values ``given``; empty values count as missing, as forms send them too.

    Raises
    ------
    FieldsError
        A field is unknown, given twice, not text, or not valid in the model.
    """
    fields = [(name, value.strip() if isinstance(value, str) else value) for name, value in given]
    most = max(MOST_FIELDS, len(model.model_fields))
    if len(fields) > most:
        raise wrong("", f"at most {most} fields", f"{len(fields)}")
    fields = [(name, value) for name, value in fields if value != ""]
    twice = [name for name, count in Counter(name for name, _ in fields).items() if count > 1]
    if twice:
        problems = (FieldProblem(pointer=f"/{_shortened(name)}", expected="one value", found="two") for name in twice)
        raise FieldsError(*problems)
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        raise FieldsError(*(_problem(item) for item in error.errors(include_url=False))) from None


def _problem(item: ErrorDetails) -> FieldProblem:
    name = "/".join(_shortened(str(step)) for step in item["loc"])
    if item["type"] == "extra_forbidden":
        return FieldProblem(pointer=f"/{name}", expected="only known fields", found="an unknown field")
    found = "nothing" if item["type"] == "missing" else _shortened(str(item["input"]))
    return FieldProblem(pointer=f"/{name}", expected=item["msg"].removeprefix("Input should be "), found=found)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
