"""Files of JSON into DuckDB: one object a line, or one list; a cell in an object is named by its path, as ``a.b``."""

import json
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

from data.errors import UserError
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import decoding, json_list
from data.sources.mapped.records.batches import Batches
from data.sources.mapped.records.input import FileAccount, Input

NO_OBJECT, NO_ITEMS = "no_json_object", "no_items"
OBJECT_BEGINS, LIST_BEGINS = b"{", b"["
LOOK_AT = 1000


def load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, _: Path) -> FileAccount:
    """Load ``path`` into the table of ``source``; what is no JSON object, or has no items, becomes a reject.

    Raises
    ------
    UserError
        The file is cut or empty, or no object of it has a wanted column.
    """
    batches = Batches(connection, source, path, "line")
    seen: dict[str, None] = {}
    for number, found in _records(source.name, source.rule, path):
        if not isinstance(found, dict):
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
    """Name the cells of the objects of ``path``, of the first `LOOK_AT`."""
    seen: dict[str, None] = {}
    for _, found in islice(_records(name, rule, path), LOOK_AT):
        for cells in _rows(found if isinstance(found, dict) else {}, rule.rows_of):
            seen.update(dict.fromkeys(cells))
    return list(seen)


def _records(name: str, rule: FileRule, path: Path) -> Iterator[tuple[int, Any]]:
    """Give what each filled line of the file holds, or each item of its one list, with its line; None for no JSON."""
    blocks, start = decoding.utf8_blocks(path, rule.encoding, name), b""
    while not start.strip() and (block := next(blocks, None)) is not None:
        start += block
    blocks = chain((start,), blocks)
    if start.lstrip().startswith(LIST_BEGINS):
        return json_list.items(name, path, rule.encoding, blocks)
    _refuse_one_object(path, start.lstrip())
    return ((number, _read(line)) for number, line in enumerate(_lines(blocks), start=1) if line.strip())


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    carry = b""
    for block in blocks:
        *lines, carry = (carry + block).split(b"\n")
        yield from lines
    yield carry


def _refuse_one_object(path: Path, start: bytes) -> None:
    """Refuse a file that is one object over several lines, and say how it becomes JSON lines."""
    if start.split(b"\n", 1)[0].strip() != OBJECT_BEGINS:
        return
    raise UserError(
        expected=f"{path.name} to be JSON lines, one object a line, or one list of objects",
        found="one JSON object over several lines",
        fix=f"write each record on a line of its own, such as by: jq -c . {path.name} > lines.jsonl; where the "
        "records are a list within the object, name it: jq -c '.orders[]'",
    )


def _read(line: bytes) -> Any:
    try:
        return json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


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
