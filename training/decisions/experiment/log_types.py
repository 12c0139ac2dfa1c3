"""Checks that each field of a line of the decision log has the type that the service writes."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from itertools import chain
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints


def wrong_type(row: Mapping[str, Any], kind: type) -> tuple[str, str] | None:
    """Give the first field of ``row`` whose value no ``kind`` has, with what was expected; None where all are right.

    What is within objects and lists is not looked at.
    """
    for name, allowed in _types(kind).items():
        if name in row and not _is_one(row[name], allowed):
            return name, " or ".join(dict.fromkeys(_WORDS[each] for each in allowed))
    return None


def _is_one(value: Any, allowed: tuple[type, ...]) -> bool:
    return bool in allowed if isinstance(value, bool) else isinstance(value, allowed)  # True is an int in Python


@cache
def _types(kind: type) -> dict[str, tuple[type, ...]]:
    """The types that JSON has for each field; what an earlier version lacks may be null."""
    later = {each.name for each in fields(kind) if each.default is not MISSING or each.default_factory is not MISSING}
    hints = get_type_hints(kind).items()
    return {name: (*chain(*map(_of_json, _members(hint))), *([NoneType] * (name in later))) for name, hint in hints}


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _of_json(hint: Any) -> tuple[type, ...]:
    origin = get_origin(hint) or hint
    if origin is tuple:
        return list, tuple
    if origin is Mapping:
        return (dict,)
    if origin in (int, float):  # JSON has numbers alone
        return int, float
    return (str,) if issubclass(origin, str) else (origin,)


_WORDS: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    NoneType: "null",
    bool: "true or false",
}
