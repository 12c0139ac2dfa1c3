"""What a JSON schema allows, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.checks.docs.reference.markdown import code

Schema = Mapping[str, Any]
_NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object"}


def kind(schema: Schema) -> str:
    """Describe what ``schema`` allows; a reference becomes a link to the section of the same name."""
    return _known(schema) or _plain(schema)


def _known(schema: Schema) -> str:
    """What stands for itself: references, choices and alternatives; empty for anything else."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"enum": list(choices)}:
            return ", ".join(map(code, choices))
        case {"const": choice}:
            return code(choice)
        case {"anyOf": list(parts)} | {"oneOf": list(parts)}:
            return " or ".join("null" if part == {"type": "null"} else kind(part) for part in parts)
    return ""


def _plain(schema: Schema) -> str:
    """What a value of one type may be."""
    match schema:
        case {"type": "array", "items": items}:
            return f"list of {kind(items)}" + _bounds(schema, "minItems", "maxItems")
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {kind(values)}"
        case {"format": "date-time"}:
            return "time (RFC 3339)"
        case {"type": "string"}:
            return "text" + _bounds(schema, "minLength", "maxLength", " characters")
    name = str(schema.get("type", "anything"))
    return _NAMES.get(name, name) + _bounds(schema, "minimum", "maximum")


def _bounds(schema: Schema, low: str, high: str, unit: str = "") -> str:
    said = " to ".join(_said(schema, low, high))
    return f", {said}{unit}" if said else ""


def _said(schema: Schema, low: str, high: str) -> Iterator[str]:
    if low in schema and high in schema:
        yield from (f"{schema[low]:.12g}", f"{schema[high]:.12g}")
    elif low in schema:
        yield f"from {schema[low]:.12g}"
    elif high in schema:
        yield f"up to {schema[high]:.12g}"
