import pandas as pd
import pytest

from tests.training.understanding.scored_frame import scored_frame
from training.evaluation.slices import PriceBands
from training.held_out.pieces import TIMES
from training.understanding.measures.calibration import calibration
from training.understanding.params import SliceParams

SLICES = SliceParams(least_lines=100, most_labels=5, depth=2, false_discovery_rate=0.1)
BANDS = PriceBands(3, "EUR")


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return calibration(scored_frame(brand_gap=0.1), SLICES, BANDS)


def test_a_brand_out_of_calibration_is_found(planted: pd.DataFrame) -> None:
    bolt = planted[planted["slice"] == "Bolt"].iloc[0]

    assert bolt["found"]
    assert bolt["gap_low"] < 0.1 < bolt["gap_high"]
    assert bolt["observed"] - bolt["expected"] == pytest.approx(bolt["gap"])
    assert bolt["beyond"] < bolt["gap"]


def test_every_kind_parts_the_lines_that_it_shows(planted: pd.DataFrame) -> None:
    lines = planted.groupby("kind")["lines"].sum()

    assert {"part", "week", "month", "customer", "product", "price_band", "basket_size", "brand", "channel"} == set(
        lines.index
    )
    assert (lines[["part", "month", "brand", "channel", "price_band"]] == 6000).all()


def test_a_column_that_the_source_lacks_gives_no_slice() -> None:
    found = calibration(scored_frame().drop(columns=["brand", "channel"]), SLICES, BANDS)

    assert not {"brand", "channel", "supplier"} & set(found["kind"])


def test_drift_of_the_whole_shop_is_no_find_in_each_of_its_slices() -> None:
    lines = scored_frame()
    lines["probability"] -= 0.015

    found = calibration(lines, SLICES, BANDS)

    assert (found.loc[found["kind"] == "part", "gap_low"] > 0).any()
    assert found["found"].sum() <= 1


def test_slices_in_time_are_no_finds(planted: pd.DataFrame) -> None:
    in_time = planted["kind"].isin(TIMES)

    assert planted.loc[in_time, "q_value"].isna().all()
    assert planted.loc[~in_time, "q_value"].notna().all()
    assert not planted.loc[in_time, "found"].any()


def test_small_slices_are_left_out(planted: pd.DataFrame) -> None:
    assert (planted["lines"] >= 100).all()
