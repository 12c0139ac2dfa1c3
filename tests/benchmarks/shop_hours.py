"""What a shop tells within hours, every kind of event: of new orders, and of those that its tables end with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from data import tables
from data.schema import ORDER_LINES, PRODUCTS, RETURNS
from data.times import iso, to_us
from tests.features.corrections import DAY

Body = dict[str, Any]
MINUTE = 60_000_000
HOUR = 60 * MINUTE
WINDOW_DAYS = 20
"""Orders of so many days are still delivered, returned and cancelled."""
KINDS = (
    *("order_placed", "order_changed", "order_cancelled", "line_shipped", "line_delivered", "return_requested"),
    *("line_returned", "return_cancelled", "line_exchanged", "refunded", "product_changed", "customer_changed"),
    *("customers_merged", "customer_erased"),
)


@dataclass
class ShopHours:
    """The ``hours`` from ``start`` (microseconds since 1970) on, in a shop whose tables lie in ``validated``.

    Parameters
    ----------
    orders
        New orders within an hour; for each there are about as many deliveries and half as many returns.
    """

    validated: Path
    start: int
    hours: int
    orders: int
    random: Random
    told: list[tuple[int, Body]] = field(default_factory=list)

    def events(self) -> list[tuple[int, Body]]:
        """Each event with the shop's time at which it is told (microseconds since 1970), in this order."""
        rows = tables.read(ORDER_LINES, self.validated).to_pylist()
        back = set(tables.read(RETURNS, self.validated)["line_id"].to_pylist())
        self._products = tables.read(PRODUCTS, self.validated)["product_id"].to_pylist()
        self._customers = sorted({row["customer_id"] for row in rows if row["customer_id"] is not None})
        open_since = self.start - WINDOW_DAYS * DAY
        open_rows = [
            row
            for row in rows
            if row["line_id"] not in back and open_since < to_us(row["ordered_at"]) < self.start - DAY
        ]
        self.random.shuffle(open_rows)
        for number in range(self.hours * self.orders):
            self._new_order(number)
        for number, row in enumerate(open_rows[: 2 * self.hours * self.orders]):
            self._old_line(number, row)
        self._people_and_products()
        return sorted(self.told, key=lambda pair: (pair[0], pair[1]["event_id"]))

    def _tell(self, at: int, kind: str, event_id: str, **facts: Any) -> None:
        self.told.append((at, {"type": kind, "event_id": event_id, **facts}))

    def _time(self, after: int = 0) -> int:
        """A moment of these hours, in whole seconds, not before ``after``."""
        first = max(after, self.start)
        return first + self.random.randrange(max(1, (self.start + self.hours * HOUR - first) // 1_000_000)) * 1_000_000

    def _content(self, order_id: str, at: int, lines: int) -> Body:
        return {
            "order_id": order_id,
            "customer_id": self.random.choice(self._customers),
            "ordered_at": iso(at),
            "lines": [self._new_line(f"{order_id}-{place}") for place in range(lines)],
        }

    def _new_line(self, line_id: str) -> Body:
        return {
            "line_id": line_id,
            "product_id": self.random.choice(self._products),
            "quantity": self.random.choice([1, 1, 2, 3]),
            "price_minor": self.random.randrange(500, 9000),
            "size": self.random.choice(["s", "m", "l"]),
        }

    def _new_order(self, number: int) -> None:
        random, order_id, at = self.random, f"HOUR{number:05}", self._time()
        content = self._content(order_id, at, random.randrange(1, 4))
        self._tell(at, "order_placed", f"o{number}", **content)
        if random.random() < 0.15:
            changed_at = self._time(at)
            self._tell(changed_at, "order_changed", f"oc{number}", changed_at=iso(changed_at), **self._other(content))
        if random.random() < 0.1:
            cancelled_at = self._time(at)
            some = {} if random.random() < 0.5 else {"line_ids": [content["lines"][0]["line_id"]]}
            self._tell(
                cancelled_at,
                "order_cancelled",
                f"ox{number}",
                order_id=order_id,
                cancelled_at=iso(cancelled_at),
                **some,
            )
        if random.random() < 0.3:
            shipped_at = self._time(at)
            line_id = content["lines"][0]["line_id"]
            self._tell(shipped_at, "line_shipped", f"os{number}", line_id=line_id, shipped_at=iso(shipped_at))

    def _other(self, content: Body) -> Body:
        """The whole order again: with another price, customer, a line more, or one fewer."""
        lines = [dict(line) for line in content["lines"]]
        what = self.random.choice(["price", "customer", "added", "removed"])
        if what == "price":
            lines[0]["price_minor"] //= 2
        elif what == "removed" and len(lines) > 1:
            lines.pop()
        elif what == "added":
            lines.append(self._new_line(f"{content['order_id']}-more"))
        customer = self.random.choice(self._customers) if what == "customer" else content["customer_id"]
        return {**content, "customer_id": customer, "lines": lines}

    def _old_line(self, number: int, row: Body) -> None:
        random, line_id, at = self.random, row["line_id"], self._time()
        delivered = row["delivered_at"] is not None and to_us(row["delivered_at"]) < self.start
        if not delivered:
            self._tell(at, "line_delivered", f"d{number}", line_id=line_id, delivered_at=iso(at))
            if random.random() < 0.1:
                again = self._time(at)
                self._tell(
                    again, "line_delivered", f"d{number}+", line_id=line_id, delivered_at=iso(at - HOUR),
                    recorded_at=iso(again),
                )  # fmt: skip
            return
        if random.random() < 0.3:
            self._tell(at, "return_requested", f"q{number}", line_id=line_id, requested_at=iso(at))
        back = {"line_id": line_id, "return_id": f"R{number}", "returned_at": iso(at), "reason": "COLOR"}
        if random.random() < 0.2:
            goods = {"exchanged_for_product": random.choice(self._products), "exchanged_for_size": "m"}
            self._tell(at, "line_exchanged", f"x{number}", **back, **goods)
        else:
            part = {"quantity": 1} if random.random() < 0.5 else {}
            self._tell(at, "line_returned", f"r{number}", **back, **part)
        if random.random() < 0.3:
            later = self._time(at)
            self._tell(
                later, "refunded", f"f{number}", line_id=line_id, refunded_at=iso(later), refunded_minor=500,
                return_id=f"R{number}",
            )  # fmt: skip
        if random.random() < 0.2:
            later = self._time(at)
            self._tell(
                later, "return_cancelled", f"w{number}", line_id=line_id, cancelled_at=iso(later),
                return_id=f"R{number}",
            )  # fmt: skip

    def _people_and_products(self) -> None:
        random, few = self.random, max(4, self.hours * self.orders // 20)
        for number in range(few):
            at, product, customer = self._time(), random.choice(self._products), random.choice(self._customers)
            self._tell(
                at, "product_changed", f"p{number}", product_id=product, changed_at=iso(at), brand=f"brand {number % 5}"
            )
            self._tell(
                at, "customer_changed", f"c{number}", customer_id=customer, changed_at=iso(at),
                registered_at=iso(self.start - 400 * DAY),
            )  # fmt: skip
        drawn = random.sample(self._customers, 3 * (few // 2))
        for number, (one, into, gone) in enumerate(_threes(drawn)):
            at = self._time()
            self._tell(at, "customers_merged", f"m{number}", customer_id=one, into=into, merged_at=iso(at))
            self._tell(at, "customer_erased", f"g{number}", customer_id=gone, erased_at=iso(at))


def _threes(drawn: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for place in range(0, len(drawn) - 2, 3):
        yield drawn[place], drawn[place + 1], drawn[place + 2]
