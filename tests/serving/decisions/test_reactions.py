"""Events of decisions beside the decisions that they name, from the request to what goes to the decision log."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from data.logged.decisions import Reaction
from data.times import SLIGHTLY_AHEAD, iso
from features.online_state.events import of_reaction
from features.stores.memory import MemoryStore
from features.stores.store import StoreError
from serving.decisions.caps import Caps
from serving.decisions.reactions import check
from serving.exchange_rates import ExchangeRates
from serving.http.writer.event_writer import Beside, EventWriter
from serving.ports import AsGiven
from tests.serving.decisions.shop import NOW, Shop, customer_in, order
from tests.serving.fakes import FakeFeeding

SECOND = 1_000_000


def sent(caps: Caps, *reactions: tuple[str, str, int]) -> tuple[list[dict[str, str]], list[str]]:
    """Send events of (type, decision_id, time); give their results, and the ids of those in the log."""
    kept = list[Reaction]()
    feeding = FakeFeeding(status=lambda event: of_reaction(event).status)  # type: ignore[arg-type]
    events = [
        {"type": kind, "event_id": f"e{number}", "decision_id": decision, "reacted_at": iso(at)}
        for number, (kind, decision, at) in enumerate(reactions)
    ]
    writer = EventWriter(feeding, AsGiven(), tuple, ExchangeRates("EUR"), beside=Beside(kept.extend, check(caps)))
    written = asyncio.run(writer.write(json.dumps({"events": events}).encode()))
    return json.loads(written.answer)["results"], [each.event_id for each in kept]


def decided(shop: Shop, arm: str) -> str:
    """The id of a decision in ``arm`` for which the policy chose an action."""
    decider = shop.decider()
    return decider.decide(order("b1", customer_in(arm, decider)), "r", NOW).outcome.decision_id


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_what_was_done_about_an_action_is_applied_also_a_moment_before_its_decision(shop: Shop) -> None:
    name = decided(shop, "policy")

    results, kept = sent(
        Caps(lambda: shop.store),
        ("action_shown", name, NOW - SLIGHTLY_AHEAD), ("action_accepted", name, NOW + SECOND),
        ("action_dismissed", name, NOW + 2 * SECOND), ("basket_changed", name, NOW + 3 * SECOND),
    )  # fmt: skip

    assert {each["status"] for each in results} == {"applied"}
    assert kept == ["e0", "e1", "e2", "e3"]


def test_an_event_of_a_decision_that_is_not_known_counts_only_where_it_needs_no_action_and_is_kept(shop: Shop) -> None:
    kinds = ("action_shown", "action_accepted", "action_dismissed", "basket_changed", "basket_abandoned")

    results, kept = sent(Caps(lambda: shop.store), *((kind, "nowhere", NOW) for kind in kinds))

    assert [each["status"] for each in results] == 3 * ["not_counted"] + 2 * ["applied"]
    assert kept == ["e0", "e1", "e2", "e3", "e4"]


def test_nothing_is_shown_of_a_decision_in_the_holdout_and_its_basket_may_change(shop: Shop) -> None:
    name = decided(shop, "holdout")

    results, kept = sent(
        Caps(lambda: shop.store), ("action_shown", name, NOW), ("basket_abandoned", name, NOW + SECOND)
    )

    assert [each["status"] for each in results] == ["refused", "applied"]
    assert "is in the holdout" in results[0]["detail"]
    assert kept == ["e1"]


def test_what_was_done_before_the_decision_is_refused_with_both_times_and_is_not_in_the_log(shop: Shop) -> None:
    name = decided(shop, "policy")

    results, kept = sent(Caps(lambda: shop.store), ("basket_changed", name, NOW - SLIGHTLY_AHEAD - SECOND))

    assert results[0]["status"] == "refused"
    assert "done at 2024-05-31T11:58:59Z, before its decision at 2024-05-31T12:00:00Z" in results[0]["detail"]
    assert kept == []


def test_decisions_are_looked_up_in_another_thread_than_that_in_which_other_requests_are_answered() -> None:
    threads = list[int]()

    def noting() -> MemoryStore:
        threads.append(threading.get_ident())
        return MemoryStore()

    sent(Caps(noting), ("basket_changed", "any", NOW))

    assert len(threads) == 1
    assert threads != [threading.get_ident()]


def test_while_decisions_can_not_be_looked_up_all_events_of_them_are_taken() -> None:
    def away() -> MemoryStore:
        raise StoreError("unreachable", "nobody is there")

    results, kept = sent(Caps(away), ("action_shown", "any", NOW))

    assert ([each["status"] for each in results], kept) == (["applied"], ["e0"])
