"""Says what is wrong with the keys of a policy, each with its place, in the words of its file."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_KEYS: Final = ("model_type", "dict_type", "mapping_type", "model_attributes_type")
KEY_MARK: Final = "[key]"
"""Stands in a place for the key itself."""


def faults(error: ValidationError, content: Any) -> Iterator[str]:
    """Say each fault of ``content``; an action is called by its name."""
    for item in essential(error):
        place = ".".join(str(step) for step in _place(item, content) if step != KEY_MARK) or "the policy"
        match item["type"]:
            case "extra_forbidden":
                yield f"unknown key {place}"
            case "missing":
                yield f"no key {place}"
            case _:
                value = "" if isinstance(item["input"], dict | list) or KEY_MARK in item["loc"] else item["input"]
                found = "" if value == "" else f" = {value!r}"
                yield f"{place}{found}: {said(item)}"


def essential(error: ValidationError) -> list[ErrorDetails]:
    """Give the errors, without those of a list that is too short because its entries are wrong."""
    found = error.errors(include_url=False)
    return [each for each in found if each["type"] != "too_short" or not _within(each["loc"], found)]


def said(item: ErrorDetails) -> str:
    """Write the message of one error."""
    if item["type"] in _KEYS:
        return "expected keys with values"
    return item["msg"].removeprefix("Value error, ")


def _within(place: tuple[int | str, ...], errors: list[ErrorDetails]) -> bool:
    return any(len(each["loc"]) > len(place) and each["loc"][: len(place)] == place for each in errors)


def _place(item: ErrorDetails, content: Any) -> list[int | str]:
    where = list(item["loc"])
    if where[:1] == ["actions"] and len(where) > 1 and isinstance(where[1], int):
        action = content["actions"][where[1]]
        name = action.get("name") if isinstance(action, dict) else None
        where[1] = name if isinstance(name, str) and name else f"number {where[1] + 1}"
    return where
