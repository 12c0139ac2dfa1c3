"""Source events: the snapshot that an export of the online state wrote, as the canonical tables.

Two things differ from the snapshot. A close that lies ahead of the export, as the shop gives it for a line, is no time
that the tables know of: such a line has no outcome yet. And rows keep their order and bytes on every run.
"""

from pathlib import Path
from typing import Any

import duckdb

from data import attributes, facts, sql, tables
from data.attributes import extended
from data.schema import ORDER_LINES, REJECTS, TABLES
from data.sources import snapshot
from data.sources.report import SourceReport
from data.sources.snapshot import Snapshot
from data.times import table_time


def write(folder: Path, raw: Path) -> SourceReport:
    """Write the tables of the snapshot in ``folder`` into ``raw``; no row is refused.

    Raises
    ------
    UserError
        There is no snapshot, or one of its files is missing.
    """
    description = snapshot.read(folder)
    declared = attributes.read(folder)
    attributes.write(declared, raw)
    written = [extended(table, declared) for table in (*TABLES.values(), *facts.changes_in(folder))]
    open_lines = 0
    for table in written:
        tables.columns(table, folder)  # names a missing file
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(tables.path(table, folder)))
            if table.name == ORDER_LINES.name:
                open_lines, rows = _without_closes_ahead(rows, description)
            tables.write(table, rows, raw)
    tables.write(REJECTS, REJECTS.arrow().empty_table(), raw)
    files = tuple(tables.path(table, folder) for table in written)
    decisions = {"order_lines.closes_at": {"ahead": float(open_lines)}} if open_lines else {}
    return SourceReport(files, decisions, reading=description.reading)


def id_key(folder: Path) -> dict[str, Any] | None:
    """The fingerprint of the key that hashed the customer ids, as source.json has it."""
    return snapshot.read(folder).id_key


def _without_closes_ahead(rows: duckdb.DuckDBPyRelation, description: Snapshot) -> tuple[int, duckdb.DuckDBPyRelation]:
    """Take closes after the export out, with the outcome of their lines; give the number of these lines."""
    if "closes_at" not in rows.columns or description.known_until is None:
        return 0, rows
    ahead = f"coalesce(closes_at > TIMESTAMP {sql.text(str(table_time(description.known_until)))}, false)"
    count = rows.filter(ahead).shape[0]
    recorded = "coalesce(outcome_recorded, true)" if "outcome_recorded" in rows.columns else "true"
    others = [sql.name(name) for name in rows.columns if name not in ("closes_at", "outcome_recorded")]
    cut = f"CASE WHEN {ahead} THEN NULL ELSE closes_at END AS closes_at"
    known = f"{recorded} AND NOT {ahead} AS outcome_recorded"
    return count, rows if not count else rows.project(", ".join([*others, cut, known]))
