from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.drafting.times import CLOCKS, DATES, Times, decide


def test_iso_times_need_no_format() -> None:
    assert decide(["2024-03-01", "2024-03-02 10:30", "2024-03-02T10:30:00+01:00"]) == Times()


def test_a_day_above_12_decides_between_day_and_month() -> None:
    assert decide(["03/04/2024", "13/04/2024"]) == Times(("%d/%m/%Y",))
    assert decide(["03/04/2024", "04/13/2024"]) == Times(("%m/%d/%Y",))


def test_day_and_month_that_the_values_leave_open_are_both_given() -> None:
    assert decide(["03/04/2024", "05/06/2024"]) == Times(("%d/%m/%Y",), ("%m/%d/%Y",))


@pytest.mark.parametrize(
    ("value", "layout"),
    [
        ("03/14/2024 1:05 PM", "%m/%d/%Y %I:%M %p"),
        ("Mar 11, 2024 02:05:09 PM PDT", "%b %d, %Y %I:%M:%S %p %Z"),
        ("14.03.2024 13:05 CET", "%d.%m.%Y %H:%M %Z"),
        ("2024年03月14日", "%Y年%m月%d日"),
        ("Sep-27-26", "%b-%d-%y"),
        ("24年03月14日", "%y年%m月%d日"),
        ("14/03/2024 14h05", "%d/%m/%Y %Hh%M"),
        ("14. 3. 2024 9:05", "%d. %m. %Y %H:%M"),
        ("14/03/2024 02:05 p. m.", "%d/%m/%Y %I:%M %p"),
        ("14/03/2024 02:05 μμ", "%d/%m/%Y %I:%M %p"),
        ("2024-03-14 下午 02:05", "%Y-%m-%d %p %I:%M"),
    ],
)
def test_afternoon_and_zone_are_part_of_the_format(value: str, layout: str) -> None:
    assert decide([value]) == Times((layout,))


def test_formats_whose_years_have_two_digits_are_told_apart_by_the_years_that_they_give() -> None:
    month = [f"24/03/{day:02d}" for day in range(1, 32)]

    assert decide(month) == Times(("%y/%m/%d",), unlikely=("%d/%m/%y",))
    assert decide([f"{day}.03.24" for day in range(10, 32)]) == Times(("%d.%m.%y",), unlikely=("%y.%m.%d",))
    assert decide(month[23:25]) == Times(("%d/%m/%y",), ("%y/%m/%d",))  # two days of one year say nothing


def test_times_of_mails_are_read_behind_their_weekday() -> None:
    assert decide(["Fri, 01 Mar 2024 10:01:26 +0000"]) == Times(("%d %b %Y %H:%M:%S %z",), extract=r"^\w+, (.+)$")


def test_digits_without_marks_are_a_date_under_the_header_of_one() -> None:
    assert decide(["14032024", "01042024"], numbers=True) == Times(("%d%m%Y",))
    assert decide(["14032024", "01042024"]) is None


def test_dates_with_and_without_a_time_of_day_have_two_formats() -> None:
    found = decide(["14.03.2024", "15.03.2024 10:00"])

    assert found is not None
    assert set(found.formats) == {"%d.%m.%Y", "%d.%m.%Y %H:%M"}


@pytest.mark.parametrize("values", [[], ["A-1"], ["2024-03-01", "soon"], ["12"]])
def test_other_values_are_no_times(values: list[str]) -> None:
    assert decide(values) is None


@given(
    st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)), min_size=1, max_size=5),
    st.sampled_from(DATES),
    st.sampled_from(CLOCKS),
)
def test_the_format_that_wrote_the_values_is_among_those_found(moments: list[datetime], date: str, clock: str) -> None:
    layout = date + clock
    found = decide([moment.strftime(layout) for moment in moments])

    assert found is not None
    if found.formats:  # else ISO 8601, which needs none
        assert layout in (*found.formats, *found.or_else, *found.unlikely)


@pytest.mark.parametrize(
    ("values", "layout"),
    [
        (["45365", "45366.5"], "excel_serial"),
        (["1710403200", "1710403201"], "epoch_seconds"),
        (["1710403200000"], "epoch_milliseconds"),
    ],
)
def test_numbers_are_times_only_under_the_header_of_a_date(values: list[str], layout: str) -> None:
    assert decide(values, numbers=True) == Times((layout,))
    assert decide(values) is None
    assert decide([*values, "7"], numbers=True) is None
