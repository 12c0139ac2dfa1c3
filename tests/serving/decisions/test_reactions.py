"""Events of decisions beside the decisions that they name, from the request to what goes to the decision log."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from data.logged.decisions import Contact, Reaction
from data.times import SLIGHTLY_AHEAD, iso
from features.online_state.events import of_logged
from features.stores.memory import MemoryStore
from features.stores.store import StoreError
from serving.decisions.caps import Caps
from serving.decisions.reactions import check
from serving.exchange_rates import ExchangeRates
from serving.http.problems import ProblemError
from serving.http.writer.event_writer import EventWriter
from serving.ports import AsGiven
from tests.serving.decisions.shop import NOW, Shop, customer_in, order
from tests.serving.fakes import FakeFeeding

SECOND = 1_000_000


def sent(caps: Caps, *reactions: tuple[str, str, int]) -> tuple[list[dict[str, str]], list[str]]:
    """Send events of (type, decision_id, time); give their results, and the ids of those in the log."""
    kept = list[Reaction | Contact]()
    feeding = FakeFeeding(status=lambda event: of_logged(event).status)  # type: ignore[arg-type]
    events = [
        {"type": kind, "event_id": f"e{number}", "decision_id": decision, "reacted_at": iso(at)}
        for number, (kind, decision, at) in enumerate(reactions)
    ]
    writer = EventWriter(feeding, AsGiven(), tuple, ExchangeRates("EUR"), keep=kept.extend, check=check(caps))
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


def test_while_decisions_can_not_be_looked_up_all_events_of_them_are_taken() -> None:
    def away() -> MemoryStore:
        raise StoreError("unreachable", "nobody is there")

    results, kept = sent(Caps(away), ("action_shown", "any", NOW))

    assert ([each["status"] for each in results], kept) == (["applied"], ["e0"])


def contacted(*contacts: dict[str, str]) -> tuple[dict[str, object], list[Reaction | Contact]]:
    """Send contacts by their fields; give the answer and what goes to the decision log."""
    kept = list[Reaction | Contact]()
    feeding = FakeFeeding(status=lambda event: of_logged(event).status)  # type: ignore[arg-type]
    writer = EventWriter(feeding, AsGiven(), tuple, ExchangeRates("EUR"), keep=kept.extend)
    events = [
        {"type": "customer_contacted", "event_id": f"e{number}", "contacted_at": iso(NOW), **contact}
        for number, contact in enumerate(contacts)
    ]
    written = asyncio.run(writer.write(json.dumps({"events": events}).encode()))
    return json.loads(written.answer), kept


def test_a_contact_goes_to_the_decision_log_with_its_customer_and_order() -> None:
    answer, kept = contacted({"customer_id": "C-1", "topic": "delivery"}, {"order_id": "9001"})

    assert answer["counts"] == {"applied": 2}
    assert [replace(each, taken_at=0) for each in kept if isinstance(each, Contact)] == [
        Contact("e0", "C-1", None, "delivery", NOW, 0), Contact("e1", None, "9001", None, NOW, 0),
    ]  # fmt: skip


def test_a_contact_without_customer_and_order_is_refused() -> None:
    with pytest.raises(ProblemError) as refused:
        contacted({"topic": "delivery"})
    assert "a customer_id or an order_id" in str(refused.value.response("r").body)
