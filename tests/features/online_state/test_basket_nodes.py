from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from features.language.algebra import band
from features.language.nodes import BasketCounter, Derived, LineColumn, Over
from features.online_state.basket_nodes import BasketNodes, Row

LABELS, PRICES = st.sampled_from(["a", "b", "", 1, None]), st.sampled_from([1, 2, 41.5, None])
LINES = st.fixed_dictionaries({"product": LABELS, "size": LABELS, "price": PRICES})
PRICE = LineColumn("price")
SUM = BasketCounter("sum", ("product",), "price")
NODES = (
    BasketCounter("all"),
    BasketCounter("same", ("product", "size")),
    SUM,
    BasketCounter("dearer", ("product",), "price", Over.ABOVE),
    Derived("band", (SUM,), lambda value: band(value, (2, 3))),
    Derived("floor", (PRICE,), lambda value: value // 1),
)


def expected(rows: list[Row], own: Row) -> Row:
    """The nodes as `features.language.nodes` describes them."""

    def alike(*names: str) -> list[Row]:
        return [row for row in rows if all(row[name] == own[name] for name in names)]

    same = None if None in (own["product"], own["size"]) else len(alike("product", "size"))
    price: Any = own["price"]
    prices: list[Any] = [row["price"] for row in alike("product") if row["price"] is not None]
    known = own["product"] is not None
    total = sum(prices) if known and prices else None
    return {
        "all": len(rows),
        "same": same,
        "sum": total,
        "dearer": sum(each > price for each in prices) if known and price is not None else None,
        "band": 0 if total is None else band(total, (2, 3)),
        "floor": None if price is None else int(price // 1),
    }


@given(st.lists(LINES, min_size=1, max_size=6))
def test_each_line_has_what_the_nodes_say_of_it_and_of_the_lines_beside_it(lines: list[Row]) -> None:
    rows = [dict(line) for line in lines]

    BasketNodes(NODES).set(rows)

    assert rows == [{**line, **expected(lines, line)} for line in lines]
    assert {type(row["same"]) for row in rows} <= {int, type(None)}


@given(st.lists(LINES, min_size=1, max_size=6), st.data())
def test_the_wanted_lines_alone_are_set_among_all(lines: list[Row], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    rows = [dict(line) for line in lines]

    BasketNodes(NODES).set(rows, [place])

    assert rows == [{**line, **(expected(lines, line) if line is lines[place] else {})} for line in lines]
