"""The first return of a line, over tables and one by one. Only this return decides the line's outcome and its reason.

Returns are ordered by time, and returns of the same time by their ids.
"""

import ibis
import ibis.expr.types as ir

from features.online_state.records import Return


def first_returns(returns: ir.Table) -> ir.Table:
    """Pick the first return of each line, with all of its columns.

    Parameters
    ----------
    returns
        The validated table; its times are timestamps or numbers.
    """
    order = [returns["returned_at"], returns["return_id"]]
    numbered = returns.mutate(place=ibis.row_number().over(group_by="line_id", order_by=order))
    return numbered.filter(numbered["place"] == 0).drop("place")


def first_of(known: Return | None, other: Return) -> Return:
    """Pick the earlier of two returns of one line; ``known`` may be None."""
    return other if known is None or (other.at, other.event_id) < (known.at, known.event_id) else known
