"""What a field of a pydantic model takes, in words: its kind and its bounds."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from tests.checks.docs.reference.markdown import code

_NAMES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    datetime: "date or year",
    Path: "path",
}


def kind(field: FieldInfo) -> str:
    """Describe what ``field`` takes, such as ``whole number, 0 to 3650``."""
    return _kind(field.annotation, tuple(field.metadata))


def _kind(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0], (*arguments[1:], *metadata))
    if origin in {Union, UnionType}:
        return " or ".join(_kind(part, metadata) for part in arguments if part is not NoneType)
    if origin is Literal:
        return ", ".join(code(choice) for choice in arguments)
    if origin is tuple:
        return _many(arguments, metadata)
    if origin in {dict, Mapping}:
        return f"{_kind(arguments[0])} to {_kind(arguments[1])}" + _bounds(metadata)
    return _one(annotation) + _bounds(metadata)


def _many(arguments: tuple[Any, ...], metadata: tuple[Any, ...]) -> str:
    if Ellipsis not in arguments:
        return f"pair of {_kind(arguments[0])}s" + _bounds(metadata)
    each = _kind(arguments[0])
    plural = each.replace("pair", "pairs", 1) if each.startswith("pair of") else f"{each}s"
    several = f"list of {plural}" + _bounds(metadata)
    alone = any(isinstance(item, BeforeValidator) for item in metadata)
    return f"{_kind(arguments[0])}, or a {several}" if alone else several


def _one(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return code(annotation.__name__)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return f"code of `{annotation.__name__}`"
    return _NAMES.get(annotation, str(annotation))


def _bounds(metadata: tuple[Any, ...]) -> str:
    said = ", ".join(part for part in (_range(metadata), *_lengths(metadata)) if part)
    return f", {said}" if said else ""


def _range(metadata: tuple[Any, ...]) -> str:
    low, high = "", ""
    for item in metadata:
        match item:
            case Ge(ge=bound):
                low = _bound(bound)
            case Gt(gt=bound):
                low = f"above {_bound(bound)}"
            case Le(le=bound):
                high = _bound(bound)
            case Lt(lt=bound):
                high = f"below {_bound(bound)}"
    if low and high:
        return f"{low} to {high}"
    return (f"from {low}" if low[:1].isdigit() else low) or (f"up to {high}" if high[:1].isdigit() else high)


def _bound(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _lengths(metadata: tuple[Any, ...]) -> Iterator[str]:
    """Bounds of lengths, but for "not empty"."""
    low = next((item.min_length for item in metadata if isinstance(item, MinLen)), 0)
    high = next((item.max_length for item in metadata if isinstance(item, MaxLen)), None)
    if high is not None:
        yield f"{low} to {high} long" if low != high else ("one character" if low == 1 else f"{low} long")
