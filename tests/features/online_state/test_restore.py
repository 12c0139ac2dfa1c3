"""A restored seed goes on like a state that received every event; events after the seed are carried over."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from data.errors import UserError
from data.times import to_us
from features.online.features import OnlineFeatures
from features.online_state import records as state_records
from features.online_state import restore, seed_file
from features.online_state.events import LineReturned, Status
from features.online_state.live import LiveState
from features.online_state.order_life import lives
from features.online_state.records import StateAbout
from features.online_state.restore import carry_over, current
from features.stores.memory import MemoryStore
from features.stores.store import Agenda, StoreError
from tests.features.crowded_shop import OUTCOME, START, crowded_shop
from tests.features.event_log import Moment, event_log
from tests.features.seeds import (
    DAY,
    FEW_COLUMNS,
    REMEMBER_DAYS,
    advance,
    build,
    content_of,
    cut,
    features_of,
    fed_by,
    feed,
    orders_at,
    orders_of,
    recipe_of,
    restored,
)
from tests.features.states import state_of

CUT = START + timedelta(days=30)
NOW = 10 * DAY
"""The time from the cut until an older state is replaced."""


@dataclass(frozen=True)
class Case:
    """A seed that was built from the events ``before``, and the events ``after`` it."""

    state: Path
    online: OnlineFeatures
    before: list[Moment]
    after: list[Moment]

    @property
    def now(self) -> int:
        return to_us(CUT) + NOW

    @property
    def until_now(self) -> list[Moment]:
        return self.before + [moment for moment in self.after if moment.at <= self.now]

    @property
    def about(self) -> StateAbout:
        return seed_file.read_about(self.state)

    def restored(self) -> LiveState:
        return restored(self.state, self.online)

    def older(self, log: list[Moment], about: StateAbout | None = None) -> LiveState:
        """A state that received ``log`` and has forgotten nothing."""
        live, about = fed_by(self.online, log), about or self.about
        live.store.write(lambda store: store.put(state_records.ABOUT, state_records.write_about(about)))
        return live


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("shop")
    shop, recipe = crowded_shop(lives=True, changes=True), recipe_of(FEW_COLUMNS)
    state = build(cut(shop, CUT), folder, recipe)
    log = event_log(shop.write(folder / "whole"))
    cut_at = to_us(CUT)
    before = [moment for moment in log if moment.at <= cut_at]
    return Case(state, OnlineFeatures(recipe), before, log[len(before) :])


def assert_same(one: LiveState, other: LiveState, log: list[Moment], at: int) -> None:
    """Both give the same features at a time, and later once the writer has counted the closes."""
    for days in (0, 1, 30):
        orders = orders_at(log, at + 1 + days * DAY)
        for live in (one, other):
            advance(live, at + days * DAY)
        np.testing.assert_allclose(features_of(one, orders), features_of(other, orders), rtol=1e-9, atol=1e-12)


# --- restore ---


def test_a_seed_and_the_events_after_it_give_the_features_of_all_events(case: Case) -> None:
    seeded, made = case.restored(), advance(fed_by(case.online, case.before), case.about.as_of or 0)
    asked = 0

    for moment in case.after:
        orders = [placed.order for placed in moment.placed]
        for live in (seeded, made):
            advance(live, moment.at)
        if orders:
            asked += len(orders)
            found, expected = (features_of(live, orders) for live in (seeded, made))
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
        feed(seeded, [moment])
        feed(made, [moment])

    assert asked > 30
    assert_same(seeded, made, case.after, case.after[-1].at)


def test_a_late_return_takes_back_that_its_line_was_kept(case: Case) -> None:
    seeded, made = case.restored(), advance(fed_by(case.online, case.before), case.about.as_of or 0)
    lines = [line for order in orders_of(seeded).values() for line in lives(order, OUTCOME)]
    kept = [line for line in lines if line.settles and not line.back and line.closes_at < (case.about.as_of or 0)]
    late = [LineReturned(f"late {line.line_id}", line.line_id, line.ordered_at + DAY, None) for line in kept]

    feed(seeded, [Moment(case.now, tuple(late))])
    feed(made, [Moment(case.now, tuple(late))])

    assert len(late) > 3
    orders = orders_at(case.before, case.now + 1)
    assert not np.array_equal(features_of(seeded, orders), features_of(case.restored(), orders), equal_nan=True)
    assert_same(seeded, made, case.before, case.now)


def test_a_store_describes_the_seed_that_it_was_restored_from(case: Case) -> None:
    store = MemoryStore()
    before = current(store)

    about = restore.restore(case.state, store)

    assert before is None
    assert about == current(store) == case.about


class Full(MemoryStore):
    """A store whose disk is full in the middle of loading."""

    def load(self, records, agenda):
        super().load([next(iter(records))], list(agenda)[:1])
        raise StoreError("full", "no space left")


def test_a_restore_that_was_interrupted_leaves_no_mark(case: Case) -> None:
    store = Full()

    with pytest.raises(StoreError, match="full"):
        restore.restore(case.state, store)

    assert current(store) is None
    assert store.read(lambda snapshot: snapshot.get([state_records.DAYS])) != [None]


@pytest.fixture
def broken(case: Case, tmp_path: Path) -> Path:
    """A copy of the seed, to be broken."""
    for file in case.state.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def assert_refused(folder: Path, found: str) -> None:
    store = MemoryStore()

    with pytest.raises(UserError) as caught:
        restore.restore(folder, store)

    assert found in caught.value.found
    assert caught.value.fix == "build it again: dvc repro"
    assert store.read(lambda snapshot: snapshot.get([state_records.LATEST])) == [None]


@pytest.mark.parametrize(
    ("name", "found"),
    [("records.parquet", "No such file"), ("agenda.parquet", "No such file"), ("about.json", "no such file")],
)
def test_a_seed_without_one_of_its_files_is_refused(broken: Path, name: str, found: str) -> None:
    (broken / name).unlink()

    assert_refused(broken, f"{name}: {found}")


@pytest.mark.parametrize("name", ["records.parquet", "agenda.parquet"])
def test_a_seed_with_a_changed_byte_is_refused(broken: Path, name: str) -> None:
    content = bytearray((broken / name).read_bytes())
    content[len(content) // 2] ^= 1
    (broken / name).write_bytes(content)

    assert_refused(broken, "does not match the digest in about.json")


def test_a_seed_that_is_cut_short_is_refused(broken: Path) -> None:
    (broken / "records.parquet").write_bytes((broken / "records.parquet").read_bytes()[:-100])

    assert_refused(broken, "does not match the digest in about.json")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "about.json: JSONDecodeError"),
        ("[]", "about.json: "),
        ("{}", "about.json: KeyError('format')"),
        ('{"format": 1, "seed": "x"}', "about.json: TypeError"),
        ('{"format": 99, "more": 1}', "one of format 99; this version reads format 1"),
    ],
)
def test_a_seed_of_another_version_is_refused(broken: Path, text: str, found: str) -> None:
    (broken / "about.json").write_text(text)

    assert_refused(broken, found)


# --- carry over ---


def test_a_new_seed_with_carried_over_events_gives_the_features_of_all_events(case: Case) -> None:
    live = case.restored()

    carried = carry_over(case.older(case.until_now).store, live, case.now)

    assert_same(live, advance(fed_by(case.online, case.until_now), case.now), case.until_now, case.now)
    assert carried.complete is False  # the cut is ten days old, and events are held for eight
    events = [event for moment in case.until_now for event in moment.events]
    assert sum(carried.statuses.values()) + carried.skipped == len(events)
    assert carried.skipped == sum(
        placed.order.ordered_at < (case.about.as_of or 0) - REMEMBER_DAYS * DAY
        for moment in case.until_now
        for placed in moment.placed
    )
    assert carried.statuses[Status.APPLIED] > 0 < carried.statuses[Status.DUPLICATE]
    # Refused are those of lines long forgotten.
    assert carried.statuses.keys() == {Status.APPLIED, Status.DUPLICATE, Status.NOT_COUNTED, Status.REFUSED}


def test_a_state_with_carried_over_events_goes_on_like_one_that_received_them(case: Case) -> None:
    live, made = case.restored(), advance(fed_by(case.online, case.until_now), case.now)
    carry_over(case.older(case.until_now).store, live, case.now)
    later = [moment for moment in case.after if moment.at > case.now]

    feed(live, later)
    feed(made, later)

    assert_same(live, made, later, later[-1].at)


def test_carrying_over_again_changes_nothing(case: Case) -> None:
    live, old = case.restored(), case.older(case.until_now)
    carry_over(old.store, live, case.now)
    before = dict(content_of(live).records)

    again = carry_over(old.store, live, case.now + DAY)

    assert again.statuses.keys() == {Status.DUPLICATE, Status.REFUSED}
    assert content_of(live).records == before


def _events(live: LiveState) -> set[bytes]:
    """The keys of the events that a state holds."""
    return {key for key in content_of(live).records if key.startswith(state_records.event_key(""))}


def test_events_are_held_as_long_as_the_older_state_held_them(case: Case) -> None:
    live, old = case.restored(), case.older(case.until_now)
    carry_over(old.store, live, case.now)
    held = {key: at for at, key in content_of(old).agendas[Agenda.FORGET] if key[:1] == b"e"}
    carried = _events(live)

    later = case.now + 4 * DAY
    advance(live, later)

    assert set() < _events(live) < carried
    assert _events(live) == {key for key in carried if held[key] >= later}


def test_what_was_carried_over_is_carried_once_more_to_the_next(case: Case) -> None:
    old, first, second = case.older(case.until_now), case.restored(), case.restored()
    carry_over(old.store, first, case.now)

    carry_over(first.store, second, case.now)

    assert _events(first) == _events(second) != set()
    for live in (first, second):
        advance(live, case.now + 4 * DAY)
    assert _events(first) == _events(second) != set()
    assert_same(first, second, case.until_now, case.now + 4 * DAY)


def test_a_state_whose_ids_were_hashed_with_another_key_is_not_carried_over(case: Case) -> None:
    old = case.older(case.before[:3], replace(case.about, id_key="an older key"))

    with pytest.raises(UserError, match="hashed with the key an older key") as caught:
        carry_over(old.store, case.restored(), case.now)

    assert caught.value.found == "the key a key"


def test_events_of_customers_known_by_something_else_are_not_carried_over(case: Case) -> None:
    old = case.older(case.before[:3], replace(case.about, reading={"customer_key": "email"}))

    with pytest.raises(UserError, match="customers are known by their email") as caught:
        carry_over(old.store, case.restored(), case.now)

    assert caught.value.found == "by their id"


def test_nothing_is_carried_over_from_a_state_that_was_never_finished(case: Case) -> None:
    carried = carry_over(fed_by(case.online, case.before).store, case.restored(), case.now)

    assert (carried.statuses, carried.skipped, carried.complete) == ({}, 0, True)


def test_nothing_is_lost_where_the_tables_end_no_longer_ago_than_events_are_held(case: Case) -> None:
    about = case.about.as_of or 0

    carried = carry_over(case.older([]).store, case.restored(), about + REMEMBER_DAYS * DAY)

    assert carried.complete is True


def test_a_state_without_a_seed_takes_nothing_over(case: Case) -> None:
    with pytest.raises(ValueError, match="restore a seed first"):
        carry_over(case.older([]).store, state_of(case.online, REMEMBER_DAYS), case.now)
