"""Inputs of a mapping, loaded as text into DuckDB tables, complete or not at all; every record is accounted for."""

import tempfile
from pathlib import Path

import duckdb

from data import sql
from data.errors import UserError
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.mapping.load import did_you_mean
from data.sources.mapped.records import csv_table, json_lines, parquet, workbook
from data.sources.mapped.records.input import FileAccount, Input, numbered

READERS = {"csv": csv_table.load, "xlsx": workbook.load, "jsonl": json_lines.load, "parquet": parquet.load}


def stage(connection: duckdb.DuckDBPyConnection, source: Input, folder: Path, scratch: Path) -> tuple[FileAccount, ...]:
    """Load the files of ``source`` in ``folder`` into its table; return the account of each file.

    Records that can't be read become rejects. Their content is left out, because it may be personal.

    Parameters
    ----------
    scratch
        An existing folder for copies of the files, which are removed again.

    Raises
    ------
    UserError
        A file is missing, empty, cut, of another encoding or format, or lacks a column.
    """
    paths = find(source.rule, folder)
    _refuse_alike(source)
    columns = ", ".join(f"{sql.name(column)} VARCHAR" for column in ("_file", *source.wanted))
    sql.run(connection, f"CREATE TABLE {source.table} ({columns})")
    sql.run(connection, f"CREATE TABLE {source.places} (_row BIGINT, place VARCHAR, line BIGINT)")
    accounts = tuple(_load(connection, source, path, scratch) for path in paths)
    if not sum(account.loaded for account in accounts):
        raise UserError(
            expected=f"rows in {', '.join(path.name for path in paths)}",
            found=_why_no_rows(connection),
            fix=f"deliver the file with its rows, or correct delimiter and quote of files.{source.name} in the mapping",
        )
    return accounts


def _refuse_alike(source: Input) -> None:
    """Refuse columns that differ by case alone: a table of the engine can't have both.

    Those of a CSV file and of a workbook have numbers behind their names, by which the mapping tells them apart.
    """
    numbers = "write the name of each with its number among them in the header, such as {!r} and {!r}; or, "
    way = numbers if source.rule.format in ("csv", "xlsx") else "export one of them under another name; or, "
    first: dict[str, str] = {}
    for column in source.wanted:
        other = first.setdefault(column.lower(), column)
        if other != column:
            raise UserError(
                expected=f"columns of files.{source.name} that differ by more than upper and lower case",
                found=f"{other!r} and {column!r}, both of which are read",
                fix=way.format(numbered(other, 1), numbered(column, 2))
                + "where the file has only one of them, write it in the mapping as the file does",
            )


def find(rule: FileRule, folder: Path) -> tuple[Path, ...]:
    """Find the files of ``rule`` in ``folder``, at least one, sorted by name; `UserError` where there is none."""
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
            fix=_near_name(rule.path, listing) or "correct data.path in params.yaml, or the path in the mapping",
        )
    return found


def _near_name(path: str, listing: list[str]) -> str:
    """Suggest a file whose name differs in its ending or a few letters; ``orders.csv`` is not near ``returns.csv``."""
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    same = next((name for name in listing if name.partition(".")[0].lower() == stem), None)
    return f"did you mean {same!r}?" if same else did_you_mean(path, listing, nearness=0.85)


def _load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, scratch: Path) -> FileAccount:
    if path.stat().st_size == 0:
        raise UserError(expected=f"a header and rows in {path}", found="an empty file", fix="deliver the file again")
    with tempfile.TemporaryDirectory(dir=scratch) as own:
        account = READERS[source.rule.format](connection, source, path, Path(own))
    account.check()
    return account


def _why_no_rows(connection: duckdb.DuckDBPyConnection) -> str:
    rules = sql.rows(
        connection,
        "SELECT rule, count(*), first(key ORDER BY length(key), key), first(value ORDER BY length(key), key) "
        "FROM rejects GROUP BY rule ORDER BY 2 DESC, 1",
    )
    if not rules:
        return "a header and no row"
    return "no row that can be read: " + "; ".join(
        f"{count} are {rule} (first {key}: {value})" for rule, count, key, value in rules
    )
