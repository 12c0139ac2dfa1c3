"""Discounts in per cent where amounts are subtracted: 10 would be taken off as ten units of the currency."""

import re

from data import sql
from data.errors import UserError
from data.personal_data.masking import shown
from data.sources.mapped.cells import source
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.names import table_rules
from data.sources.mapped.rows import Work, reading, rows_of
from data.sources.mapped.signs.watched import looked_at

NAMED = re.compile(
    r"%|(?<![^\W_])(per ?cent|percentage|pct|prozent|pourcent(age)?|porcent(aje|agem|uale)?|percentuale|procent|"
    r"rate|taux|satz|tasso|tasa)(?![^\W_])|prozent$|процент|百分|割引率|折扣率",
    re.IGNORECASE,
)
"""Words for a share in the names of columns."""
LEAST_SHARE = 0.01
"""Least share of the cells with a sign of per cent at which the column is refused; fewer cells refuse their rows."""
WAY_OUT = "map a column with the amount of the discount, or with the price after it, or leave minus out"


def refuse(work: Work) -> None:
    """Refuse a column of ``minus`` whose name or cells say that it is in per cent.

    Raises
    ------
    UserError
        The message names the column, a cell, and what to write.
    """
    for table, file, columns in table_rules(work.mapping):
        for name, rule in columns.items():
            for column in rule.minus:
                if column.rpartition(".")[2] not in looked_at(work.mapping, file):
                    _refuse(work, f"{table.name}.columns.{name}.minus", file, column)


def _refuse(work: Work, place: str, file: str, column: str) -> None:
    cells = f"SELECT {source(ColumnRule(column=column), reading(work, file))} AS cell FROM {rows_of(file)}"
    signed, filled, example = sql.rows(
        work.connection, f"SELECT count(*) FILTER (ends_with(cell, '%')), count(cell), max(cell) FILTER "
        f"(ends_with(cell, '%')) FROM ({cells})"
    )[0]  # fmt: skip
    found = signed and signed >= LEAST_SHARE * filled
    if not found and NAMED.search(re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", column)) is None:
        return
    what = f"the column {column!r} by its name"
    if found:
        what = f"the column {column!r} with {signed:,} cells such as {shown(str(example))!r}"
    way_out = "" if found else f"; or, where its cells are amounts, files.{file}.ignore: [{column}]"
    raise UserError(
        expected=f"{place} to hold amounts of money",
        found=f"{what}, which is in per cent",
        fix=f"{WAY_OUT}{way_out}",
    )
