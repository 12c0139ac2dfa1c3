import pandas as pd
import pytest

from tests.training.monitoring.watched_shop import CHOSEN, NOW, watched_shop
from training.evaluation.metrics import log_loss
from training.evaluation.slices import PriceBands
from training.model.split import DAY
from training.monitoring.known import known_at
from training.monitoring.quality import COLUMNS, TOLD, quality, told

BANDS = PriceBands(3, "EUR")
SHOP = watched_shop(brand=0.8)
KINDS = {"all", "week", "part", "customer", "product", "price_band", "basket_size", "brand"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return quality(known_at(SHOP, SHOP, NOW), NOW, CHOSEN, BANDS)


def test_every_kind_of_part_has_its_rows(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(COLUMNS)
    assert set(table["kind"]) == KINDS  # a day has too few lines
    whole = table.iloc[0]
    for kind in ("brand", "price_band", "part"):
        assert table.loc[table["kind"] == kind, "lines"].sum() == whole["lines"]


def test_weeks_of_long_ago_have_their_final_figures(table: pd.DataFrame) -> None:
    week = table[table["kind"] == "week"].iloc[3]
    monday = pd.Timestamp(week["slice"])
    lines = SHOP[(SHOP["ordered_at"] >= monday) & (SHOP["ordered_at"] < monday + 7 * DAY)]

    assert week["log_loss"] == pytest.approx(log_loss(lines["label"].to_numpy(), lines["probability"].to_numpy()))
    assert week["log_loss_low"] == pytest.approx(week["log_loss_high"])
    assert (week["lines"], week["known"], week["rate"]) == (len(lines), 1, pytest.approx(lines["label"].mean()))


def test_a_brand_that_comes_back_more_than_was_said_is_found_while_its_lines_are_open(table: pd.DataFrame) -> None:
    found = table[table["found"]]

    assert set(found["slice"]) & {"Acme", "Bolt", "Cord"} >= {"Bolt"}
    bolt = table[table["slice"] == "Bolt"].iloc[0]
    assert bolt["settled"] < bolt["lines"] / 2
    assert bolt["beyond"] > 3
    assert bolt["rate_low"] > bolt["mean_probability"]
    assert table.loc[table["kind"].isin(["all", "week", "day"]), "q_value"].isna().all()


def test_too_small_a_part_is_not_shown(table: pd.DataFrame) -> None:
    recent = SHOP[(SHOP["ordered_at"] >= NOW - 2 * DAY) & (SHOP["ordered_at"] < NOW)]
    few = CHOSEN.model_copy(update={"least_lines": 20, "recent_days": 7})

    days = quality(known_at(recent, SHOP, NOW), NOW, few, BANDS)

    assert (table["lines"] >= CHOSEN.least_lines).all()
    assert "day" not in set(table["kind"])
    assert (days["kind"] == "day").sum() == 2


def test_what_was_told_of_each_complete_week_stands_beside_what_came() -> None:
    since = SHOP[SHOP["ordered_at"] >= NOW - 84 * DAY]

    table = told(since, SHOP, known_at(since, SHOP, NOW), NOW, CHOSEN)

    assert list(table.columns) == list(TOLD)
    assert set(table["after"]) == {0, 10}
    assert table["week"].nunique() == len(table) / 2
    assert pd.Timestamp(table["week"].max()) + 7 * DAY <= SHOP.loc[SHOP["closes_at"] >= NOW, "ordered_at"].min()
    late = table[table["after"] == 10].iloc[1:]
    assert ((late["log_loss"] - late["log_loss_final"]).abs() / late["log_loss_final"]).max() < 0.05
    inside = late["rate_final"].between(late["rate_low"], late["rate_high"])
    assert 0.7 <= inside.mean() <= 1
