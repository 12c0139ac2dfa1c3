"""Lines of which a state of the order says that they came back, and that no return undoes: they would count as kept.

Money goes back for other reasons, too, so that such a line is not returned by its state alone: its outcome is unknown,
unless the mapping says otherwise. A state of a part of an order is counted alone, as its other lines may be kept.
"""

import re

from data import sql
from data.errors import UserError
from data.personal_data.masking import shown
from data.sources.mapped import order_lines
from data.sources.mapped.returns.placed_returns import TABLE
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.return_states import NOT_BACK
from data.sources.mapped.signs.values import condition, described, values
from data.sources.mapped.signs.watched import Watched

BACK = re.compile(
    r"refund|return|retour|rembours|zurück|rückgabe|erstatt|devuel|devol|reembols|rimbors|(?<![^\W_])res[oi](?![^\W_])"
    r"|zwr[oó]|terug|возвра|iade|退|返品|返金|반품|환불",
    re.IGNORECASE,
)
NONE_BACK = re.compile(
    r"(?<![^\W_])(not?|non|never|without|keine?|nicht|sans|sin|senza|geen|niet|nie|bez|не)(?![^\W_])|returnable|window|eligib"
    r"|until|possible|allowed|polic|to be|chargeback|没有|未|无",
    re.IGNORECASE,
)
"""Values that speak of returns, and of none that took place."""

PART = re.compile(r"part|teil|parc|parz|częśc|gedeel|част|部分|一部", re.IGNORECASE)


def refuse(work: Work, columns: list[Watched]) -> None:
    """Refuse kept lines of which the watched ``columns`` say that they came back; count those of which a part did.

    Raises
    ------
    UserError
        The message names the column, its values, and what to write.
    """
    kept = _kept(work)
    for column in columns:
        filled = values(work, column, kept)
        found = [item for item in filled if _is_back(item[0])]
        for value, count in found:
            work.decide("order_lines.outcome_recorded", f"kept though {column.name} is {shown(value)}", count)
        whole = [(value, count) for value, count in found if not PART.search(value)]
        if whole:
            raise UserError(
                expected=f"a return of each line of which the column {column.name!r} says that it came back, or a "
                "mapping that reads the column",
                found=f"{described(whole, 'lines')} without a return, which would count as kept",
                fix="give them an unknown outcome: order_lines.unknown_without_return: "
                f"{{no return of it: {{column: {column.name}, {condition(whole, filled)}}}}}; "
                f"or, where such lines were kept, {column.ignored_by}",
            )


def _is_back(value: str) -> bool:
    return bool(BACK.search(value)) and not NOT_BACK.search(value) and not NONE_BACK.search(value)


def _kept(work: Work) -> str:
    """SQL: the lines that would count as kept; a cancelled one is neither kept nor returned."""
    cancelled = "cancelled_at" in sql.columns(work.connection, order_lines.TABLE)
    stands = " AND cancelled_at IS NULL" if cancelled else ""
    kept = f"SELECT _row FROM {order_lines.TABLE} ANTI JOIN {TABLE} USING (line_id)"
    return f"{kept} WHERE {order_lines.recorded(work)}{stands}"
