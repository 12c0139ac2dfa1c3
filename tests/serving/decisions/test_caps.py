"""Caps in the real stores, under several workers at once."""

import multiprocessing
from pathlib import Path

import pytest

from features.stores.embedded import LmdbStore
from features.stores.memory import MemoryStore
from features.stores.store import Store, StoreError
from serving.decisions.caps import ANOTHER, CHANGED, HOUR, Before, Caps, Chosen, Limit

PER_DAY = (Limit("per_day", "action", 10, 1),)
DAY = 24 * HOUR


def chosen(number: int, unit: str = "u", at: int = 0) -> Chosen:
    return Chosen(f"d{number}", f"b{number}", "content", unit, "hint", at, "{}", "{}")


def caps_of(store: Store) -> Caps:
    return Caps(lambda: store)


def _take(folder: Path, first: int, count: int, results: "multiprocessing.Queue[int]") -> None:
    caps = Caps(lambda: LmdbStore(folder, write_timeout_seconds=30))
    results.put(sum(caps.take(chosen(number), PER_DAY, 90) is None for number in range(first, first + count)))


def test_workers_that_choose_at_the_same_time_never_pass_a_cap(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_take, args=(tmp_path, 1000 * number, 20, results)) for number in range(4)]
    for worker in workers:
        worker.start()
    taken = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()

    assert sum(taken) == 10


def test_what_counts_for_a_customer_is_within_the_days_of_the_cap() -> None:
    caps, limit = caps_of(MemoryStore()), (Limit("per_customer", "customer_and_action", 1, 2),)

    assert caps.take(chosen(1), limit, 90) is None
    assert caps.take(chosen(2, at=2 * DAY - 1), limit, 90) == "per_customer"
    assert caps.take(chosen(2, "another"), limit, 90) is None
    assert caps.take(chosen(3, at=2 * DAY), limit, 90) is None


def test_a_quota_is_never_passed_within_any_24_hours_and_is_free_again_after_25() -> None:
    caps, limit = caps_of(MemoryStore()), (Limit("per_day", "action", 1, 1),)

    assert caps.take(chosen(1, at=HOUR // 2), limit, 90) is None
    assert caps.take(chosen(2, at=DAY + HOUR // 2 - 1), limit, 90) == "per_day"
    assert caps.take(chosen(2, at=DAY + HOUR), limit, 90) is None


def test_a_basket_has_one_action_whoever_asks_first() -> None:
    store = MemoryStore()
    one, other = caps_of(store), caps_of(store)

    assert one.take(chosen(1), (), 90) is None
    assert other.take(chosen(1)._replace(decision_id="d2"), (), 90) == ANOTHER
    assert other.past("b1", "u").of_basket == chosen(1)
    assert other.past("b2", "u").of_basket is None


def test_nothing_is_counted_where_another_action_of_the_draw_is_not_free_any_more() -> None:
    caps, once = caps_of(MemoryStore()), (Limit("per_day", "action", 1, 1),)
    assert caps.take(chosen(1)._replace(action="gift"), once, 90) is None

    assert caps.take(chosen(2), (), 90, {"hint": (), "gift": once}) == CHANGED
    assert caps.past("b2", "u").of_basket is None
    assert caps.take(chosen(2), (), 90, {"hint": ()}) is None


def test_what_was_chosen_before_is_that_of_the_unit_and_the_quota_is_that_of_all() -> None:
    caps = caps_of(MemoryStore())
    for number, unit in enumerate(("u", "v", "u")):
        caps.take(chosen(number, unit, at=number * HOUR), (), 90)

    found = Before(caps.past("b", "u").of_unit, caps.of_day(["hint", "gift"], 3 * HOUR))

    assert found.of_unit == [(0, "hint"), (2 * HOUR, "hint")]
    assert found.of_day == {"hint": 3, "gift": 0}
    assert caps.of_day((), 3 * HOUR) == {}
    assert found.reached([Limit("per_day", "action", 3, 1)], "hint", 3 * HOUR) == "per_day"
    assert found.reached([Limit("per_day", "action", 4, 1)], "hint", 3 * HOUR) is None


def test_what_no_cap_looks_at_any_more_is_forgotten() -> None:
    store = MemoryStore()
    caps = caps_of(store)
    caps.take(chosen(1), (), 90)
    caps.take(chosen(2, at=60 * DAY), (), 90)
    assert caps.past("b1", "u").of_basket is not None

    caps.take(chosen(3, "another", at=91 * DAY), (), 90)

    assert caps.past("b1", "u").of_basket is None
    assert caps.past("b2", "u").of_basket is not None
    assert caps.take(chosen(4, at=92 * DAY), (Limit("all", "customer", 1, 90),), 90) == "all"


def test_a_store_that_another_worker_holds_is_not_waited_for(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path, write_timeout_seconds=0.01)
    caps = caps_of(store)
    with store._writing, pytest.raises(StoreError, match="another thread"):
        caps.take(chosen(1), (), 90)
