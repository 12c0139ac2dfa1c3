"""Customers whose account was merged into another or who were erased: whom their order lines name in the end.

A merged account stands for the last account of its chain. An erased customer is named by no line up to the erasure, and
neither are the accounts that were merged into the erased one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.errors import UserError
from data.schema import CUSTOMERS, TIME

COLUMNS = ("merged_into", "erased_at")


@dataclass(frozen=True)
class Accounts:
    """``table``: ``customer_id``, ``survivor``, and ``erased_until`` (null unless erased), for each such customer."""

    table: ir.Table

    def lines(self, lines: ir.Table) -> ir.Table:
        """The order ``lines`` with the surviving customer, or none where the customer was erased."""
        known = self.table.select(account="customer_id", survivor="survivor", erased_until="erased_until")
        joined = lines.left_join(known, lines["customer_id"] == known["account"])
        gone = ibis.coalesce(joined["ordered_at"] <= joined["erased_until"], False)
        named = ibis.coalesce(joined["survivor"], joined["customer_id"])
        who = ibis.ifelse(gone, ibis.null("string"), named)
        return joined.select(*((who.name(n) if n == "customer_id" else joined[n]) for n in lines.columns))

    def customers(self, customers: ir.Table) -> ir.Table:
        """The ``customers`` that were not erased, each with the last account of its chain as ``merged_into``."""
        standing = customers.anti_join(self.erased, "customer_id").select(*customers.columns)
        if "merged_into" not in standing.columns:
            return standing
        known = self.table.select(account="customer_id", survivor="survivor")
        joined = standing.left_join(known, standing["customer_id"] == known["account"])
        last = joined["survivor"].nullif(joined["customer_id"])
        return joined.select(*((last.name(n) if n == "merged_into" else joined[n]) for n in standing.columns))

    def changes(self, changes: ir.Table) -> ir.Table:
        """The ``changes`` of customers without what was known of an erased customer up to the erasure."""
        known = self.erased.select(account="customer_id", erased_until="erased_until")
        joined = changes.left_join(known, changes["customer_id"] == known["account"])
        standing = joined.filter(joined["erased_until"].isnull() | (joined["changed_at"] > joined["erased_until"]))
        return standing.select(*changes.columns)

    @property
    def erased(self) -> ir.Table:
        """The customers who were erased."""
        return self.table.filter(self.table["erased_until"].notnull())


def find(backend: Backend, customers: ir.Table) -> Accounts | None:
    """Find the merged and erased ``customers``; None where the source knows of neither.

    Raises
    ------
    UserError
        Merged accounts lead in a circle.
    """
    present = [name for name in COLUMNS if name in customers.columns]
    if not present:
        return None
    marked = customers.filter(ibis.or_(*(customers[name].notnull() for name in present)))
    rows = backend.to_pyarrow(marked.select(CUSTOMERS.key, *present)).to_pylist()
    merged = {row[CUSTOMERS.key]: row["merged_into"] for row in rows if row.get("merged_into") is not None}
    erased = {row[CUSTOMERS.key]: row["erased_at"] for row in rows if row.get("erased_at") is not None}
    if not rows:
        return None
    found = _followed(merged, erased)
    columns = {
        "customer_id": pa.array(found, pa.string()),
        "survivor": pa.array([survivor for survivor, _ in found.values()], pa.string()),
        "erased_until": pa.array([until for _, until in found.values()], TIME),
    }
    return Accounts(backend.create_table("accounts", ibis.memtable(pa.table(columns)), temp=True))


def _followed(merged: Mapping[str, str], erased: Mapping[str, datetime]) -> dict[str, tuple[str, datetime | None]]:
    """Follow each account to the last one of its chain, with the latest erasure on the way."""
    found: dict[str, tuple[str, datetime | None]] = {}
    for first in sorted({*merged, *erased}):
        way: list[str] = []
        account = first
        while account in merged and account not in found:
            if account in way:
                raise _circle(way[way.index(account) :])
            way.append(account)
            account = merged[account]
        last, until = found.setdefault(account, (account, erased.get(account)))
        for passed in reversed(way):
            until = max(filter(None, (until, erased.get(passed))), default=None)
            found[passed] = (last, until)
    return found


def _circle(accounts: list[str]) -> UserError:
    return UserError(
        expected="customers.merged_into to lead from each account to one that was not merged",
        found=f"a circle: {' -> '.join([*accounts, accounts[0]])}",
        fix=f"correct merged_into of one of these customers in the source, such as {accounts[0]}",
    )
