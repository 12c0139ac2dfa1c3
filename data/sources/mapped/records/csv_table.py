"""CSV files into DuckDB: their good records are loaded, and the others become rejects with line and rule."""

from bisect import bisect_left
from pathlib import Path

import duckdb

from data import sql
from data.errors import UserError
from data.sources.mapped.mapping.files import NO_QUOTE, FileRule
from data.sources.mapped.records import streams, text_file
from data.sources.mapped.records.input import FileAccount, Input
from data.sources.mapped.records.scan import LOOSE, REST, TOO_WIDE, Account

MEANINGS = {
    "open_quote": "a quote that encloses a cell and has no end",
    "text_after_quote": "text behind the quote that ends a cell",
    LOOSE: "a quote in the text of a cell that no quote encloses, though the file escapes such quotes",
    TOO_WIDE: "more cells than the header",
    REST: "text that may belong to a cell of an earlier line, which is no record",
}
LOOK_FOR_HEADER = 50
"""Lines that are looked at for the header when line 1 does not hold it."""


def load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, scratch: Path) -> FileAccount:
    """Load the CSV file ``path`` into the table of ``source``; `UserError` as `text_file.scan`."""
    head = text_file.header(source.name, path, source.rule)
    source.check_columns(path, head.names, _elsewhere(source, path, head.names))
    target = scratch / "records.csv"
    head, scanned = text_file.scan(source.name, path, source.rule, target)
    _refuse_unquoted(source, path, head, scanned)
    _refuse_trailing(source, path, scanned)
    before = sql.number(connection, f"SELECT count(*) FROM {source.table}")
    loaded, wrong = _insert(connection, source, path, head.names, target) if scanned.records else (0, {})
    _record_places(connection, source, path, scanned, sorted(wrong), before)
    refused = [
        (line, rule, MEANINGS.get(rule) or f"the byte 0x{scanned.wrong_bytes[line]:02x}")
        for line, rule in scanned.refused
    ]
    refused += [(scanned.line_of(record), TOO_WIDE, found) for record, found in wrong.items()]
    counts = _reject(connection, source, path, refused)
    records = scanned.records + len(scanned.refused)
    account = FileAccount(path, records, loaded, counts, scanned.footer, ascii_only=not scanned.beyond_ascii)
    account.formulas = scanned.formulas
    account.loose_quotes, account.first_loose = scanned.loose, scanned.first_loose
    return account


def _elsewhere(source: Input, path: Path, found: list[str]) -> str:
    """Find the header in a later line, and advise to skip the lines before it; empty when it is not found."""
    if set(source.wanted) <= set(found):
        return ""
    for skip in range(source.rule.skip_lines + 1, source.rule.skip_lines + LOOK_FOR_HEADER):
        try:
            head = text_file.header(source.name, path, source.rule.model_copy(update={"skip_lines": skip}))
        except UserError:
            return ""
        if set(source.wanted) <= set(head.names):
            skipped = head.line - 1
            return f"set skip_lines: {skipped} under files.{source.name} of the mapping: the header is line {head.line}"
    return ""


def _refuse_unquoted(source: Input, path: Path, head: text_file.Head, scanned: Account) -> None:
    if not scanned.quotes_are_text:
        return
    broken = scanned.broken_by_quotes
    raise UserError(
        expected=f"quotes in {path.name} to enclose whole cells, as files.{source.name}.quote says",
        found=f"{len(broken)} records whose quotes do not, first line {broken[0][0]}: {MEANINGS[broken[0][1]]}",
        fix=f"set quote: {NO_QUOTE} under files.{source.name} of the mapping: with quotes as text, every record with a "
        f"quote has its {len(head.names)} cells",
    )


def _refuse_trailing(source: Input, path: Path, scanned: Account) -> None:
    if scanned.ends_in_delimiter:
        raise UserError(
            expected=f"as many cells in the records of {path.name} as in its header",
            found=f"{scanned.one_too_many} records, all with one more, which is empty and the last",
            fix=f"set trailing_delimiter: true under files.{source.name} of the mapping, if each row ends in a "
            "delimiter too many; if a text holds the delimiter instead, deliver the file with quotes around such texts",
        )


def _refuse_shifted(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, rows: str) -> None:
    """Refuse a file with a text behind its last named cell: such records have another delimiter too many."""
    shifted = sql.number(connection, f"SELECT count(*) FROM ({rows})")
    sql.run(connection, "TRUNCATE reject_errors")
    sql.run(connection, "TRUNCATE reject_scans")
    if shifted:
        raise UserError(
            expected=f"an empty cell at the end of the records of {path.name}, as files.{source.name} says",
            found=f"{shifted} records with a text in it",
            fix=f"remove trailing_delimiter under files.{source.name} of the mapping: then such records are refused",
        )


def _insert(
    connection: duckdb.DuckDBPyConnection, source: Input, path: Path, names: list[str], target: Path
) -> tuple[int, dict[int, str]]:
    """Insert the records of ``target``; count them, and return what is wrong with each of another number of cells."""
    cells = ", ".join(f"c{names.index(column)}" for column in source.wanted)
    records = _read_csv(source.rule, target, len(names) + source.rule.trailing_delimiter)
    try:
        if source.rule.trailing_delimiter:
            _refuse_shifted(connection, source, path, f"SELECT 1 FROM {records} WHERE c{len(names)} <> ''")
        insert = f"INSERT INTO {source.table} SELECT {sql.text(path.name)}, {cells} FROM {records}"
        loaded = sql.number(connection, insert)
    except duckdb.Error as error:
        raise streams.damaged(path, error) from None
    found = sql.rows(
        connection, "SELECT line, arg_min(error_message, column_idx) FROM reject_errors GROUP BY line ORDER BY line"
    )
    if found:
        sql.run(connection, "TRUNCATE reject_errors")
    sql.run(connection, "TRUNCATE reject_scans")
    return loaded, {int(line) - 1: str(message) for line, message in found}


def _read_csv(rule: FileRule, path: Path, width: int) -> str:
    """SQL: the records of a UTF-8 file with columns c0, c1, ...; DuckDB detects nothing from the content."""
    layout = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    quote = "" if rule.quote == NO_QUOTE else rule.quote
    return (
        f"read_csv({sql.text(str(path))}, auto_detect = false, header = false, all_varchar = true, "
        f"store_rejects = true, columns = {{{layout}}}, compression = 'none', new_line = '\\n', "
        f"delim = {sql.text(rule.delimiter)}, quote = {sql.text(quote)}, escape = {sql.text(rule.escape or quote)})"
    )


def _record_places(
    connection: duckdb.DuckDBPyConnection, source: Input, path: Path, scanned: Account, wrong: list[int], before: int
) -> None:
    """Record on which line each row of the table begins, given the records that were not loaded."""
    starts = sorted({*(record for record, _ in scanned.places), *(record + 1 for record in wrong)} - {*wrong})
    rows = [before + start - bisect_left(wrong, start) for start in starts]
    source.add_places(connection, rows, f"{path.name}:line ", [scanned.line_of(start) for start in starts])


def _reject(
    connection: duckdb.DuckDBPyConnection, source: Input, path: Path, refused: list[tuple[int, str, str]]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, rule, _ in refused:
        counts[rule] = counts.get(rule, 0) + 1
    keys = [f"{path.name}:line {line}" for line, _, _ in refused]
    source.reject(connection, keys, [rule for _, rule, _ in refused], [value for _, _, value in refused])
    return counts
