"""A shop's true lines, and the spellings of their cells: numbers, times, formulas, cells on the first row alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.data.sources.mapped.fuzz.layouts import Row

LOCAL = ZoneInfo("Europe/Berlin")
MORNING = datetime(2024, 2, 1, 8, tzinfo=LOCAL)

TIMES = {
    "%Y-%m-%d %H:%M": None, "%Y-%m-%dT%H:%M:%S%z": None, "%d.%m.%Y %H:%M": "%d.%m.%Y %H:%M",
    "%m/%d/%Y %I:%M %p": "%m/%d/%Y %I:%M %p", "%Y-%m-%d %H:%M %Z": "%Y-%m-%d %H:%M %Z", "%Y%m%d": "%Y%m%d",
}  # fmt: skip
"""How a time is written, and the format that the mapping needs for it."""

WIDE = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}
"""Full-width digits."""


@dataclass(frozen=True)
class Line:
    """One order line; ``minutes``: when it was ordered, from `MORNING` on."""

    line_id: str
    order: int
    customer: str
    minutes: int
    quantity: int
    price: int
    region: str
    returned: bool


@dataclass(frozen=True)
class Spelling:
    """How cells are written."""

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    unit_first: bool = False
    wide: bool = False
    time: str = "%Y-%m-%d %H:%M"
    formulas: bool = False
    first_row_only: bool = False
    parts: int = 1

    def ordered_at(self, line: Line) -> datetime:
        """The true time of the order: its day where the spelling has no time of day."""
        local = MORNING + timedelta(days=line.minutes // 600, minutes=line.minutes % 600)
        return local if "%H" in self.time or "%I" in self.time else local.replace(hour=0, minute=0)

    def price(self, minor: int) -> str:
        """Write an amount."""
        mark = self.thousands.replace("space", "\u00a0").replace("thin", "\u202f")
        whole = f"{minor // 100:,}".replace(",", mark)
        text = f"{whole}{self.decimal}{minor % 100:02}"
        text = text.translate(WIDE) if self.wide else text
        return f"{self.unit} {text}" if self.unit_first and self.unit else text + self.unit

    def columns(self) -> dict[str, Any]:
        """The columns of the mapping that read this spelling."""
        price: dict[str, Any] = {"column": "price", "decimal": self.decimal}
        if self.thousands:
            price["thousands"] = " " if self.thousands in ("space", "thin") else self.thousands
        if self.unit:
            price["unit"] = [self.unit]
        time: dict[str, Any] = {"column": "time"}
        if TIMES[self.time]:
            time["format"] = TIMES[self.time]
        own = {"line_id": "line", "order_id": "order", "customer_id": "customer", "product_id": "product"}
        return {**own, "ordered_at": time, "quantity": "pieces", "price_minor": price, "region": "land"}

    def rows(self, lines: list[Line]) -> list[Row]:
        """Write the header and a row for each of ``lines``."""
        rows: list[Row] = [("line", "order", "customer", "time", "product", "pieces", "price", "land", "back")]
        seen: set[int] = set()
        for line in lines:
            first = line.order not in seen
            seen.add(line.order)
            of_order = (line.customer, self.ordered_at(line).strftime(self.time))
            of_order = of_order if first or not self.first_row_only else ("", "")
            ids = [line.line_id, f"order{line.order}"]
            ids = [f'="{one}"' for one in ids] if self.formulas else ids
            pieces = str(line.quantity).translate(WIDE) if self.wide else str(line.quantity)
            cells = ("p1", pieces, self.price(line.price), line.region, str(int(line.returned)))
            rows.append((*ids, *of_order, *cells))
        return rows

    def utc(self, line: Line) -> datetime:
        """The true time of the order in UTC, without a zone."""
        return self.ordered_at(line).astimezone(UTC).replace(tzinfo=None)


def shops(signs: str) -> st.SearchStrategy[list[Line]]:
    """Draw the lines of a shop; regions are texts of ``signs``."""
    orders = st.tuples(st.sampled_from(["c-1", "c-2", "0012", "9007199254740993"]), st.integers(0, 24_000))
    text = st.text(signs, max_size=6).map(str.strip)
    line = st.tuples(st.integers(0, 5), st.integers(1, 20), st.integers(0, 3_000_000), text, st.booleans())

    def build(orders: list[tuple[str, int]], lines: list[tuple[int, int, int, str, bool]]) -> list[Line]:
        return [
            Line(f"R{number:03}", order, *orders[order], quantity, price, region, returned)
            for number, (order, quantity, price, region, returned) in enumerate(lines)
        ]

    return st.builds(build, st.lists(orders, min_size=6, max_size=6), st.lists(line, min_size=1, max_size=10))


def spellings() -> st.SearchStrategy[Spelling]:
    """Draw a spelling."""
    marks = st.sampled_from(
        [(".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (",", "space"), (",", "thin"), (".", "space")]
    )
    return st.builds(
        lambda marks, **more: Spelling(*marks, **more),
        marks,
        unit=st.sampled_from(["", "", "€", "$", "EUR", "円"]),
        unit_first=st.booleans(),
        wide=st.sampled_from([False, False, True]),
        time=st.sampled_from(list(TIMES)),
        formulas=st.sampled_from([False, False, True]),
        first_row_only=st.booleans(),
        parts=st.sampled_from([1, 1, 2]),
    )
