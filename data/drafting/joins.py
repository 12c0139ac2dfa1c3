"""Sheets that others join: orders with what their lines lack, and heads of returns with the dates of their rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml.comments import CommentedMap

from data.drafting.draft import inline
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles
from data.drafting.sheet import within

SAME = 0.9
"""Least share of keys that a joined sheet has."""

OF_ORDERS = {"ordered_at", "customer_id", "email", "phone", "payment_method", "region", "status"}
"""Roles for which order lines join their orders."""


@dataclass(frozen=True)
class Join:
    """A sheet with one row for each value of ``own``, a column of the sheet that joins it, in its column ``key``."""

    roles: Roles
    own: str
    key: str

    def rule(self) -> CommentedMap:
        """The key ``join`` of the sheet that joins it."""
        by = self.own if self.own == self.key else inline(from_=self.own, to=self.key)
        return inline(**{self.roles.sheet.name: by})


def of_orders(lines: Roles, others: list[Roles]) -> Join | None:
    """Find the sheet with one row for each order of the lines, and with columns that these lack."""
    own = lines.get("order_id")
    lacks = OF_ORDERS - lines.columns.keys()
    for other in others if own else ():
        if other.kind == "orders" and lacks & other.columns.keys():
            found = (key for key in _keys(other) if within(lines.sheet, str(own), other.sheet, key) >= SAME)
            if (key := next(found, None)) is not None:
                return Join(other, str(own), key)
    return None


def of_dates(returns: Roles, others: list[Roles]) -> Join | None:
    """Find the heads of ``returns``, rows without a date: a sheet with one, which a column of theirs names."""
    if {"returned_at", "requested_at"} & returns.columns.keys():
        return None
    taken = {returns.get(role) for role in ("line_id", "order_id", "product_id")}
    free = [column for column in returns.sheet.columns if column not in taken]
    for other in others:
        if other.kind != "returns" or "returned_at" not in other.columns:
            continue
        found = (
            Join(other, own, key)
            for own in sorted(free, key=lambda name: (not _names_head(name), free.index(name)))
            for key in _keys(other)
            if within(returns.sheet, own, other.sheet, key) >= SAME and (_names_head(own) or own == key)
        )
        if (join := next(found, None)) is not None:
            return join
    return None


def _keys(other: Roles) -> Iterator[str]:
    """Name the columns with a value of its own in each row, that of the order's number first."""
    order = other.get("order_id")
    columns = [*([order] if order else []), *(name for name in other.sheet.columns if name != order)]
    yield from (name for name in columns if other.sheet.is_unique(name))


def _names_head(column: str) -> bool:
    """Whether a column names the head of its row: ``parent_id``, ``creditmemo_id``, ``Return No``."""
    words = plain(column).split()
    return any(word in words for word in ("parent", "head", "creditmemo", "memo", "return", "rma", "refund"))
