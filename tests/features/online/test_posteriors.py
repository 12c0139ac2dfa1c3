"""Posteriors online: what the state was given says of baskets what the matrix says of the same lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from features.catalog import CASE, is_posterior
from features.language.request_field import unsent_cases
from features.online_state import restore
from features.online_state.events import CustomerErased, CustomersMerged, Event, LineReturned, Status
from features.online_state.live import LiveState
from features.online_state.order import Order
from features.online_state.records import POSTERIORS
from features.posteriors.learned import Learned, write_level
from tests.features.crowded_shop import START, crowded_shop
from tests.features.event_log import Moment, event_log
from tests.features.learning import LearnedShop, few_features
from tests.features.parity import Comparison, Offline, replay
from tests.features.seeds import DAY, content_of, cut
from tests.features.states import reader_of
from tests.features.unsent_requests import questions

SHOP = crowded_shop(orders=120, lives=True, changes=True)
MIDNIGHT = START + timedelta(days=42)
"""A day with several orders, as its eve has, with which the tables of the eve end."""
AT = int(MIDNIGHT.timestamp() * 1e6)


@dataclass(frozen=True)
class Days:
    """A shop by its last tables, and by those of the eve of `MIDNIGHT`; ``log``: the events of the day after."""

    whole: LearnedShop
    eve: LearnedShop
    log: list[Moment]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    with few_features():
        whole, eve = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("eve")
        shop = LearnedShop.of(SHOP, whole)
        before = LearnedShop.of(cut(SHOP, MIDNIGHT - timedelta(microseconds=1)), eve)
        before.seed()
        yield Days(shop, before, [each for each in event_log(whole / "validated") if each.at // DAY == AT // DAY])


@pytest.fixture
def live(days: Days) -> LiveState:
    """The state as the day begins."""
    return days.eve.state()


def levels_of(live: LiveState) -> dict[bytes, bytes]:
    return {key: value for key, value in content_of(live).records.items() if key.startswith(b"m")}


def posteriors(live: LiveState, order: Order) -> Floats:
    """What the posteriors say of each line of an order; shape (lines, factors)."""
    online = reader_of(live)
    columns = [place for place, name in enumerate(online.names) if is_posterior(name)]
    return online.ask(content_of(live), [order], reasons=True).features[:, columns]


def orders(days: Days) -> list[Order]:
    return [placed.order for moment in days.log for placed in moment.placed]


def test_every_line_of_the_next_day_has_the_posteriors_of_the_matrix(days: Days, live: LiveState) -> None:
    online = reader_of(live)
    compared = Comparison(online, Offline.read(days.whole.matrix, online.names))
    levels = levels_of(live)

    for _ in replay(days.log, live, compared):
        assert levels_of(live) == levels  # events move none

    assert compared.lines > 4
    assert (compared.differing, compared.examples) == (0, [])
    assert compared.largest < 1e-12


def test_without_fields_a_request_has_the_posteriors_of_the_matrix_without_them(days: Days, live: LiveState) -> None:
    online = reader_of(live)
    cases = pd.read_parquet(days.whole.matrix / "cases.parquet")
    names = [name for name in online.names if is_posterior(name)]
    columns = [online.names.index(name) for name in names]
    wanted, compared = unsent_cases(days.whole.recipe.request_fields()), 0

    for asked in questions(days.log, live):
        for case, fields in wanted.items():
            expected = cases[(cases[CASE] == case) & cases["line_id"].isin(asked.line_ids)]
            places = [asked.line_ids.index(line_id) for line_id in expected["line_id"]]
            found = asked.answer(online, fields)[np.ix_(places, columns)]
            np.testing.assert_allclose(found, expected[names].to_numpy(), rtol=1e-11, atol=1e-14, err_msg=case)
            compared += len(expected)

    assert compared >= 50


def test_a_line_in_another_size_has_the_posteriors_of_the_changed_basket(days: Days, live: LiveState) -> None:
    online, snapshot = reader_of(live), content_of(live)
    order = max(orders(days), key=lambda each: len(each.lines))
    worked = online.ask(snapshot, [order], reasons=True).worked
    assert worked is not None

    found = online.ask_in_sizes(snapshot, worked, [(0, "40"), (1, "m")])

    for row, (place, size) in zip(found, [(0, "40"), (1, "m")], strict=True):
        lines = tuple(replace(each, size=size) if at == place else each for at, each in enumerate(order.lines))
        whole = online.ask(snapshot, [replace(order, lines=lines)]).features[place]
        np.testing.assert_allclose(row, whole, rtol=1e-12, atol=0)


def test_several_baskets_at_once_have_the_posteriors_of_each_by_itself(days: Days, live: LiveState) -> None:
    online, snapshot = reader_of(live), content_of(live)
    apart = [online.ask(snapshot, [each]).features for each in orders(days)]

    together = online.ask(snapshot, orders(days)).features

    np.testing.assert_allclose(together, np.concatenate(apart), rtol=1e-12, atol=0)


def test_with_the_days_the_level_of_the_shop_is_known_less_and_the_log_odds_shrink(days: Days, live: LiveState) -> None:
    order = orders(days)[0]
    years = replace(order, ordered_at=order.ordered_at + 3000 * DAY)
    season = [name for name in reader_of(live).names if is_posterior(name)].index("posterior_season")

    assert abs(posteriors(live, years)[0, season]) < abs(posteriors(live, order)[0, season])


def test_a_corrected_outcome_moves_no_level_until_the_state_is_renewed(live: LiveState) -> None:
    kept = SHOP.lines[~SHOP.lines["line_id"].isin(SHOP.returns["line_id"]) & (SHOP.lines["ordered_at"] < MIDNIGHT)]
    late = [LineReturned(f"late {line_id}", line_id, AT) for line_id in kept["line_id"][-20:]]
    levels = levels_of(live)

    receipts = live.apply(late, AT)

    assert Status.APPLIED in {receipt.status for receipt in receipts}
    assert levels_of(live) == levels


def test_levels_are_remembered_and_those_of_another_state_are_read_anew(days: Days, live: LiveState) -> None:
    online, store, order = reader_of(live), content_of(live), orders(days)[0]
    columns = [place for place, name in enumerate(online.names) if is_posterior(name)]
    before = online.ask(store, [order], reasons=True).features[:, columns]
    levels = [key for key in store.records if key.startswith(b"m") and b"customer" not in key]
    for key in levels:  # as no event does
        store.records[key] = write_level(1.0, 0.01)

    remembered = online.ask(store, [order], reasons=True).features[:, columns]
    learned = Learned.from_bytes(store.records[POSTERIORS])
    store.records[POSTERIORS] = replace(learned, slope=learned.slope * (1 + 1e-12)).as_bytes()  # as a renewed state has
    renewed = online.ask(store, [order], reasons=True).features[:, columns]

    np.testing.assert_array_equal(remembered, before)
    np.testing.assert_allclose(renewed, reader_of(live).ask(store, [order], reasons=True).features[:, columns])
    assert not np.allclose(renewed, before)


def test_what_is_remembered_has_a_bound(days: Days, live: LiveState, monkeypatch: pytest.MonkeyPatch) -> None:
    online, store = reader_of(live), content_of(live)
    monkeypatch.setattr("features.online.posteriors.REMEMBERED", 3)
    every = orders(days)

    bounded = [online.ask(store, [each]).features for each in [*every, *every]]

    apart = [reader_of(live).ask(store, [each]).features for each in every]
    np.testing.assert_array_equal(np.concatenate(bounded), np.concatenate([*apart, *apart]))


@pytest.mark.parametrize("event", [CustomerErased("gone", "c1", AT), CustomersMerged("one", "c1", "c2", AT)])
def test_a_customer_who_is_erased_or_merged_leaves_no_level(live: LiveState, event: Event) -> None:
    before = levels_of(live)

    live.apply([event], AT)

    gone = before.keys() - levels_of(live).keys()
    assert gone == {key for key in before if b"\0c1" in key}
    assert len(gone) > 1
    assert levels_of(live) == {key: value for key, value in before.items() if key not in gone}


def test_a_state_without_posteriors_says_nothing(days: Days, live: LiveState) -> None:
    content_of(live).records.pop(POSTERIORS)

    assert np.isnan(posteriors(live, orders(days)[0])).all()


def test_the_state_says_as_of_which_day_they_hold(live: LiveState) -> None:
    about = restore.current(live.store)

    assert about is not None
    assert about.learned_day == AT // DAY
