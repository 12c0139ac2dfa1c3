"""Every feature of every line again, line by line in plain Python from the raw facts: slow and simple.

It shares only the feature definitions with the tested code. For each counter it goes through every event of the shop
and counts the events that were known before the line.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data.times import to_us
from features.language.nodes import BasketCounter, Counter, Derived, Feature, LineColumn, LineEvent, Node, Over, Total
from features.language.sizes import read_size
from tests.features.crowded_shop import OUTCOME, Shop

DAY = 86_400_000_000
REASONS = (
    *("SIZE_TOO_SMALL", "SIZE_TOO_LARGE", "DEFECTIVE", "NOT_AS_DESCRIBED", "WRONG_ITEM", "COLOR", "STYLE"),
    *("UNWANTED", "OTHER", "ARRIVED_LATE", "INCOMPATIBLE"),
)
REASON_COLUMNS = {*(f"reason_{code.lower()}" for code in REASONS), "reason_recorded"}
Row = dict[str, Any]


class Replay:
    """Features of the lines of a shop."""

    def __init__(self, shop: Shop) -> None:
        self.lines = list(_joined(shop))
        self._read: dict[tuple[str, str], Any] = {}

    def value(self, node: Node, line: Row) -> Any:
        """The value of ``node`` for ``line``; None where missing."""
        place = (f"{type(node).__name__} {node.name}", line["line_id"])
        if place not in self._read:
            self._read[place] = self._compute(node, line)
        return self._read[place]

    def _compute(self, node: Node, line: Row) -> Any:
        match node:
            case LineColumn():
                return line[node.name]
            case BasketCounter():
                return self._basket(node, line)
            case Counter():
                return self._counter(node, line)
            case Derived() | Feature():
                parts = [self.value(part, line) for part in node.reads]
                return _present(node.formula(*(math.nan if part is None else part for part in parts)))

    def _basket(self, node: BasketCounter, line: Row) -> Any:
        names = ["order_id", *node.columns]
        same = [other for other in self.lines if all(other[name] == line[name] for name in names)]
        if any(line[name] is None for name in names):
            return None
        if node.over is Over.ABOVE:
            own = line[str(node.value)]
            if own is None:
                return None
            others = [other[str(node.value)] for other in same]
            return sum(value is not None and value > own for value in others)
        if node.value is None:
            return len(same)
        values = [other[node.value] for other in same if other[node.value] is not None]
        return sum(values) if values else None

    def _counter(self, node: Counter, line: Row) -> Any:
        key = [self.value(column, line) for column in node.key.columns]
        if any(part is None for part in key):
            return None
        now = line["asked_at"]
        visible_now = now - now % DAY if node.key.daily else now
        found = []
        for other in self.lines:
            at = _known(other, node.event)
            if at is None or [self.value(column, other) for column in node.key.columns] != key:
                continue
            visible = at - at % DAY if node.key.daily else at
            value = self._summed(node, other)
            if visible < visible_now and (value is not None or node.total in (Total.LATEST, Total.FIRST)):
                found.append((visible, value))
        return _total(node, found, now)

    def _summed(self, node: Counter, line: Row) -> Any:
        if node.derived is not None:
            return self.value(node.derived, line)
        return 1 if node.value is None else line[node.value]


def _total(node: Counter, found: list[tuple[int, Any]], now: int) -> Any:
    match node.total:
        case Total.LATEST:
            return max((at for at, _ in found), default=None)
        case Total.FIRST:
            return min((at for at, _ in found), default=None)
        case Total.MAX:
            return max((value for _, value in found), default=None)
    if node.half_life_days is None:
        return sum(value for _, value in found)
    return sum(value * 2.0 ** (-(now - at) / DAY / node.half_life_days) for at, value in found)


def _known(line: Row, event: LineEvent) -> int | None:
    if event is LineEvent.ORDERED:
        return int(line["ordered_at"])
    if line["returned"] is None or line["returned"] != (event is LineEvent.RETURNED):
        return None
    return int(line["settled_at"])


def _joined(shop: Shop) -> Iterator[Row]:
    products = {row["product_id"]: row for row in _rows(shop.products)}
    customers = {row["customer_id"]: row for row in _rows(shop.customers)}
    returns = {row["line_id"]: row for row in _rows(shop.returns)}
    lines = sorted(_rows(shop.lines), key=lambda row: (row["ordered_at"], row["order_id"], row["line_id"]))
    times = [row[name] for row in lines for name in ("ordered_at", "delivered_at") if row[name] is not None]
    as_of = max(times + [row["returned_at"] for row in returns.values()])
    seen: set[str] = set()
    for line in lines:
        nobody = dict.fromkeys(customers["c0"])
        row = {**customers.get(line["customer_id"], nobody), **products[line["product_id"]], **line}
        size = read_size(line["size"]) if line["size"] is not None else None
        back = returns.get(line["line_id"])
        row |= _outcome(line, back, as_of) | _reason(back)
        row |= {
            "size_system": size.system if size else None,
            "size_value": size.value if size else None,
            "value_minor": line["price_minor"] * line["quantity"],
            "asked_at": line["ordered_at"],
            "first_in_order": int(line["order_id"] not in seen),
        }
        seen.add(line["order_id"])
        yield {name: _number(value) for name, value in row.items()}


def _outcome(line: Row, back: Row | None, as_of: datetime) -> Row:
    window = timedelta(days=OUTCOME.return_window_days)
    deadline = line["ordered_at"] + timedelta(days=OUTCOME.delivery_allowance_days) + window
    delivered = line["delivered_at"]
    closes = delivered + window if delivered is not None and delivered <= deadline else deadline
    if not line["outcome_recorded"]:
        return {"returned": None, "settled_at": None}
    if back is not None and back["returned_at"] <= closes:
        return {"returned": True, "settled_at": back["returned_at"]}
    if closes <= as_of:
        return {"returned": False, "settled_at": closes}
    return {"returned": None, "settled_at": None}


def _reason(back: Row | None) -> Row:
    """Flags of a return; nothing reads the flags of a line that did not come back."""
    reason = None if back is None else back["reason"]
    own = {f"reason_{code.lower()}": int(reason == code) for code in REASONS}
    flags = {**own, "reason_recorded": int(reason not in (None, "UNKNOWN"))}
    return dict.fromkeys(flags) if back is None else flags


def _rows(frame: pd.DataFrame) -> list[Row]:
    present = frame.astype(object).where(frame.notna(), None)
    rows = present.to_dict("records")
    return [{str(k): v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for k, v in row.items()} for row in rows]


def _number(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_us(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _present(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
