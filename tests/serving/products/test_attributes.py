"""Attributes that a shop declares of its products: fields of the filter of items, its choices, and its CSV."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.attributes import MOST, Attribute, Kind
from serving.products import attributes, fields, items
from serving.products.fields import FieldsError
from serving.products.filters import ItemFilter
from serving.products.report import NoReportError, Report
from tests.serving.products import small_report

NAMES = ("attribute_material", "attribute_rating", "attribute_washable")
FIELDS = ("attribute_material", "attribute_rating.from", "attribute_rating.to", "attribute_washable")


@pytest.fixture(scope="module")
def report(attribute_folder: Path) -> Report:
    return Report.load(attribute_folder)


def read(report: Report, query: str) -> ItemFilter:
    return fields.read(attributes.item_filter(report), parse_qsl(query, keep_blank_values=True))


def products(report: Report, query: str = "") -> Iterator[dict[str, str]]:
    """The rows of the CSV of the products that the query chooses."""
    text = b"".join(items.csv(report, read(report, query))).decode("utf-8-sig")
    yield from csv.DictReader(io.StringIO(text, newline=""))


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("attribute_material=silk", lambda row: row["attribute_material"] == "silk"),
        ("attribute_material=cotton+%26+linen", lambda row: row["attribute_material"] == "cotton & linen"),
        ("attribute_washable=true", lambda row: row["attribute_washable"] == "true"),
        ("attribute_washable=false", lambda row: row["attribute_washable"] == "false"),
        ("attribute_rating.from=3.5", lambda row: float(row["attribute_rating"] or "-inf") >= 3.5),
        ("attribute_rating.to=3.5", lambda row: float(row["attribute_rating"] or "inf") <= 3.5),
        ("attribute_rating.from=2&attribute_rating.to=2", lambda row: row["attribute_rating"] == "2.0"),
        (
            "brand=Elm&attribute_washable=true&attribute_material=",
            lambda row: row["brand"] == "Elm" and row["attribute_washable"] == "true",
        ),
    ],
)
def test_a_filter_finds_all_that_fits_and_nothing_else(
    report: Report, query: str, holds: Callable[[dict[str, str]], bool]
):
    everything = list(products(report))
    fitting = [row["item_id"] for row in everything if holds(row)]

    assert 0 < len(fitting) < len(everything)
    assert [row["item_id"] for row in products(report, query)] == fitting
    assert [row.item_id for row in items.find(report, read(report, query)).rows] == fitting


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("attribute_rating.from=many", "/attribute_rating.from"),
        ("attribute_rating.to=nan", "/attribute_rating.to"),
        ("attribute_rating.to=1e400", "/attribute_rating.to"),
        ("attribute_rating.from=-1000000001", "/attribute_rating.from"),
        ("attribute_rating=3", "/attribute_rating"),
        ("attribute_washable=perhaps", "/attribute_washable"),
        ("attribute_material=" + "a" * 201, "/attribute_material"),
        ("attribute_material=a&attribute_material=b", "/attribute_material"),
        ("attribute_height_cm=180", "/attribute_height_cm"),
        ("material=silk", "/material"),
    ],
)
def test_a_wrong_value_or_an_unknown_attribute_is_a_problem_of_its_field(report: Report, query: str, pointer: str):
    with pytest.raises(FieldsError) as raised:
        read(report, query)

    assert [problem.pointer for problem in raised.value.problems] == [pointer]


@given(st.dictionaries(st.sampled_from([*FIELDS, "q"]), st.text(max_size=9) | st.floats().map(str) | st.just("true")))
def test_whatever_is_given_makes_a_filter_that_its_address_gives_again_or_problems(
    report: Report, sent: dict[str, str]
):
    try:
        chosen = fields.read(attributes.item_filter(report), sent.items())
    except FieldsError:
        return
    assert read(report, chosen.query()) == chosen


def test_an_address_has_what_is_chosen_and_another_level_nothing_of_it(report: Report):
    chosen = read(report, "period=30&attribute_rating.from=3.0&attribute_rating.to=4.5&attribute_washable=no&page=2")

    assert chosen.query(sort="rate") == (
        "period=30&sort=rate&attribute_rating.from=3&attribute_rating.to=4.5&attribute_washable=false"
    )
    assert chosen.of_level("brand") == "level=brand&period=30"


def test_choices_are_what_products_have(report: Report):
    material, rating, washable = items.choices(report).attributes

    assert (material.label, material.values) == ("Material", ("<b>wool</b>", "cotton & linen", "silk"))
    assert (rating.label, rating.values) == ("Rating", (1.0, 4.8))
    assert (washable.label, washable.values) == ("Washable", (False, True))


def test_a_product_has_its_values_and_no_others(report: Report):
    def known(number: int) -> dict[str, Any]:
        found = attributes.of_product(report, small_report.product_id(number))
        return {each.attribute.name: value for each, value in found}

    assert known(1) == {"material": "cotton & linen", "rating": 1.1, "washable": False}
    assert known(39) == {"washable": True}


def test_an_attribute_that_no_product_has_is_no_choice(tmp_path: Path):
    declared = tuple(Attribute(f"unknown_{kind}", "products", kind) for kind in Kind)
    report = Report.load(small_report.write(tmp_path, declared=tuple(sorted(declared, key=lambda each: each.name))))

    assert len(report.attributes) == 3
    assert items.choices(report).attributes == ()


def test_without_attributes_the_filter_and_the_csv_are_as_they_are(report_folder: Path, report: Report):
    plain = Report.load(report_folder)
    rows, own = list(products(plain)), list(products(report))

    assert attributes.item_filter(plain) is ItemFilter
    assert items.choices(plain).attributes == ()
    assert attributes.of_product(plain, "P-000001") == ()
    assert not set(NAMES) & set(rows[0])
    assert [{name: value for name, value in row.items() if name not in NAMES} for row in own] == rows


def test_a_form_may_send_the_fields_of_as_many_numbers_as_a_shop_may_declare(tmp_path: Path):
    numbers = tuple(Attribute(f"number_{place:02d}", "products", Kind.NUMBER) for place in range(MOST))
    report = Report.load(small_report.write(tmp_path, declared=numbers))
    sent = {name: "1" for name in attributes.item_filter(report).model_fields if name.startswith("attribute_")}

    assert len(sent) == 2 * MOST
    assert items.find(report, fields.read(attributes.item_filter(report), sent.items())).total == 0


def test_no_name_is_that_of_another_attributes_field(tmp_path: Path):
    names = ("rating", "rating__from", "rating_from")
    declared = tuple(Attribute(name, "products", Kind.NUMBER) for name in names)
    report = Report.load(small_report.write(tmp_path, declared=declared))

    assert len(attributes.item_filter(report).model_fields) == len(ItemFilter.model_fields) + 2 * len(names)


def test_a_report_that_declares_other_attributes_than_its_items_have_is_refused(attribute_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(attribute_folder, tmp_path / "products"))
    declared = json.loads((folder / "attributes.json").read_text())

    (folder / "attributes.json").write_text(json.dumps(declared[1:]))
    with pytest.raises(NoReportError, match=r"other columns in items\.parquet"):
        Report.load(folder)

    (folder / "attributes.json").write_text("[1]")
    with pytest.raises(NoReportError, match=r"attributes\.json"):
        Report.load(folder)
