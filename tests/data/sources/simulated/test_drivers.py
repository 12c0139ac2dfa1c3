from dataclasses import fields, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data import schema
from data.arrays import Floats
from data.sources.simulated import write
from data.sources.simulated.causes import causes_of, truth_of
from data.sources.simulated.drivers import average_of, drivers_of
from data.sources.simulated.terms import TERMS, Terms
from tests.data.sources.simulated.example import params


@pytest.fixture(scope="module")
def recent(shop: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The lines with drivers."""
    return shop.execute("from lines where driver_customer is not null").df()


def test_every_term_belongs_to_one_factor_of_the_truth_table() -> None:
    owned = [name for names in TERMS.values() for name in names]

    assert sorted(owned) == sorted(term.name for term in fields(Terms))
    assert tuple(TERMS) == schema.DRIVERS
    assert [f"driver_{name}" for name in schema.DRIVERS] == list(schema.TRUTH.names[-8:])


def test_lines_of_the_last_120_days_have_drivers_and_no_earlier_line_has(shop: duckdb.DuckDBPyConnection) -> None:
    # 120 days before 1 July 2024: 30 of June, 31 of May, 30 of April and the last 29 of March, from the 3rd on.
    recent = " and ".join(f"driver_{name} is not null" for name in schema.DRIVERS)
    none = " and ".join(f"driver_{name} is null" for name in schema.DRIVERS)
    [(wrong, there)] = shop.execute(
        f"""
        select count(*) filter (not case when ordered_at >= timestamp '2024-03-03' then {recent} else {none} end),
               count(*) filter ({recent}) from lines
        """
    ).fetchall()

    assert wrong == 0
    assert there > 5_000


def test_a_bracket_raises_its_driver_and_a_line_that_stands_alone_has_none(recent: pd.DataFrame) -> None:
    bracket = recent["same_product"] > 1

    assert (recent.loc[~bracket, "driver_bracketing"] == 0).all()
    # The same product may be two items of one order: only then does a line of several stand alone.
    drivers = recent.loc[bracket, "driver_bracketing"]
    assert (drivers >= 0).all()
    assert (drivers > 0.2).mean() > 0.6


def test_a_line_of_a_category_without_sizes_is_not_driven_by_its_size(recent: pd.DataFrame) -> None:
    sized = (recent["department"] == "fashion") & (recent["category"] != "bags")

    assert (recent.loc[~sized, "driver_size"] == 0).all()
    assert recent.loc[sized, "driver_size"].std() > 0.1


def test_the_drivers_nearly_add_up_to_the_log_odds(recent: pd.DataFrame) -> None:
    log_odds = np.log(recent["return_probability"] / (1 - recent["return_probability"]))
    rest = log_odds - recent[[f"driver_{name}" for name in schema.DRIVERS]].sum(axis=1)

    # What is left over is v(∅), the same for all lines, and what two ends of the Shapley value miss.
    assert rest.std() < 0.15 * log_odds.std()


def test_each_driver_follows_what_the_checkout_sees_of_it(recent: pd.DataFrame) -> None:
    by_payment = recent.groupby("payment_method")["driver_context"].mean()
    by_category = recent.groupby("category")["driver_product"].mean()
    biggest = recent.groupby("order_id")["driver_basket"].mean()[recent.groupby("order_id").size() >= 6]

    assert by_payment["invoice"] > by_payment["card"] + 0.1 > by_payment["prepayment"] + 0.2
    assert by_category["dresses"] > by_category["cables"] + 1.0
    assert (biggest > 0).all()


@pytest.mark.parametrize(
    ("switch", "factor"),
    [
        ("bracket_share", "bracketing"),
        ("product_spread", "product"),
        ("customer_spread", "customer"),
        ("drift", "season"),
    ],
)
def test_a_factor_that_is_switched_off_drives_less(
    recent: pd.DataFrame, tmp_path: Path, switch: str, factor: str
) -> None:
    write(params(lines=20_000, **{switch: 0.0}), tmp_path, tmp_path)

    driver = f"driver_{factor}"
    off = pq.read_table(tmp_path / "truth.parquet").to_pandas()[driver].dropna()
    # Levels of categories, faults and likings stay. Of the season there is left that no gifts are sent from March to
    # June, which is less than the average of the year, by an amount that depends on the rest of the line.
    left = {"bracketing": 1e-12, "product": 0.95, "customer": 0.8, "season": 0.1}
    assert off.std() <= left[factor] * recent[driver].std()


def test_a_line_at_the_average_is_driven_by_nothing() -> None:
    average = _average()

    assert drivers_of(_lines(average, 3), average, params()).tolist() == [[0.0] * 3] * len(TERMS)


def test_a_contribution_is_the_mean_of_what_a_factor_does_last_and_first() -> None:
    average = _average()
    person, payment = {"propensity": np.array([0.8, -0.5])}, {"payment": np.array([0.32, -0.35])}
    line = _lines(average, 2)

    found = dict(zip(TERMS, drivers_of(replace(line, **person, **payment), average, params()), strict=True))

    nothing, both = _log_odds(line), _log_odds(replace(line, **person, **payment))
    of_person, of_payment = _log_odds(replace(line, **person)), _log_odds(replace(line, **payment))
    np.testing.assert_allclose(found["customer"], (both - of_payment) / 2 + (of_person - nothing) / 2, rtol=1e-12)
    np.testing.assert_allclose(found["context"], (both - of_person) / 2 + (of_payment - nothing) / 2, rtol=1e-12)
    # Two factors have two orders: the two ends are the whole Shapley value, which adds up.
    np.testing.assert_allclose(found["customer"] + found["context"], both - nothing, rtol=1e-12)
    assert all((found[name] == 0).all() for name in set(TERMS) - {"customer", "context"})


def test_the_average_is_the_mean_over_all_samples_and_without_brackets() -> None:
    one = replace(_lines(_average(), 1), propensity=np.array([0.3]), fit=np.array([0.0]), small=np.array([9.0]))
    three = replace(_lines(_average(), 3), propensity=np.full(3, 0.7), fit=np.full(3, 0.2), small=np.full(3, 0.5))

    found = average_of([one, replace(three, chosen_against=np.full(3, 0.4))])

    assert found.propensity == pytest.approx((0.3 + 3 * 0.7) / 4)
    assert found.fit == pytest.approx(3 * 0.2 / 4)
    assert found.small == pytest.approx(0.5)  # the one miss of 9 is of a category in which fit matters nothing
    assert found.chosen_against.tolist() == [0.0]


def test_a_line_that_is_sure_to_come_back_has_finite_drivers() -> None:
    average, surest = _average(), params(undelivered_share=0.0, return_level=5.0)

    # e^8 times the usual hazards: 1 - exp(-sum) is 1 to the last digit of a double.
    found = drivers_of(replace(_lines(average, 1), propensity=np.array([8.0])), average, surest)
    assert np.isfinite(found).all()
    assert found[0, 0] > 10


def test_to_tell_the_drivers_changes_nothing_of_the_shop(tmp_path: Path) -> None:
    write(params(lines=3_000), tmp_path, tmp_path)

    # Figures of this shop as it was written before the truth recent any drivers.
    truth = pq.read_table(tmp_path / "truth.parquet").to_pandas()
    assert len(truth) == 2_994
    assert truth["return_probability"].sum() == pytest.approx(932.7951827873962, rel=1e-12)
    assert truth["return_probability"].head(3).tolist() == pytest.approx(
        [0.4358789538213677, 0.21911299866087153, 0.5478847348563471], rel=1e-12
    )
    assert truth["reason_style"].sum() == pytest.approx(386.81648090679664, rel=1e-12)


def test_a_shop_of_fewer_days_tells_the_drivers_of_all_lines(tmp_path: Path) -> None:
    write(params(lines=1_000, days=60), tmp_path, tmp_path)

    assert pq.read_table(tmp_path / "truth.parquet")["driver_season"].null_count == 0


def _average() -> Terms:
    """A made-up shop's average, shape (1,) each: hazards of the size that categories have."""
    level = dict.fromkeys(("taste", "defective", "misdescribed", "incompatible", "late_level", "late"), 0.05)
    factor = dict.fromkeys(("small", "large", "dishonest", "hue", "impatience", "gift_hurry"), 1.0)
    values = {**level, **factor, "fit": 0.15}
    return Terms(**{term.name: np.array([values.get(term.name, 0.0)]) for term in fields(Terms)})


def _lines(average: Terms, count: int) -> Terms:
    return Terms(**{term.name: np.repeat(getattr(average, term.name), count) for term in fields(Terms)})


def _log_odds(terms: Terms) -> Floats:
    causes = causes_of(terms, params().return_level)
    probability, _ = truth_of(causes, np.zeros_like(causes.hazards), params().undelivered_share)
    return np.asarray(np.log(probability / (1 - probability)), dtype=np.float64)
