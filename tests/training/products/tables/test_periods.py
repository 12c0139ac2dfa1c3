from pathlib import Path

import numpy as np
import pytest

from data.errors import UserError
from data.times import MICROSECONDS_PER_DAY, table_time
from tests.training.products.made_shop import AS_OF, Sold, made_context
from training.products.tables.overview import Overview, PeriodOverview
from training.products.tables.periods import overview


def sold_over(days: int, rate: float = 0.3, seed: int = 1) -> list[Sold]:
    """32 lines a day of four products; returns are drawn."""
    rng = np.random.default_rng(seed)
    return [
        Sold(
            ago,
            f"p{rng.integers(4)}",
            f"c{rng.integers(60):02d}",
            returned=bool(ago > 10 and rng.random() < rate),  # one is back after ten days
            discount=float(rng.choice([0.0, 0.2])),
        )
        for ago in np.arange(0.5, days, 1 / 32)
    ]


@pytest.fixture(scope="module")
def made() -> Overview:
    return overview(made_context(sold_over(800), {f"p{n}": "tops" if n < 2 else "coats" for n in range(4)}))


def period(made: Overview, days: int) -> PeriodOverview:
    return next(each for each in made.periods if each.days == days)


def test_a_period_is_counted_and_says_how_much_is_not_settled(made: Overview) -> None:
    now = period(made, 30).current

    assert (now.until - now.since).days == 30
    assert now.until == table_time(int(AS_OF * MICROSECONDS_PER_DAY))
    assert now.lines == 944  # 29.5 days of 32
    assert now.closed_lines == 320  # those ordered 20 days ago and before, on 10 days
    assert 0.4 < now.unsettled_share < 624 / 944  # some of the open lines are back
    assert now.rate_low95 < now.rate < now.rate_high95


def test_the_rate_of_a_settled_span_is_that_of_its_lines(made: Overview) -> None:
    before = period(made, 365).before
    assert before is not None
    assert before.unsettled_share == 0.0
    assert before.closed_rate == before.returned_lines / before.lines
    assert before.rate == pytest.approx(before.closed_rate, abs=0.01)
    # All lines cost 10.00: what is returned is 10.00 a return, and costs 3.00 + 10%.
    assert before.returned_value_minor == pytest.approx(1000 * before.returned_lines)
    assert before.return_cost_minor == pytest.approx(400 * before.returned_lines)


def test_money_of_a_young_span_holds_the_returns_to_come(made: Overview) -> None:
    now = period(made, 30).current
    assert now.returned_value_minor / now.value_minor == pytest.approx(0.3, abs=0.07)
    assert now.returned_lines / now.lines < 0.25


@pytest.mark.parametrize("days", [30, 90, 365])
def test_the_parts_of_a_change_add_up_to_it(made: Overview, days: int) -> None:
    each = period(made, days)
    for other, change in ((each.before, each.against_before), (each.year_before, each.against_year_before)):
        assert other is not None
        assert change is not None
        assert other.closed_rate is not None
        assert each.current.closed_rate is not None
        assert [part.name for part in change.parts] == ["products", "customers", "discounts", "rate"]
        assert sum(part.points for part in change.parts) == pytest.approx(change.total_points, abs=1e-12)
        assert change.total_points == pytest.approx(each.current.closed_rate - other.closed_rate, abs=1e-12)


def test_a_rise_of_everything_is_the_rate_itself() -> None:
    steady = [line for line in sold_over(185, 0.2) if line.ago > 92]
    risen = [line for line in sold_over(185, 0.5, seed=2) if line.ago <= 92]
    change = period(overview(made_context([*steady, *risen])), 90).against_before

    assert change is not None
    points = {part.name: part.points for part in change.parts}
    assert change.total_points == pytest.approx(0.3, abs=0.06)
    assert points["rate"] == pytest.approx(change.total_points, abs=0.02)


def test_more_sold_of_what_comes_back_is_the_mix_of_products() -> None:
    rng = np.random.default_rng(5)
    sold = [
        Sold(ago, product, f"c{rng.integers(80):02d}", returned=bool(rng.random() < rate))
        for product, rate, early, late in (("shirt", 0.1, 2000, 500), ("coat", 0.6, 500, 2000))
        for start, end, lines in ((90.0, 180.0, early), (21.0, 90.0, late))
        for ago in rng.uniform(start, end, lines)
    ]
    change = period(overview(made_context(sold, {"shirt": "tops", "coat": "coats"})), 90).against_before

    assert change is not None
    points = {part.name: part.points for part in change.parts}
    # Coats go from a fifth to four fifths: 0.6 * 0.5.
    assert points["products"] == pytest.approx(0.3, abs=0.04)
    assert points["rate"] == pytest.approx(0.0, abs=0.04)


def test_a_span_that_the_history_does_not_cover_is_not_compared() -> None:
    made = overview(made_context(sold_over(100)))
    assert period(made, 30).before is not None
    assert period(made, 30).year_before is None
    assert period(made, 30).against_year_before is None
    assert (period(made, 90).before, period(made, 90).against_before) == (None, None)


def test_without_a_closed_line_there_is_no_change_to_explain() -> None:
    made = overview(made_context([*(Sold(40 + n, returned=n < 3) for n in range(20)), *(Sold(n) for n in range(20))]))
    assert period(made, 30).current.closed_rate is None
    assert period(made, 30).before is not None
    assert period(made, 30).against_before is None


def test_a_period_without_lines_is_left_out() -> None:
    made = overview(made_context([Sold(100 + n, returned=n < 5) for n in range(20)]))
    assert [each.days for each in made.periods] == [365]


def test_guests_alone_make_an_overview_too() -> None:
    sold = [Sold(10 + n, customer=None, returned=n % 3 == 0) for n in range(200)]
    change = period(overview(made_context(sold)), 90).against_before
    assert change is not None
    assert {part.name: part.points for part in change.parts}["customers"] == pytest.approx(0.0)


def test_it_reads_back_as_written_and_the_same_each_time(made: Overview, tmp_path: Path) -> None:
    made.write(tmp_path)
    first = (tmp_path / "overview.json").read_bytes()
    read = Overview.read(tmp_path)
    read.write(tmp_path)
    assert (tmp_path / "overview.json").read_bytes() == first
    assert read.periods[0].current.lines == made.periods[0].current.lines


def test_the_error_of_a_missing_or_foreign_file_has_a_fix(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dvc repro"):
        Overview.read(tmp_path)
    (tmp_path / "overview.json").write_text('{"periods": [], "more": 1}')
    with pytest.raises(UserError, match="as this version writes it"):
        Overview.read(tmp_path)
