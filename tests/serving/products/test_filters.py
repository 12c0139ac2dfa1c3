"""Filters: read strictly from a query string, and written back to one."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.products import fields
from serving.products.fields import FieldsError
from serving.products.filters import SIZES, SORTS, AlertFilter, ItemFilter
from serving.products.reviews import ReviewState
from training.products import columns


def read(query: str) -> ItemFilter:
    return fields.read(ItemFilter, parse_qsl(query, keep_blank_values=True))


def test_by_default_money_at_stake_comes_first():
    chosen = read("")

    assert (chosen.sort, chosen.direction, chosen.level) == ("excess_cost_minor", "desc", "product")
    assert (chosen.page, chosen.size, chosen.period) == (1, 50, None)


def test_a_filter_is_read_from_text():
    chosen = read("level=brand&period=30&q=%20wool%20&spikes=on&min_lines=7&sort=rate&direction=asc&page=2&size=100")

    assert chosen == ItemFilter(
        level="brand", period=30, q="wool", spikes=True, min_lines=7, sort="rate", direction="asc", page=2, size=100
    )


def test_empty_fields_of_a_form_are_not_given():
    assert read("category=&q=&fault=&min_lines=&period=") == ItemFilter()


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("sort=rate%3B%20DROP%20TABLE%20items", "/sort"),
        ("sort=evidence", "/sort"),
        ("direction=up", "/direction"),
        ("level=shop", "/level"),
        ("fault=ugly", "/fault"),
        ("size=26", "/size"),
        ("size=99999999999999999999", "/size"),
        ("page=0", "/page"),
        ("page=1e400", "/page"),
        ("page=" + "9" * 5000, "/page"),
        ("min_lines=-1", "/min_lines"),
        ("period=x", "/period"),
        ("spikes=perhaps", "/spikes"),
        ("q=" + "a" * 201, "/q"),
        ("colour=red", "/colour"),
        ("q=a&q=b", "/q"),
        ("&".join(f"f{number}=1" for number in range(60)), "/"),
    ],
)
def test_a_wrong_value_is_a_problem_of_its_field(query, pointer):
    with pytest.raises(FieldsError) as raised:
        read(query)

    assert [problem.pointer for problem in raised.value.problems] == [pointer]
    assert all(len(problem.found) < 100 for problem in raised.value.problems)


@given(st.dictionaries(st.sampled_from([*ItemFilter.model_fields, "x"]), st.text(max_size=30)))
def test_whatever_is_given_makes_a_filter_or_problems(given_fields):
    try:
        chosen = fields.read(ItemFilter, given_fields.items())
    except FieldsError:
        return
    assert read(chosen.query()) == chosen


def test_a_query_leaves_out_what_is_as_by_default():
    assert ItemFilter().query() == ""
    assert ItemFilter(q="a b&c", spikes=True, page=3).query() == "q=a+b%26c&spikes=true&page=3"


def test_a_change_leads_to_the_first_page_but_for_the_page_itself():
    chosen = ItemFilter(brand="Elm", page=3)

    assert chosen.query(sort="rate") == "brand=Elm&sort=rate"
    assert chosen.query(page=4) == "brand=Elm&page=4"
    assert AlertFilter().query(state=ReviewState.DONE) == "state=done"


def test_sorts_and_faults_are_columns_and_faults_of_the_report():
    assert set(SORTS) <= set(columns.ITEMS.schema.names)
    assert SIZES == (25, 50, 100)
    for fault in columns.FAULTS:
        assert read(f"fault={fault}").fault == fault
