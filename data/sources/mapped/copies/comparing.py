"""Which of several copies is best: by a time or number in them, or by their filled cells."""

from data import sql
from data.errors import UserError
from data.sources.mapped.cleaning import clean
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import Work, most_frequent
from data.sources.mapped.times import one_of

WAYS = "{newest_by: COLUMN} (the copy with the largest value in it), or fullest (the copy with the most filled cells)"


def cells(work: Work, name: str, rule: CopiesRule | None) -> list[str]:
    """Name the columns of the input ``name`` that copies are compared in."""
    apart = {"_row", "_file", rule.newest_by if rule else None}
    return [column for column in sql.columns(work.connection, f"rows_{name}") if column not in apart]


def comparable(rule: CopiesRule) -> str:
    """SQL: the cell of ``newest_by`` as a text that sorts as its time or number does; null where it is neither."""
    cell = clean(sql.name(str(rule.newest_by)))
    number = f"printf('%040.10f', TRY_CAST({cell} AS DOUBLE))"
    times = [f"try_strptime({cell}, {sql.text(layout)})" for layout in rule.format]
    time = one_of(times or [f"TRY_CAST({cell} AS TIMESTAMP)"])
    return f"coalesce(strftime({time}, '%Y%m%d%H%M%S%f'), {number})"


def refuse_incomparable(work: Work, name: str, rule: CopiesRule, rows: str) -> None:
    """Refuse copies whose order can't be told: compared as texts, the older one would count."""
    cell = clean(sql.name(str(rule.newest_by)))
    found_in = f"SELECT {cell} AS cell FROM {rows} WHERE {cell} <> '' AND {comparable(rule)} IS NULL"
    if found := most_frequent(work, found_in, 3):
        raise UserError(
            expected=f"numbers or times in the column {rule.newest_by!r}, which tells the newest copy in {name}",
            found=found,
            fix=f"set copies under files.{name} of the mapping: {{newest_by: {rule.newest_by}, format: …}}, "
            'with codes of strftime, such as "%d.%m.%Y"',
        )


def equally(rule: CopiesRule) -> str:
    """Name the tie of two copies, for the report's decisions."""
    return "equally_full" if rule.newest_by is None else f"equally_new by {rule.newest_by}"
