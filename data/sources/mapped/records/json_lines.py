"""Files of JSON lines into DuckDB: one object a line; a cell within an object is named by its path, as in ``a.b``."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import decoding
from data.sources.mapped.records.batches import Batches
from data.sources.mapped.records.input import FileAccount, Input

NO_OBJECT = "no_json_object"
LOOK_AT = 1000


def load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, _: Path) -> FileAccount:
    """Load ``path`` into the table of ``source``; a line that is no JSON object becomes a reject.

    Raises
    ------
    UserError
        The file is cut or empty, or no object of it has a wanted column.
    """
    batches = Batches(connection, source, path, "line")
    seen: dict[str, None] = {}
    for number, line in enumerate(_lines(source.name, source.rule, path), start=1):
        if not line.strip():
            continue
        found = _object(line)
        if found is None:
            batches.refuse(number, NO_OBJECT)
            continue
        cells = dict(_flat(found))
        seen.update(dict.fromkeys(cells))
        batches.add(number, [cells.get(column) for column in source.wanted])
    source.check_columns(path, list(seen))
    return batches.end()


def header(name: str, rule: FileRule, path: Path) -> list[str]:
    """Name the cells of the objects of ``path``, of the first `LOOK_AT` lines."""
    seen: dict[str, None] = {}
    for line in islice(_lines(name, rule, path), LOOK_AT):
        seen.update(dict.fromkeys(cell for cell, _ in _flat(_object(line) or {})))
    return list(seen)


def _lines(name: str, rule: FileRule, path: Path) -> Iterator[bytes]:
    carry = b""
    for block in decoding.utf8_blocks(path, rule.encoding, name):
        *lines, carry = (carry + block).split(b"\n")
        yield from lines
    yield carry


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _flat(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, str | None]]:
    """Give the cells of an object as text; lists as JSON."""
    for key, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif value is None or isinstance(value, str):
            yield before + key, value
        else:
            yield before + key, json.dumps(value, ensure_ascii=False)
