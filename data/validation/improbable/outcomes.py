"""Improbable outcomes: nobody kept a line, nobody returned one, or all returns came late."""

from collections.abc import Iterator

from data.validation.improbable.finding import ENOUGH_LINES, Improbable
from data.validation.report import OutcomeReport


def search(outcomes: OutcomeReport, returns: int) -> Iterator[Improbable]:
    """Look at the ``outcomes`` of the order lines, which have so many ``returns``."""
    if outcomes.lines < ENOUGH_LINES:
        return
    if outcomes.returned and not outcomes.kept:
        yield Improbable(
            "nobody_kept",
            f"all {outcomes.returned:,} lines with a known outcome came back, and none was kept",
            None,
            "The file may hold only the orders that came back, or the mapping reads each row as a return",
            "deliver all orders, and check returns in the mapping: which cells mean that a line was kept",
            grave=True,
        )
    if outcomes.kept and not outcomes.returned:
        yield Improbable(
            "nobody_returned",
            f"none of {outcomes.kept:,} lines with a known outcome came back",
            None,
            "Nothing can be learned of lines that were all kept",
            "check returns in the mapping, and outcome.return_window_days",
        )
    if returns and outcomes.late_returns >= returns:
        yield Improbable(
            "all_returns_late",
            f"all {returns:,} returns came after the return window of their line",
            None,
            "Late returns count as kept lines; the window may be too short, or the date one of the refund",
            "set outcome.return_window_days to the shop's own window, or map the date of the return",
        )
