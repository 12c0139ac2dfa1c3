"""Returns without an id in rows that are equal: several pieces of one line, or a report that stands twice in a file."""

from data import sql
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

SUSPICIOUS = 0.2
"""Share of the rows from which on so many equal ones are hardly pieces of one line."""


def count(work: Work, file: str) -> None:
    """Count the rows of `READ` that are equal to an earlier one, with a notice where they are many."""
    columns = [sql.name(name) for name in sql.columns(work.connection, READ) if name not in ("_row", "_file")]
    place = f"row_number() OVER (PARTITION BY {', '.join(columns)} ORDER BY _row)"
    further = f"SELECT _row FROM {READ} WHERE NOT _broken QUALIFY {place} > 1"
    work.decide_rows("returns", "equal_rows", file, further)
    whole = sql.number(work.connection, f"SELECT count(*) FROM {READ}")
    found = sql.number(work.connection, f"SELECT count(*) FROM ({further})")
    if found and found >= SUSPICIOUS * whole:
        work.notice(
            f"files.{file}: {found:,} of {whole:,} returns are equal to an earlier row, first at "
            f"{work.places(file, further)[0]}; each counts as a return. Where a report stands twice in the file, "
            "export it once; or map an id of the return to returns.columns.return_id"
        )
