"""The list of items: its filters, its order, its pages, and its CSV."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.products import items
from serving.products.fields import FieldsError
from serving.products.filters import SORTS, ItemFilter
from serving.products.report import Report
from serving.products.rows import Item


def ids(report: Report, **chosen: Any) -> list[str]:
    return [item.item_id for item in items.find(report, ItemFilter(**{"size": 100, **chosen})).rows]


def test_money_at_stake_comes_first(report):
    page = items.find(report, ItemFilter())
    money = [item.excess_cost_minor for item in page.rows]

    assert page.total == len(page.rows) == 40
    assert money == sorted(money, key=lambda value: -(value or 0))
    assert {item.period_days for item in page.rows} == {90}


@pytest.mark.parametrize(
    ("chosen", "holds"),
    [
        ({"category": "shoes"}, lambda item: item.category == "shoes"),
        ({"brand": "Elm"}, lambda item: item.brand == "Elm"),
        ({"supplier": "Harbour & Sons"}, lambda item: item.supplier == "Harbour & Sons"),
        ({"reason": "DEFECTIVE"}, lambda item: item.top_reason == "DEFECTIVE"),
        ({"fault": "runs_large"}, lambda item: item.fault == "runs_large"),
        ({"spikes": True}, lambda item: item.spike),
        ({"min_lines": 100}, lambda item: item.lines >= 100),
        ({"q": "JEANS NO"}, lambda item: "Jeans no" in (item.name or "")),
        ({"q": "p-00003"}, lambda item: item.item_id.startswith("P-00003")),
    ],
)
def test_a_filter_finds_all_that_fits_and_nothing_else(report: Report, chosen: Any, holds: Callable[[Item], bool]):
    everything = items.find(report, ItemFilter(size=100)).rows
    fitting = [item.item_id for item in everything if holds(item)]

    assert 0 < len(fitting) < len(everything)
    assert ids(report, **chosen) == fitting


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100%_wool", ["P-000003"]),  # not "100 wool": % and _ stand for themselves
        ("%", ["P-000003"]),
        ("<SCRIPT>", ["P-000002"]),
        ("连衣裙", ["P-000005"]),
        ('"long"', ["P-000007"]),
        ("' OR 1=1 --", []),
        ("\\", []),
        ("no such thing", []),
    ],
)
def test_what_is_searched_for_is_taken_literally(report, text, found):
    assert ids(report, q=text) == found


def test_a_level_has_its_own_items(report):
    assert sorted(ids(report, level="supplier")) == [
        "East Mill", "Harbour & Sons", "Nordwerk", "Plain Goods", "Silk Road",
    ]  # fmt: skip
    assert len(ids(report, level="category")) == 8
    assert len(ids(report, level="brand")) == 10


def test_a_period_that_the_report_lacks_is_a_problem_of_its_field(report):
    for ask in (items.find, items.csv):
        with pytest.raises(FieldsError, match="/period: expected one of 30, 90, 365"):
            ask(report, ItemFilter(period=31))


@given(sort=st.sampled_from(SORTS), direction=st.sampled_from(["asc", "desc"]), size=st.sampled_from([25, 50]))
def test_pages_together_are_the_whole_list_in_order(report: Report, sort: Any, direction: Any, size: Any):
    chosen = ItemFilter(sort=sort, direction=direction, size=size)
    first = items.find(report, chosen)
    pages = [items.find(report, chosen.model_copy(update={"page": page})) for page in range(1, first.last + 1)]
    found = [item for page in pages for item in page.rows]

    everything = sorted(items.find(report, ItemFilter(size=100)).rows, key=lambda item: item.item_id)
    known = [item for item in everything if getattr(item, sort) is not None]
    known.sort(key=lambda item: getattr(item, sort), reverse=direction == "desc")  # stable: ids settle what is equal
    assert found == known + [item for item in everything if getattr(item, sort) is None]
    assert [page.first_row for page in pages] == list(range(1, 41, size))


def test_a_page_beyond_the_last_gives_the_last(report):
    page = items.find(report, ItemFilter(page=10**9, size=25))

    assert (page.number, page.last, page.first_row, page.last_row) == (2, 2, 26, 40)


def test_a_list_without_rows_has_one_empty_page(report):
    page = items.find(report, ItemFilter(q="no such thing", page=5))

    assert (page.rows, page.total, page.number, page.last, page.first_row, page.last_row) == ((), 0, 1, 1, 0, 0)


def test_choices_are_what_products_have(report):
    choices = items.choices(report)

    assert choices.categories == (
        "dresses", "headphones", "jackets", "jeans", "lamps", "shirts", "shoes", "toys",
    )  # fmt: skip
    assert choices.faults == ("defective", "not_as_described", "runs_large", "runs_small")
    assert choices.brands[::9] == ("Aster", "Juniper")
    assert choices.suppliers == ("East Mill", "Harbour & Sons", "Nordwerk", "Plain Goods", "Silk Road")
    assert choices.reasons == (
        "DEFECTIVE", "NOT_AS_DESCRIBED", "SIZE_TOO_LARGE", "SIZE_TOO_SMALL", "STYLE", "UNWANTED",
    )  # fmt: skip
    assert all(ids(report, reason=reason) for reason in choices.reasons)


def test_csv_has_all_rows_of_the_filter_whatever_the_page(report):
    chosen = ItemFilter(sort="lines", min_lines=50, page=2, size=25)
    text = b"".join(items.csv(report, chosen))

    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row["item_id"] for row in rows] == ids(report, sort="lines", min_lines=50)
    assert next(row["name"] for row in rows if row["item_id"] == "P-000001") == "'=HYPERLINK(1)"
