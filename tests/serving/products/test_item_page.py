"""Everything in the report about one item, and about the whole shop."""

import csv
import io
from typing import Any

import pytest

from serving.products import item_page, shop
from serving.products.fields import FieldsError
from training.products import columns


def test_a_product_has_all_its_parts(report):
    page = item_page.find(report, "P-000009")

    assert page is not None
    assert [item.period_days for item in page.items] == [30, 90, 365]
    parts: list[tuple[Any, ...]] = [page.items, page.weeks, page.reasons, page.buyers, page.prices]
    assert {row.item_id for part in parts for row in part} == {"P-000009"}
    assert {row.item_id for row in page.parent_weeks} == {page.items[0].category}
    assert sorted(row.value for row in page.sizes) == sorted(["xs", "s", "m", "l", "xl"])
    assert sorted(row.value for row in page.colors) == ["black", "red", "white"]
    assert [row.discount for row in page.prices] == list(columns.DISCOUNT_BANDS)
    weeks = [row.week for row in page.weeks]
    assert weeks == sorted(weeks)


def test_a_period_is_picked_from_a_page(report):
    page = item_page.find(report, "P-000009")

    assert page is not None
    item, reasons = page.item(90), page.reasons_of(90)
    assert item is not None
    assert item.period_days == 90
    assert page.item(91) is None
    assert [row.returns for row in reasons] == sorted((row.returns for row in reasons), reverse=True)
    assert reasons[0].reason == item.top_reason


def test_a_category_has_a_page_without_sizes(report):
    page = item_page.find(report, "shoes", "category")

    assert page is not None
    assert (page.sizes, page.parent_weeks) == ((), ())
    assert len(page.weeks) == 52


@pytest.mark.parametrize("item_id", ["P-999999", "shoes", "", "' OR 1=1 --"])
def test_an_unknown_product_has_no_page(report, item_id):
    assert item_page.find(report, item_id) is None


@pytest.mark.parametrize("part", item_page.PARTS)
def test_each_part_can_be_had_as_csv(report, part):
    text = b"".join(item_page.csv(report, part, "P-000009")).decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))

    table = next(table for table in columns.TABLES if table.name == part)
    assert found
    assert list(found[0]) == [name.replace("_minor", "_eur") for name in table.schema.names]


def test_an_unknown_part_is_a_problem(report):
    with pytest.raises(FieldsError, match="/part"):
        item_page.csv(report, "items; DROP TABLE report.items", "P-000009")


def test_the_shop_has_figures_weeks_and_segments(report):
    item = shop.item(report, 30)

    assert item is not None
    assert (item.level, item.item_id, item.period_days) == ("shop", "shop", 30)
    assert shop.item(report, 31) is None
    assert len(shop.weeks(report)) == 52
    assert [row.segment for row in shop.segments(report)] == [*columns.ACTIVITIES, *columns.VALUES]
    assert b"".join(shop.csv(report)).count(b"\r\n") == 1 + 8


def test_the_heat_map_begins_with_most_returns(report):
    whole, few = shop.heat_map(report, 90), shop.heat_map(report, 90, most=3)
    returns = [sum(whole.cells[category, reason].returns for reason in whole.reasons) for category in whole.categories]

    assert len(whole.categories) == 8
    assert returns == sorted(returns, reverse=True)
    assert few.categories == whole.categories[:3]
    assert {category for category, _ in few.cells} == set(few.categories)
    cell = whole.cells[whole.categories[0], whole.reasons[0]]
    assert cell.excess_share == pytest.approx((cell.share or 0) - (cell.parent_share or 0))


def test_the_heat_map_of_an_unknown_period_is_a_problem(report):
    with pytest.raises(FieldsError, match="/period"):
        shop.heat_map(report, 31)
