"""Copies of rows without an id of their own or of an order: rows of several files that are equal in all columns."""

from data import sql
from data.errors import UserError
from data.sources.mapped.copies.comparing import cells
from data.sources.mapped.copies.leaving import drop
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import Work, rows_of


def drop_copies(work: Work, name: str, rule: CopiesRule | None) -> None:
    """Keep one of the rows of several files that are equal in all columns; equal rows of one file stay.

    Raises
    ------
    UserError
        Files share rows, and the mapping does not say that they overlap.
    """
    equal = ", ".join(sql.name(column) for column in cells(work, name, rule))
    place = f"row_number() OVER (PARTITION BY _file, {equal} ORDER BY _row)"
    numbered = f"SELECT _row, {equal}, {place} AS _nth FROM {rows_of(name)}"
    further = f"SELECT _row FROM ({numbered}) QUALIFY row_number() OVER (PARTITION BY {equal}, _nth ORDER BY _row) > 1"
    count = sql.number(work.connection, f"SELECT count(*) FROM ({further})")
    if rule is None and count:
        raise UserError(
            expected=f"files of {name} without common rows, because its rows have no id of their own",
            found=f"{count} rows that stand in several files",
            fix=f"set copies: identical under files.{name} of the mapping, if the files overlap",
        )
    drop(work, name, further, "identical_copies")


def drop_equal(work: Work, name: str, rule: CopiesRule | None) -> None:
    """Keep one of the rows that are equal in all columns, in one file or in several: they state one fact."""
    equal = ", ".join(sql.name(column) for column in cells(work, name, rule))
    further = f"SELECT _row FROM {rows_of(name)} QUALIFY row_number() OVER (PARTITION BY {equal} ORDER BY _row) > 1"
    drop(work, name, further, "identical_copies")
