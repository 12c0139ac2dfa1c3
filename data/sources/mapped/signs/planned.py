"""Times that are planned, expected or a limit, by the name of their column: nothing took place at them."""

import re

from data.errors import UserError
from data.schema import ORDER_LINES, RETURNS
from data.sources.mapped.names import table_rules
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.watched import looked_at

PLANNED = re.compile(
    r"expect|estimat|planned|promis|schedul|deadline|eligib|returnable|(?<![^\W_])(due|until|till|before|latest|window|eta|"
    r"limit)(?![^\W_])|(?<![^\W_])by([ _]date)?$|voraussicht|geplant|erwartet|frist|(?<![^\W_])bis(?![^\W_])|spätest|"
    r"pr[ée]vu|estim[ée]|limite|límite|au plus tard|(?<![^\W_])avant(?![^\W_])|previst|(?<![^\W_])hasta(?![^\W_])|"
    r"(?<![^\W_])entro(?![^\W_])|scadenza|stimat|verwacht|uiterlijk|gepland|(?<![^\W_])tot(?![^\W_])|oczekiw|planowan|"
    r"przewidyw|预计|預計|截止|期限|予定|最迟",
    re.IGNORECASE,
)
"""Words in the names of such columns, in several languages."""

HAPPENED = ("returned_at", "cancelled_at", "delivered_at", "shipped_at", "requested_at")
"""Columns of what took place; a planned one among the last three moves windows, and makes no return of a kept line."""


def is_planned(column: str) -> bool:
    """Whether the name of a ``column`` says that its times are planned, expected or a limit."""
    return PLANNED.search(re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", column)) is not None


def refuse(work: Work) -> None:
    """Refuse a planned time as that of a return or a cancellation, and give a notice of one as another time.

    Raises
    ------
    UserError
        The message names the column, and what to write.
    """
    for table, file, columns in table_rules(work.mapping):
        for name in HAPPENED:
            for column in columns[name].sources if name in columns else ():
                if is_planned(column) and column.rpartition(".")[2] not in looked_at(work.mapping, file):
                    _report(work, f"{table.name}.columns.{name}", file, column)


def _report(work: Work, place: str, file: str, column: str) -> None:
    what = f"the column {column!r}, by whose name its times are planned, expected or a limit"
    way_out = f"where things took place at these times, files.{file}.ignore: [{column}]"
    if place in (f"{RETURNS.name}.columns.returned_at", f"{ORDER_LINES.name}.columns.cancelled_at"):
        raise UserError(
            expected=f"{place} to be read from a column of what took place",
            found=what,
            fix="map another column to it, or none: a flag or a file of returns says what came back, too; or, "
            f"{way_out}",
        )
    work.notice(f"{place}: {what}. Map the column of what took place, or leave it out; or, {way_out}")
