"""Files of JSON into DuckDB: one object a line, or one list; a cell in an object is named by its path, as ``a.b``."""

import json
from collections.abc import Collection, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

from data.errors import UserError
from data.schema import RETURNS
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
        items = _rows(found, source.rule.rows_of)
        rows = list(items or ())
        # An order without lines lacks something; one without returns does not.
        if items is None or (not rows and source.feeds != RETURNS.name):
            batches.refuse(number, NO_ITEMS)
        for cells in rows:
            seen.update(dict.fromkeys(cells))
            batches.add(number, [cells.get(column) for column in source.wanted])
    _refuse_no_rows(source, path, seen)
    source.check_columns(path, list(seen))
    return batches.end()


def header(name: str, rule: FileRule, path: Path) -> list[str]:
    """Name the cells of the objects of ``path``, of the first `LOOK_AT`."""
    seen: dict[str, None] = {}
    for _, found in islice(_records(name, rule, path), LOOK_AT):
        for cells in _rows(found if isinstance(found, dict) else {}, rule.rows_of) or ():
            seen.update(dict.fromkeys(cells))
    return list(seen)


def _refuse_no_rows(source: Input, path: Path, seen: Collection[str]) -> None:
    """Refuse a file without a row by ``rows_of``: most likely the path is wrong."""
    if source.rule.rows_of is not None and not seen:
        raise UserError(
            expected=f"objects with a filled list {source.rule.rows_of!r} in {path.name}",
            found="none",
            fix=f"correct rows_of under files.{source.name} of the mapping: names up to the list, with dots",
        )


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


def _rows(found: dict[str, Any], rows_of: str | None) -> Iterator[dict[str, str | None]] | None:
    """Give the cells of an object, or beside them those of each item of its list ``rows_of``; None without such a list.

    The path may lead through lists: then each item of the inner one is a row.
    """
    if rows_of is None:
        return iter([dict(_flat(found))])
    items, rest, name = _list_on(found, rows_of.split("."))
    if items is None:
        return None
    return _of_items(found, items, rest, name)


def _of_items(
    found: dict[str, Any], items: list[dict[str, Any]], rest: list[str], name: str, before: str = ""
) -> Iterator[dict[str, str | None]]:
    """Give the rows of ``items``, the list ``name`` of ``found``; ``rest``: the path to a list within each of them."""
    beside = {path: cell for path, cell in _flat(found, before) if path != name}
    for item in items:
        if not rest:
            yield beside | dict(_flat(item, f"{name}."))
            continue
        inner, further, inner_name = _list_on(item, rest)
        for cells in _of_items(item, inner or [], further, f"{name}.{inner_name}", f"{name}."):
            yield beside | cells


def _list_on(found: dict[str, Any], path: list[str]) -> tuple[list[dict[str, Any]] | None, list[str], str]:
    """Find the first list of objects on ``path``, None where there is none; the path behind it, and the one to it."""
    at: Any = found
    for place, step in enumerate(path, start=1):
        at = at.get(step) if isinstance(at, dict) else None
        if isinstance(at, list):
            objects = all(isinstance(item, dict) for item in at)
            return (at if objects else None), path[place:], ".".join(path[:place])
    return None, [], ".".join(path)


def _flat(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, str | None]]:
    """Give the cells of an object as text; lists as JSON."""
    for key, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif value is None or isinstance(value, str):
            yield before + key, value
        else:
            yield before + key, json.dumps(value, ensure_ascii=False)
