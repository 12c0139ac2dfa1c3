"""Every feature of every line again, line by line in plain Python from the raw facts: slow and simple.

It shares only the feature definitions with the tested code. For each counter it goes through every event of the shop
and counts the events that were known before the line.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd

from data.outcome import OutcomeParams
from data.times import to_us
from features.language.nodes import (
    BasketCounter,
    Counter,
    Derived,
    Feature,
    Key,
    LineColumn,
    LineEvent,
    Node,
    Over,
    Total,
)
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

    def __init__(self, shop: Shop, outcome: OutcomeParams = OUTCOME) -> None:
        self.lines = list(_joined(shop, outcome))
        self._read: dict[tuple[str, str], Any] = {}
        self._entities: dict[str, defaultdict[tuple[Any, ...], list[Row]]] = {}

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
        for other in self._lines_of(node.key, key):
            for at, value in self._happened(node, other):
                visible = at - at % DAY if node.key.daily else at
                if visible < visible_now and (value is not None or node.total in (Total.LATEST, Total.FIRST)):
                    found.append((visible, value))
        return _total(node, found, now)

    def _lines_of(self, key: Key, values: list[Any]) -> list[Row]:
        """The lines of one entity of the key."""
        if key.name not in self._entities:
            entities = self._entities[key.name] = defaultdict(list)
            for line in self.lines:
                entities[tuple(self.value(column, line) for column in key.columns)].append(line)
        return self._entities[key.name][tuple(values)]

    def _happened(self, node: Counter, line: Row) -> Iterator[tuple[int, Any]]:
        """What the counter counts of the line: the time of each event, and its value."""
        value = self._summed(node, line)
        match node.event:
            case LineEvent.ORDERED:
                yield line["ordered_at"], value
                if line["cancelled_at"] is not None and node.total is Total.SUM and value is not None:
                    yield line["cancelled_at"], -line["ends_order"] if node.value == "first_in_order" else -value
            case LineEvent.PIECES_RETURNED:
                yield from ((at, line["price_minor"] * pieces) for at, pieces in line["pieces_back"])
            case LineEvent.PIECES_KEPT:
                yield from ((at, line["price_minor"] * pieces) for at, pieces in line["pieces_kept"])
            case _ if line["returned"] is (node.event is LineEvent.RETURNED):
                yield line["settled_at"], value

    def _summed(self, node: Counter, line: Row) -> Any:
        if node.derived is not None:
            return self.value(node.derived, line)
        return 1 if node.value is None else line.get(node.value)


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


def _joined(shop: Shop, outcome: OutcomeParams) -> Iterator[Row]:
    products = {row["product_id"]: row for row in _rows(shop.products)}
    customers = {row["customer_id"]: row for row in _rows(shop.customers)}
    returns = defaultdict(list)
    for row in sorted(_rows(shop.returns), key=lambda row: (row["returned_at"], row["return_id"])):
        returns[row["line_id"]].append(row)
    lines = sorted(_rows(shop.lines), key=lambda row: (row["ordered_at"], row["order_id"], row["line_id"]))
    named = ("ordered_at", "delivered_at", "cancelled_at")
    times = [row[name] for row in lines for name in named if row.get(name) is not None]
    as_of = max(times + [row["returned_at"] for back in returns.values() for row in back])
    seen: set[str] = set()
    lives = {line["line_id"]: _life(line, returns[line["line_id"]], as_of, outcome) for line in lines}
    orders = defaultdict(list)
    for line in lines:
        orders[line["order_id"]].append((lives[line["line_id"]]["cancelled_at"], line["line_id"]))
    for line in lines:
        nobody = dict.fromkeys(customers["c0"])
        who = _known(customers.get(line["customer_id"], nobody), shop.customer_changes, "customer_id", line)
        row = {**who, **_known(products[line["product_id"]], shop.product_changes, "product_id", line), **line}
        size = read_size(line["size"]) if line["size"] is not None else None
        first = next(iter(returns[line["line_id"]]), None)
        row |= _reason(first)
        row |= {
            "size_system": size.system if size else None,
            "size_value": size.value if size else None,
            "value_minor": line["price_minor"] * line["quantity"],
            "asked_at": line["ordered_at"],
            "first_in_order": int(line["order_id"] not in seen),
        }
        seen.add(line["order_id"])
        own, ends = lives[line["line_id"]], orders[line["order_id"]]
        last = None not in {at for at, _ in ends} and max(ends) == (own["cancelled_at"], line["line_id"])
        yield {name: _number(value) for name, value in row.items()} | own | {"ends_order": int(last)}


def _known(facts: Row, changes: pd.DataFrame | None, key: str, line: Row) -> Row:
    """The facts that were known before the line was ordered."""
    known = dict(facts)
    rows = [] if changes is None else _rows(changes)
    for row in sorted(rows, key=lambda row: (row["changed_at"], row["change_id"])):
        if row[key] == line[key] and row["changed_at"] < line["ordered_at"]:
            known |= {name: value for name, value in row.items() if name in known and value is not None}
    return known


def _life(line: Row, returns: list[Row], as_of: datetime, outcome: OutcomeParams) -> Row:
    """What became of a line, with the pieces that came back (each with its time) and were kept; times are numbers."""
    window = timedelta(days=outcome.return_window_days)
    deadline = line["ordered_at"] + timedelta(days=outcome.delivery_allowance_days) + window
    delivered, cancelled = line["delivered_at"], line.get("cancelled_at")
    closes = delivered + window if delivered is not None and delivered <= deadline else deadline
    life: Row = {"returned": None, "settled_at": None, "cancelled_at": None, "pieces_back": [], "pieces_kept": []}
    if cancelled is not None and cancelled <= min([closes, *(row["returned_at"] for row in returns)]):
        return life | {"cancelled_at": to_us(cancelled)}
    if not line["outcome_recorded"]:
        return life
    left = line["quantity"]
    for row in returns:
        pieces = min(left, row["quantity"])
        if row["returned_at"] > closes or not pieces:
            continue
        left -= pieces
        at = to_us(row["returned_at"])
        life["pieces_back"].append((at, pieces))
        share = Fraction(outcome.returned_from_share).limit_denominator(1000)
        if life["returned"] is None and line["quantity"] - left >= share * line["quantity"]:
            life |= {"returned": True, "settled_at": at}
    if closes <= as_of:
        life["pieces_kept"] = [(to_us(closes), left)] if left else []
        if life["returned"] is None:
            life |= {"returned": False, "settled_at": to_us(closes)}
    return life


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
