import numpy as np
import pandas as pd
import pytest

from tests.training.monitoring.watched_shop import CHOSEN, NOW, START, changed, watched_shop
from tests.training.scored_shop import COSTS
from training.model.split import DAY
from training.monitoring.alarms import COLUMNS, SAME_DAYS, Watched, alarm_table

FAULT = START + 130 * DAY


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """From `FAULT` on, the brand Bolt comes back far more than its scores say."""
    right, wrong = (watched_shop(1, 60, brand=each) for each in (0.0, 1.2))
    return changed(right, wrong, FAULT).assign(quantity=1)


@pytest.fixture(scope="module")
def table(shop: pd.DataFrame) -> pd.DataFrame:
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)
    return alarm_table(watched, shop, NOW, CHOSEN, (COSTS, "EUR"))


def test_a_brand_that_is_faulty_from_a_day_on_is_named_with_its_day_its_money_and_what_to_do(
    table: pd.DataFrame,
) -> None:
    assert list(table.columns) == list(COLUMNS)
    bolt = table[table["slice"] == "Bolt"].iloc[0]
    assert bolt["direction"] == "more"
    assert FAULT - 3 * DAY <= pd.Timestamp(bolt["since"]) <= FAULT + 7 * DAY
    assert pd.Timestamp(bolt["told_at"]) < FAULT + 35 * DAY
    assert bolt["rate_low"] > bolt["mean_probability"]
    assert bolt["cost_minor_a_month"] > 0
    assert bolt["text"].startswith("brand Bolt: more lines come back than the scores say")
    assert f"Evidence has grown since {bolt['since']}." in bolt["text"]
    assert "EUR" in bolt["text"] or "€" in bolt["text"]
    assert "product review" in bolt["text"]


def test_brands_without_fault_are_not_named(table: pd.DataFrame) -> None:
    assert set(table["slice"]) <= {"Bolt", "all lines"}


def test_an_alarm_that_goes_on_is_one_alarm(table: pd.DataFrame) -> None:
    bolt = table[table["slice"] == "Bolt"]

    assert len(bolt) == 1
    told, last = (pd.Timestamp(bolt.iloc[0][name]) for name in ("told_at", "last_told_at"))
    assert last > told
    assert NOW - last < SAME_DAYS * DAY


def test_an_alarm_that_goes_on_can_have_the_figures_of_its_last_day(shop: pd.DataFrame, table: pd.DataFrame) -> None:
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)

    last = alarm_table(watched, shop, NOW, CHOSEN, (COSTS, "EUR"), latest=True)

    first, now = (each[each["slice"] == "Bolt"].iloc[0] for each in (table, last))
    assert (first["told_at"], first["last_told_at"]) == (now["told_at"], now["last_told_at"])
    assert now["rate"] > first["rate"]
    assert now["cost_minor_a_month"] > first["cost_minor_a_month"]


def test_where_the_scores_are_right_the_table_is_empty() -> None:
    shop = watched_shop(4, 40).assign(quantity=1)
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)

    table = alarm_table(watched, shop, NOW, CHOSEN, (COSTS, "EUR"))

    assert list(table.columns) == list(COLUMNS)
    assert table.empty


def test_the_costs_of_fewer_returns_are_savings_and_the_feed_is_asked_after_first() -> None:
    shop = watched_shop(5, 60, level=-0.8).assign(quantity=1)
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)

    alarm = alarm_table(watched, shop, NOW, CHOSEN, (COSTS, "EUR")).iloc[-1]

    assert (alarm["direction"], alarm["cost_minor_a_month"] < 0) == ("fewer", True)
    assert "a month less" in alarm["text"]
    assert "still reach the tables" in alarm["text"]


def test_a_label_that_begins_with_its_kind_is_not_called_twice_so() -> None:
    none = np.zeros(0, dtype=np.bool_)

    assert Watched("supplier", "Supplier 006", none).words == "Supplier 006"
    assert Watched("brand", "Bolt", none).words == "brand Bolt"


def test_scores_that_tell_too_little_are_told_with_the_loss_and_what_to_do() -> None:
    right, wrong = watched_shop(5, 60), watched_shop(6, 60, slope=0.2)
    shop = changed(right, wrong, FAULT).assign(quantity=1)
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)

    table = alarm_table(watched, shop, NOW, CHOSEN, (COSTS, "EUR"))

    told = table[table["direction"] == "too sure"].iloc[0]
    assert told["slice"] == "all lines"
    assert FAULT - 3 * DAY <= pd.Timestamp(told["since"]) <= pd.Timestamp(told["told_at"])
    assert told["cost_minor_a_month"] >= 0
    assert told["text"].startswith("all lines: the scores are too sure: the log-loss of those of 28 days will be 0.")
    assert "make rollback" in told["text"]


def test_returns_that_stop_coming_are_told_before_the_rate_of_the_lines_shows_it_and_without_a_cost() -> None:
    shop = watched_shop(7, 60).assign(quantity=1)
    lost = (shop["label"] == 1) & (shop["settled_at"] >= FAULT)
    shop["label"] = shop["label"].mask(lost, 0.0)
    shop["settled_at"] = shop["settled_at"].mask(lost, shop["closes_at"])
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)

    table = alarm_table(watched, shop, NOW, CHOSEN, (COSTS, "EUR"))

    first = table[table["slice"] == "all lines"].iloc[-1]
    assert first["direction"] == "fewer"
    assert pd.Timestamp(first["told_at"]) < FAULT + 14 * DAY
    unseen = first["rate"] >= first["mean_probability"]
    assert ("fewer returns have become known since then than the scores say" in first["text"]) == unseen
    assert ("What that costs can't be told yet." in first["text"]) == unseen == (first["cost_minor_a_month"] == 0)
    assert "a feed that stopped" in first["text"]
