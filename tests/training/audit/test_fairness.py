from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data import tables
from data.schema import CUSTOMERS, ORDER_LINES, Table
from training.audit.fairness import Fairness, Group, audit
from training.evaluation.intervals import Draw

DRAW = Draw(resamples=100, seed=1)
PEOPLE = 400


def shop(folder: Path, *columns: str) -> pd.DataFrame:
    """Four lines of each customer: ms are scored 20 points too low, mr rightly; ``columns`` of customers are recorded.

    Returns the predictions.
    """
    rng = np.random.default_rng(3)
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in range(PEOPLE)],
            "title": np.where(np.arange(PEOPLE) % 2, "ms", "mr"),
            "birth_year": np.where(np.arange(PEOPLE) % 4 < 2, 1990, 1950),
        }
    )
    count = 4 * PEOPLE
    lines = pd.DataFrame(
        {
            "line_id": [f"l{number:04d}" for number in range(count)],
            "order_id": [f"o{number:04d}" for number in range(count)],
            "customer_id": np.tile(customers["customer_id"], 4),
            "product_id": "p",
            "ordered_at": pd.Timestamp("2024-05-01"),
            "quantity": 1,
            "price_minor": 1000,
        }
    )
    women = np.tile(customers["title"] == "ms", 4)
    probability = rng.uniform(0.1, 0.7, count)
    label = (rng.random(count) < probability + 0.2 * women).astype(int)
    _write(ORDER_LINES, lines, folder)
    _write(CUSTOMERS, customers[["customer_id", *columns]], folder)
    return lines[["line_id", "ordered_at"]].assign(label=label, probability=probability)


def _write(table: Table, rows: pd.DataFrame, folder: Path) -> None:
    tables.write(table, pa.Table.from_pandas(rows, table.arrow(set(rows.columns)), preserve_index=False), folder)


def group(found: Fairness, attribute: str, name: str) -> Group:
    return next(each for each in found.groups if (each.attribute, each.name) == (attribute, name))


def test_a_group_that_is_scored_too_low_is_seen_and_one_that_is_scored_rightly_is_not(tmp_path: Path) -> None:
    found = audit(shop(tmp_path, "title", "birth_year"), tmp_path, DRAW)

    wronged, right = group(found, "title", "ms"), group(found, "title", "mr")
    assert wronged.calibration_gap == pytest.approx(-0.2, abs=0.05)
    assert wronged.calibration_gap_high is not None
    assert wronged.calibration_gap_high < 0
    assert right.calibration_gap_low is not None
    assert right.calibration_gap_high is not None
    assert right.calibration_gap == pytest.approx(0, abs=0.05)
    assert right.calibration_gap_low < right.calibration_gap < right.calibration_gap_high
    assert (right.lines, right.customers) == (800, 200)
    assert [each.name for each in found.groups if each.attribute == "age"] == ["25 to 34", "65 and above"]
    assert found.absent == ()


def test_the_share_of_flagged_lines_is_a_tenth_over_all_groups_of_an_attribute(tmp_path: Path) -> None:
    found = audit(shop(tmp_path, "title"), tmp_path, DRAW)

    flagged = sum(each.flagged * each.lines for each in found.groups)
    assert flagged == pytest.approx(160, abs=1)
    assert all(0 < (each.flagged_though_kept or 0) < each.flagged for each in found.groups)


def test_what_a_shop_does_not_record_is_named(tmp_path: Path) -> None:
    found = audit(shop(tmp_path), tmp_path, DRAW)

    assert found == Fairness((), (), ("title", "birth_year"))


def test_a_small_group_is_named_without_its_figures(tmp_path: Path) -> None:
    predictions = shop(tmp_path, "title")
    ms = predictions[predictions.index % 2 == 1]
    few = pd.concat([predictions[predictions.index % 2 == 0], ms.head(40)])

    found = audit(few, tmp_path, DRAW)

    assert [each.name for each in found.groups] == ["mr"]
    assert found.too_small == ("title ms",)


def test_guests_are_in_no_group(tmp_path: Path) -> None:
    predictions = shop(tmp_path, "title")
    lines = tables.read(ORDER_LINES, tmp_path).to_pandas()
    lines.loc[:99, "customer_id"] = None
    _write(ORDER_LINES, lines, tmp_path)

    found = audit(predictions, tmp_path, DRAW)

    assert sum(each.lines for each in found.groups) == 4 * PEOPLE - 100
