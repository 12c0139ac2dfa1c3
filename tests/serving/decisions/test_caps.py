"""Caps under several workers at once."""

import multiprocessing
from pathlib import Path

import pytest

from data.times import MICROSECONDS_PER_DAY
from serving.decisions.caps import ANOTHER, Caps, CapsError, Chosen, Limit

LIMITS = (Limit("per_day", "action", 10, 1),)


def chosen(number: int, unit: str = "u", at: int = 0) -> Chosen:
    return Chosen(f"d{number}", f"b{number}", "content", unit, "hint", at, b"{}")


def _take(path: Path, first: int, count: int, results: "multiprocessing.Queue[int]") -> None:
    caps, taken = Caps(path), 0
    for number in range(first, first + count):
        while True:
            try:
                taken += caps.take(chosen(number), LIMITS) is None
                break
            except CapsError:  # the others hold the file: as a checkout would get nothing, ask again
                continue
    results.put(taken)


def test_workers_that_choose_at_the_same_time_never_pass_a_cap(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [
        context.Process(target=_take, args=(tmp_path / "caps", 1000 * number, 50, results)) for number in range(4)
    ]
    for worker in workers:
        worker.start()
    taken = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()

    assert sum(taken) == 10


def test_what_counts_is_within_the_span_of_the_cap(tmp_path: Path) -> None:
    caps = Caps(tmp_path / "caps")
    limit = (Limit("per_customer", "customer_and_action", 1, 2),)

    assert caps.take(chosen(1), limit) is None
    assert caps.take(chosen(2, at=2 * MICROSECONDS_PER_DAY - 1), limit) == "per_customer"
    assert caps.take(chosen(2, "another"), limit) is None
    assert caps.take(chosen(3, at=2 * MICROSECONDS_PER_DAY), limit) is None


def test_a_basket_has_one_action_whoever_asks_first(tmp_path: Path) -> None:
    one, other = Caps(tmp_path / "caps"), Caps(tmp_path / "caps")

    assert one.take(chosen(1), ()) is None
    assert other.take(chosen(1)._replace(decision_id="d2"), ()) == ANOTHER
    assert other.of_basket("b1") == chosen(1)
    assert other.of_basket("b2") is None


def test_a_file_that_is_held_is_not_waited_for(tmp_path: Path) -> None:
    caps, holder = Caps(tmp_path / "caps"), Caps(tmp_path / "caps")
    caps.take(chosen(1), ())
    holder._open().execute("BEGIN IMMEDIATE")

    with pytest.raises(CapsError, match="locked"):
        caps.take(chosen(2), ())
