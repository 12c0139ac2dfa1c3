"""Files of JSON lines into DuckDB: one object a line; a cell within an object is named by its path, as in ``a.b``."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from data.errors import UserError
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import decoding
from data.sources.mapped.records.batches import Batches
from data.sources.mapped.records.input import FileAccount, Input

NO_OBJECT, NO_ITEMS = "no_json_object", "no_items"
OBJECT_BEGINS, ARRAY_BEGINS = b"{", b"["
LOOK_AT = 1000


def load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, _: Path) -> FileAccount:
    """Load ``path`` into the table of ``source``; a line that is no JSON object, or has no items, becomes a reject.

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
        rows = list(_rows(found, source.rule.rows_of))
        if not rows:
            batches.refuse(number, NO_ITEMS)
        for cells in rows:
            seen.update(dict.fromkeys(cells))
            batches.add(number, [cells.get(column) for column in source.wanted])
    source.check_columns(path, list(seen))
    return batches.end()


def header(name: str, rule: FileRule, path: Path) -> list[str]:
    """Name the cells of the objects of ``path``, of the first `LOOK_AT` lines."""
    seen: dict[str, None] = {}
    for line in islice(_lines(name, rule, path), LOOK_AT):
        for cells in _rows(_object(line) or {}, rule.rows_of):
            seen.update(dict.fromkeys(cells))
    return list(seen)


def _lines(name: str, rule: FileRule, path: Path) -> Iterator[bytes]:
    carry, first = b"", True
    for block in decoding.utf8_blocks(path, rule.encoding, name):
        if first and block.strip():
            _refuse_other_json(path, block.lstrip())
            first = False
        *lines, carry = (carry + block).split(b"\n")
        yield from lines
    yield carry


def _refuse_other_json(path: Path, start: bytes) -> None:
    """Refuse a file that is one array, or one object over several lines, and say how it becomes JSON lines."""
    line = start.split(b"\n", 1)[0].strip()
    found = {ARRAY_BEGINS: "a JSON array", OBJECT_BEGINS: "one JSON object over several lines"}.get(line[:1])
    if found is None or (line.startswith(OBJECT_BEGINS) and line != OBJECT_BEGINS):
        return
    raise UserError(
        expected=f"{path.name} to be JSON lines: one object a line",
        found=found,
        fix=f"write each object on a line of its own, such as by: jq -c '.[]' {path.name} > lines.jsonl"
        if line.startswith(ARRAY_BEGINS)
        else f"write each record on a line of its own, such as by: jq -c . {path.name} > lines.jsonl; where the "
        "records are a list within the object, name it: jq -c '.orders[]'",
    )


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _rows(found: dict[str, Any], rows_of: str | None) -> Iterator[dict[str, str | None]]:
    """Give the cells of an object, or beside them those of each item of its list ``rows_of``; none without items."""
    if rows_of is None:
        yield dict(_flat(found))
        return
    items: Any = found
    for step in rows_of.split("."):
        items = items.get(step) if isinstance(items, dict) else None
    beside = {name: cell for name, cell in _flat(found) if name != rows_of}
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        yield from (beside | dict(_flat(item, f"{rows_of}.")) for item in items)


def _flat(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, str | None]]:
    """Give the cells of an object as text; lists as JSON."""
    for key, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif value is None or isinstance(value, str):
            yield before + key, value
        else:
            yield before + key, json.dumps(value, ensure_ascii=False)
