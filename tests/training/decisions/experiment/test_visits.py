from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.decisions.experiment.written_shop import START, contact, decision
from training.decisions.experiment.log import read_rows
from training.decisions.experiment.visits import HOUR_US, Placed, contacts_of, countable, orders_of, visits_of

HOURS = 24.0


def decided(*rows: dict[str, Any]) -> pd.DataFrame:
    numbered = [decision(**{"decision_id": f"d{place}", **row}) for place, row in enumerate(rows)]
    return visits_of(read_rows(numbered).decisions, HOURS)


def hours(number: float) -> int:
    return START + round(number * HOUR_US)


def placed(orders: list[dict[str, Any]], guests: list[tuple[str, str | None, str | None]] = []) -> Placed:  # noqa: B006
    known = {"customer": "c", "product_id": "p", "quantity": 1, "value_minor": 10.0, "cancelled_at": np.nan}
    lines = pd.DataFrame([{**known, "line_id": f"l{place}", **order} for place, order in enumerate(orders)])
    returns = pd.DataFrame(columns=["line_id", "returned_at", "pieces", "first"])
    keys = pd.DataFrame(guests, columns=["request_id", "basket_id", "order_id"], dtype=object)
    return Placed(lines, returns, keys, hours(1000))


def test_decisions_are_one_visit_until_the_unit_pauses() -> None:
    found = decided(
        *({"decided_at": hours(at), "unit": unit} for at, unit in ((0, "a"), (20, "a"), (40, "a"), (65, "a"), (1, "b")))
    )
    assert found[["unit", "visit", "began_at", "ended_at"]].to_numpy().tolist() == [
        *([["a", 0, hours(0), hours(40)]] * 3),
        ["b", 1, hours(1), hours(1)],
        ["a", 2, hours(65), hours(65)],
    ]


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200)), min_size=1, max_size=30))
def test_every_decision_has_one_visit_of_its_own_unit(given_rows: list[tuple[str, int]]) -> None:
    found = decided(*({"decided_at": hours(at), "unit": unit} for unit, at in given_rows))

    assert sorted(found["visit"].unique()) == list(range(found["visit"].nunique()))
    assert len(found[["visit", "unit"]].drop_duplicates()) == found["visit"].nunique()
    assert found.drop_duplicates("visit")["began_at"].is_monotonic_increasing
    for _, visits in found.drop_duplicates("visit").groupby("unit"):
        assert (visits["began_at"].to_numpy()[1:] - visits["ended_at"].to_numpy()[:-1] > HOURS * HOUR_US).all()


def test_a_visit_has_all_orders_of_its_customer_whatever_is_in_them() -> None:
    visits = decided({"decided_at": hours(0)}, {"decided_at": hours(10)}, {"decided_at": hours(100)})
    orders = [
        {"order_id": "seconds before", "ordered_at": hours(0) - 60_000_000},
        {"order_id": "soon", "ordered_at": hours(1)},
        {"order_id": "later", "ordered_at": hours(33)},
        {"order_id": "too late", "ordered_at": hours(35)},
        {"order_id": "too early", "ordered_at": hours(-1)},
        {"order_id": "second visit", "ordered_at": hours(101)},
        {"order_id": "another's", "ordered_at": hours(1), "customer": "d", "unit": "d"},
    ]

    found = orders_of(visits, placed(orders), HOURS)

    expected = {"seconds before": 0, "soon": 0, "later": 0, "second visit": 1}
    assert dict(zip(found["order_id"], found["visit"], strict=True)) == expected


def test_a_guest_counts_where_the_lines_have_ids_and_has_the_order_with_them() -> None:
    guest = {"customer": None}
    visits = decided(
        {**guest, "unit": "x", "request_id": "ordered"},
        {**guest, "unit": "y", "request_id": "left", "basket_id": "b"},
        {**guest, "unit": "z", "request_id": "no ids"},
        {"unit": "c", "request_id": "customer"},
    )
    known = placed(
        [{"order_id": "o", "ordered_at": hours(1), "customer": None}],
        [("ordered", None, "o"), ("left", "b", None)],
    )

    assert visits.loc[countable(visits, known), "request_id"].tolist() == ["ordered", "left", "customer"]
    found = orders_of(visits, known, HOURS)
    assert found["order_id"].tolist() == ["o"]
    assert visits.loc[visits["visit"] == found["visit"].iloc[0], "unit"].tolist() == ["x"]


def test_a_contact_belongs_to_the_visit_of_its_order_or_to_the_latest_one_before_it() -> None:
    visits = decided(
        {"decided_at": hours(0)}, {"decided_at": hours(100)}, {"decided_at": hours(5), "customer": "d", "unit": "d"}
    )
    shop = placed([{"order_id": "o1", "ordered_at": hours(1)}, {"order_id": "old", "ordered_at": hours(-90)}])
    rows = [
        contact("order", hours(200), "c", "o1"), contact("later", hours(90), "c"), contact("now", hours(101), "c"),
        contact("other", hours(6), "d"), contact("before", hours(-1), "c"), contact("nobody", hours(9), "x"),
        contact("elsewhere", hours(9), "c", "old"),
    ]  # fmt: skip
    found = contacts_of(visits, read_rows(rows).contacts, orders_of(visits, shop, HOURS))
    of = dict(zip(visits["visit"], visits["began_at"], strict=True))
    assert sorted((of[visit], at) for visit, at in found.itertuples(index=False)) == [
        (hours(0), hours(90)), (hours(0), hours(200)), (hours(5), hours(6)), (hours(100), hours(101)),
    ]  # fmt: skip
