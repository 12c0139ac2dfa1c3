"""The first return of a line: its reason is the line's. Returns are ordered by time, then by their ids."""

import ibis
import ibis.expr.types as ir


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
