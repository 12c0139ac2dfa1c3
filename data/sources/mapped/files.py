"""A shop's files, loaded as text into DuckDB tables, complete or not at all; malformed rows become rejects."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data import sql
from data.errors import UserError
from data.sources.mapped import text
from data.sources.mapped.mapping import FileRule, did_you_mean

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


@dataclass(frozen=True)
class Input:
    """One input of a mapping: its name and rule, the columns wanted from it, and the table that rejects name."""

    name: str
    rule: FileRule
    wanted: tuple[str, ...]
    feeds: str

    @property
    def table(self) -> str:
        """The quoted name of the input's DuckDB table, with the wanted columns as text and ``_file``."""
        return sql.name(f"file_{self.name}")


def stage(connection: duckdb.DuckDBPyConnection, source: Input, folder: Path) -> tuple[Path, ...]:
    """Load the files of ``source`` in ``folder`` into its table; return their paths.

    Rows with too few or too many cells become rejects. Their content is left out, because it may be personal.

    Raises
    ------
    UserError
        A file is missing, empty, cut, of another encoding or format, or lacks a column.
    """
    paths = _find(source.rule, folder)
    columns = ", ".join(f"{sql.name(column)} VARCHAR" for column in ("_file", *source.wanted))
    sql.run(connection, f"CREATE TABLE {source.table} ({columns})")
    for path in paths:
        if path.stat().st_size == 0:
            raise UserError(
                expected=f"a header and rows in {path}", found="an empty file", fix="deliver the file again"
            )
        add = _add_parquet if source.rule.format == "parquet" else _add_csv
        add(connection, source, path)
    if not sql.number(connection, f"SELECT count(*) FROM {source.table}"):
        raise UserError(
            expected=f"rows in {', '.join(path.name for path in paths)}",
            found=_why_no_rows(connection),
            fix=f"deliver the file with its rows, or correct delimiter and quote of files.{source.name} in the mapping",
        )
    return paths


def _find(rule: FileRule, folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise UserError(
            expected=f"the file {rule.path} in the folder {folder}",
            found="no such folder",
            fix="correct data.path in params.yaml, or on the command line: dvc exp run -S data.path=FOLDER",
        )
    found = tuple(sorted(path for path in folder.glob(rule.path) if path.is_file()))
    if not found:
        listing = sorted(path.name for path in folder.iterdir())
        raise UserError(
            expected=f"the file {rule.path} in {folder}",
            found=f"no such file; the folder holds {', '.join(listing[:20]) or 'nothing'}",
            fix=did_you_mean(rule.path, listing) or "correct data.path in params.yaml, or the path in the mapping",
        )
    return found


def _why_no_rows(connection: duckdb.DuckDBPyConnection) -> str:
    malformed, example = sql.rows(connection, "SELECT count(*), min(value) FROM rejects WHERE rule = 'malformed_row'")[
        0
    ]
    return f"no row that can be read: {malformed} are malformed ({example})" if malformed else "a header and no row"


def _check_columns(source: Input, path: Path, found: list[str]) -> None:
    twice = [column for column in source.wanted if found.count(column) > 1]
    if twice:
        raise UserError(
            expected=f"each mapped column once in {path.name}",
            found=f"{', '.join(map(repr, twice))} more than once",
            fix="rename one of them in the file",
        )
    missing = [column for column in source.wanted if column not in found]
    if not missing:
        return
    suggestions = " ".join(filter(None, (did_you_mean(column, found) for column in missing)))
    raise UserError(
        expected=f"the mapped column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))} in {path.name}",
        found=f"the columns {', '.join(map(repr, found))}",
        fix=_other_delimiter(source, found)
        or suggestions
        or "correct the column's name in the mapping, or remove an optional column from the mapping",
    )


def _other_delimiter(source: Input, found: list[str]) -> str:
    if len(found) > 1 or source.rule.format != "csv":
        return ""
    signs = [sign for sign in DELIMITERS if sign in found[0]]
    return (
        f"set delimiter: {signs[0]!r} ({DELIMITERS[signs[0]]}) under files.{source.name} of the mapping"
        if signs
        else ""
    )


def _add_parquet(connection: duckdb.DuckDBPyConnection, source: Input, path: Path) -> None:
    again = "deliver the file again, or leave out format: parquet if it is a CSV file"
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise text.unreadable(path, str(error).split("\n", maxsplit=1)[0], again) from None
    _check_columns(source, path, schema.names)
    cells = ", ".join(f"CAST({sql.name(column)} AS VARCHAR)" for column in source.wanted)
    query = f"SELECT {sql.text(path.name)}, {cells} FROM read_parquet({sql.text(str(path))})"
    try:
        sql.run(connection, f"INSERT INTO {source.table} {query}")
    except duckdb.Error as error:
        raise text.unreadable(path, str(error).split("\n", maxsplit=1)[0], again) from None


def _add_csv(connection: duckdb.DuckDBPyConnection, source: Input, path: Path) -> None:
    found = text.header(source.name, path, source.rule)
    _check_columns(source, path, found)
    with tempfile.TemporaryDirectory(prefix="return-risk-") as scratch:
        readable = path
        if not text.is_utf8(source.rule):
            readable = Path(scratch) / "utf-8.csv"
            text.transcode(source.name, path, source.rule, readable)
        cells = ", ".join(f"c{found.index(column)}" for column in source.wanted)
        rows = f"SELECT {sql.text(path.name)}, {cells} FROM {_read_csv(source.rule, readable, len(found))}"
        try:
            sql.run(connection, f"INSERT INTO {source.table} {rows}")
        except duckdb.Error as error:
            raise text.damaged(path, error) from None
    _take_malformed(connection, source, path)


def _read_csv(rule: FileRule, path: Path, width: int) -> str:
    """SQL: the rows of a UTF-8 file with columns c0, c1, ...; DuckDB detects nothing from the content."""
    layout = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    return (
        f"read_csv({sql.text(str(path))}, auto_detect = false, header = true, all_varchar = true, "
        f"store_rejects = true, columns = {{{layout}}}, compression = '{'gzip' if text.is_packed(path) else 'none'}', "
        f"delim = {sql.text(rule.delimiter)}, quote = {sql.text(rule.quote)}, escape = {sql.text(rule.quote)})"
    )


def _take_malformed(connection: duckdb.DuckDBPyConnection, source: Input, path: Path) -> None:
    """Move the rows that DuckDB's reader refused to ``rejects``; `UserError` for a wrong encoding."""
    if sql.number(connection, "SELECT count(*) FROM reject_errors WHERE error_type = 'INVALID ENCODING'"):
        raise text.wrong_encoding(source.name, path, source.rule.encoding)
    sql.run(
        connection,
        f"INSERT INTO rejects SELECT {sql.text(source.feeds)}, {sql.text(path.name)} || ':line ' || line, NULL, "
        "'malformed_row', arg_min(error_message, column_idx) FROM reject_errors GROUP BY line",
    )
    sql.run(connection, "TRUNCATE reject_errors")
    sql.run(connection, "TRUNCATE reject_scans")
