from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.attributes import Attribute, Kind
from training.evaluation.slices import PriceBands, slices

LINE = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b", None]),
        "customer_lines": st.sampled_from([0.0, 1.0, 7.0, np.nan]),
        "product_lines": st.integers(0, 3),
        "basket_lines": st.integers(1, 20),
        "price_minor": st.integers(0, 3000),
        "ordered_at": st.sampled_from([pd.Timestamp("2012-12-31 23:59"), pd.Timestamp("2013-01-01")]),
        "category": st.sampled_from(["dresses", "shoes", "bags", "hats", None]),
    }
)


@given(st.lists(LINE, min_size=1, max_size=40), st.integers(1, 6), st.integers(1, 5))
def test_each_kind_of_slice_holds_every_line_once(
    rows: list[dict[str, Any]], price_bands: int, max_categories: int
) -> None:
    lines = pd.DataFrame(rows)
    times: dict[str, Any] = defaultdict(lambda: np.zeros(len(lines), dtype=int))
    for piece in slices(lines, prices=PriceBands(price_bands, "EUR"), max_categories=max_categories):
        assert piece.mask.any()
        times[piece.kind] += piece.mask
    assert set(times) == {"customer", "product", "category", "price_band", "basket_size", "month"}
    assert all((held == 1).all() for held in times.values())


def named(lines: pd.DataFrame, kind: str, **options: Any) -> dict[str, list[int]]:
    pieces = slices(lines, prices=PriceBands(2, "EUR"), **{"max_categories": 2, **options})
    return {piece.name: lines.index[piece.mask].tolist() for piece in pieces if piece.kind == kind}


@pytest.fixture
def lines() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["a", "a", None, "b"],
            "customer_lines": [0.0, 2.0, np.nan, 0.0],
            "product_lines": [0, 1, 5, 0],
            "basket_lines": [1, 3, 6, 7],
            "price_minor": [100, 300, 200, 900],
            "ordered_at": pd.to_datetime(
                ["2013-01-31 23:59:59", "2013-02-01 00:00:00", "2013-02-02 00:00:00", "2013-02-03 00:00:00"]
            ),
            "category": ["shoes", "bags", None, "shoes"],
        }
    )


def test_a_guest_is_neither_a_new_nor_a_known_customer(lines: pd.DataFrame) -> None:
    assert named(lines, "customer") == {"known": [1], "new": [0, 3], "guest": [2]}


def test_a_product_is_new_until_it_was_ordered(lines: pd.DataFrame) -> None:
    assert named(lines, "product") == {"known": [1, 2], "new": [0, 3]}


def test_baskets_are_sliced_by_their_number_of_lines(lines: pd.DataFrame) -> None:
    assert named(lines, "basket_size") == {"1": [0], "2-3": [1], "4-6": [2], "7+": [3]}


def test_price_bands_are_quantiles_of_these_lines(lines: pd.DataFrame) -> None:
    assert named(lines, "price_band") == {"q1": [0, 2], "q2": [1, 3]}


@pytest.mark.parametrize(
    ("currency", "meanings"),
    [
        ("JPY", ["100 to 200 a piece", "300 to 900 a piece"]),
        ("EUR", ["1.00 to 2.00 a piece", "3.00 to 9.00 a piece"]),
        ("KWD", ["0.100 to 0.200 a piece", "0.300 to 0.900 a piece"]),
    ],
)
def test_price_bands_are_told_in_the_digits_of_their_currency(
    lines: pd.DataFrame, currency: str, meanings: list[str]
) -> None:
    pieces = slices(lines, prices=PriceBands(2, currency), max_categories=2)
    assert [piece.meaning for piece in pieces if piece.kind == "price_band"] == meanings


def test_without_price_bands_no_price_is_needed(lines: pd.DataFrame) -> None:
    kinds = {piece.kind for piece in slices(lines.drop(columns="price_minor"), prices=None, max_categories=2)}
    assert kinds == {"customer", "product", "category", "basket_size", "month"}


def test_months_end_at_midnight(lines: pd.DataFrame) -> None:
    assert named(lines, "month") == {"2013-01": [0], "2013-02": [1, 2, 3]}


def test_small_categories_share_a_slice_and_missing_ones_are_named(lines: pd.DataFrame) -> None:
    assert named(lines, "category", max_categories=1) == {"shoes": [0, 3], "(other)": [1, 2]}
    assert named(lines, "category", max_categories=3) == {"shoes": [0, 3], "(missing)": [2], "bags": [1]}


def test_a_source_without_categories_has_no_such_slices(lines: pd.DataFrame) -> None:
    assert named(lines.drop(columns="category"), "category") == {}


def personal(kind: Kind) -> Attribute:
    return Attribute("own", "customers", kind, personal=True)


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.NUMBER, [150.0, 190.5, np.nan, 170.0], {"(missing)": [2], "q1": [0, 3], "q2": [1]}),
        (Kind.FLAG, [1.0, 0.0, np.nan, 1.0], {"yes": [0, 3], "(missing)": [2], "no": [1]}),
        (Kind.CATEGORY, ["a", "b", None, "a"], {"a": [0, 3], "(missing)": [2], "b": [1]}),
    ],
)
def test_a_personal_attribute_is_audited_by_label_or_band(
    lines: pd.DataFrame, kind: Kind, values: list[Any], expected: dict[str, list[int]]
) -> None:
    declared = lines.assign(attribute_own=values)

    pieces = list(slices(declared, prices=None, max_categories=3, personal=[personal(kind)], bands=2))

    own = {piece.name: lines.index[piece.mask].tolist() for piece in pieces if piece.kind == "attribute_own"}
    meanings = {piece.name: piece.meaning for piece in pieces if piece.kind == "attribute_own"}
    assert own == expected
    assert meanings["(missing)"] == "no own is recorded"
    assert kind is not Kind.NUMBER or meanings["q1"] == "150 to 170"


def test_without_personal_attributes_there_are_no_slices_of_them(lines: pd.DataFrame) -> None:
    kinds = {piece.kind for piece in slices(lines.assign(attribute_own=1.0), prices=None, max_categories=3)}

    assert kinds == {"customer", "product", "category", "basket_size", "month"}
