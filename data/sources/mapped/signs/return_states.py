"""Returns that never took place: a column of their rows says that they were rejected, cancelled or only requested."""

import re

from data.errors import UserError
from data.sources.mapped import order_lines
from data.sources.mapped.returns.placed_returns import TABLE
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.overlooked import CANCELLED
from data.sources.mapped.signs.values import condition, described, values
from data.sources.mapped.signs.watched import Watched

NOT_BACK = re.compile(
    rf"{CANCELLED}|declin|denied|pending|await|expect|abgelehnt|beantragt|angemeldet|erwartet|ausstehend|"
    r"en attente|demandé|pendiente|solicitad|in attesa|richiest|oczekuj|zgłoszon|待处理|申请|申請中|"
    r"^\W*(return[ _-]?)?(new|neu|requested|initiated|announced)\W*$",
    re.IGNORECASE,
)
"""Values that say that nothing came back, or not yet."""


def refuse(work: Work, columns: list[Watched]) -> None:
    """Refuse returns of which the watched ``columns`` say that nothing came back.

    Raises
    ------
    UserError
        The message names the column, its values, and what to write.
    """
    stays = f"SELECT _row FROM {TABLE}"
    if work.mapping.has_returns_beside_lines:
        stays += f" WHERE _row NOT IN (SELECT _row FROM {order_lines.UNKNOWN_RULES})"
    for column in columns:
        whole = values(work, column, stays)
        found = [item for item in whole if NOT_BACK.search(item[0])]
        if found:
            left_out = _left_out(work, column, condition(found, whole))
            raise UserError(
                expected=f"a mapping that reads the column {column.name!r}: a return that was rejected, cancelled or "
                "only requested is none",
                found=described(found, "returns"),
                fix=f"{left_out}; or, where these pieces came back, {column.ignored_by}",
            )


def _left_out(work: Work, column: Watched, test: str) -> str:
    if work.mapping.has_returns_beside_lines:
        return (
            "leave these lines out: order_lines.unknown_outcome: "
            f"{{return not settled: {{column: {column.name}, {test}}}}}, or mark them as kept in the flag"
        )
    return f"leave them out: returns.leave_out: {{not come back: {{column: {column.name}, {test}}}}}"
