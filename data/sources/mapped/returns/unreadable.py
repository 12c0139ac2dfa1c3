"""Returns that name no line, because a key is empty or a cell can't be read, and the lines that they may be of."""

from data import sql
from data.schema import ORDER_LINES
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.returns import pairs, unplaced
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

PERSON_OR_ORDER = ("order_id", "customer_id")
"""Keys that leave few lines when another key is empty; a product alone would put all of its lines in doubt."""


def refuse(work: Work, rule: MatchRule) -> None:
    """Refuse returns with an empty key, and put in doubt the lines that they, and unreadable returns, may be of.

    A line may be meant when it is equal in the filled keys and ordered before. An empty key stands for lines that have
    none either (guests); or for any line, where each line has one.
    """
    for name in rule.by:
        empty = f"FROM {READ} WHERE {sql.name(name)} IS NULL AND NOT _broken"
        rows = f"SELECT _row, 'empty_key' AS rule, NULL AS found {empty}"
        unplaced.reject(work, rows, name)
        sql.run(work.connection, f"UPDATE {READ} SET _broken = TRUE WHERE {sql.name(name)} IS NULL")
    empties = ", ".join(f"{sql.name(name)} IS NULL" for name in rule.by)
    for is_empty in sql.rows(work.connection, f"SELECT DISTINCT {empties} FROM {READ} WHERE _broken"):
        _doubt(work, rule, {name for name, lacks in zip(rule.by, is_empty, strict=True) if lacks})


def _doubt(work: Work, rule: MatchRule, empty: set[str]) -> None:
    """Put the lines in doubt that may be meant by unreadable returns with exactly the keys ``empty``."""
    filled = tuple(name for name in rule.by if name not in empty)
    lost = [name for name in empty if not ORDER_LINES.column(name).nullable]
    if not filled or (lost and not set(filled) & set(PERSON_OR_ORDER)):
        return
    returns = " AND ".join(f"({sql.name(name)} IS NULL) = {name in empty}" for name in rule.by)
    without = [f"line.{sql.name(name)} IS NULL" for name in sorted(empty) if name not in lost]
    # A return that names its order is of that order, even where its date can't be.
    in_time = "TRUE" if "order_id" in filled else f"coalesce({pairs.fits_in_time(work, rule)}, TRUE)"
    fits = " AND ".join((pairs.equal(work, filled), in_time, *without))
    unplaced.doubt(
        work,
        f"SELECT line.line_id FROM {order_lines.TABLE} AS line "
        f"SEMI JOIN (FROM {READ} WHERE _broken AND {returns}) AS returned ON {fits}",
    )
