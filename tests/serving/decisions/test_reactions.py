"""Events of decisions beside the decisions that they name, from the request to what goes to the decision log."""

import asyncio
import json
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.logged.decisions import Contact, Did, Reaction
from data.times import SLIGHTLY_AHEAD, iso
from features.online_state.events import of_logged
from features.stores.memory import MemoryStore
from features.stores.store import StoreError
from serving.decisions.caps import Caps
from serving.decisions.log import DecisionLog
from serving.decisions.reactions import check, note
from serving.exchange_rates import ExchangeRates
from serving.http.problems import ProblemError
from serving.http.writer.event_writer import Beside, EventWriter
from serving.ports import AsGiven
from tests.serving.decisions.shop import DAY, NOW, SURE, Shop, customer_in, order
from tests.serving.fakes import FakeFeeding
from tests.training.decisions.examples import action
from training.decisions.earlier_reactions import from_log

SECOND = 1_000_000
OFTEN = {"most": 100, "days": 1}
REACTIONS = ("shown_before", "dismissed_before", "dismissed_share")


def sent(caps: Caps, *reactions: tuple[str, str, int]) -> tuple[list[dict[str, str]], list[str]]:
    """Send events of (type, decision_id, time); give their results, and the ids of those in the log."""
    kept = list[Reaction | Contact]()
    feeding = FakeFeeding(status=lambda event: of_logged(event).status)  # type: ignore[arg-type]
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


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(tuple(Did)), st.integers(0, 2), st.integers(0, 90)), max_size=12
    )
)
def test_checkout_knows_of_earlier_reactions_what_the_log_tells(
    tmp_path: Path, steps: list[tuple[int, Did, int, int]]
) -> None:
    """After each decision somebody reacts to one of the last; the covariates at checkout are those from the log."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    shop = Shop(folder)
    shop.write(action(effects=SURE, per_customer=OFTEN), per_customer=OFTEN)
    decider, caps, log = shop.decider(), Caps(lambda: shop.store), DecisionLog(folder / "log", 10**6)
    customers = (customer_in("policy", decider), customer_in("holdout", decider))
    made = list[str]()
    for number, (who, did, back, late) in enumerate([*steps, (0, Did.SHOWN, 0, 0), (1, Did.SHOWN, 0, 0)]):
        now = NOW + number * 40 * DAY
        made.append(decider.decide(order(f"b{number}", customers[who]), "r", now).outcome.decision_id)
        done = [Reaction(f"e{number}", made[max(0, len(made) - 1 - back)], did, now - late * DAY, now)]
        log.append(*done)
        note(caps, done)

    rows = shop.logged()
    known = from_log(rows)
    for row in rows:
        if "event_id" not in row:
            shown, dismissed, share = (row["covariates"][name] for name in REACTIONS)
            assert (shown, dismissed) == tuple(known[row["decision_id"]])
            assert share == known[row["decision_id"]].dismissed_share


def test_a_store_that_is_away_costs_no_reaction_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    def away() -> MemoryStore:
        raise StoreError("unreachable", "nobody is there")

    note(Caps(away), [Reaction("e", "d", Did.DISMISSED, NOW, NOW)])
    assert "is not known to the next decisions" in caplog.text


def test_a_decision_that_an_earlier_version_wrote_down_is_known_and_its_reactions_count_for_nobody(shop: Shop) -> None:
    name = decided(shop, "policy")
    old = orjson.dumps([NOW, "hint"])  # without the unit
    shop.store.write(lambda transaction: transaction.put(b"decision:" + name.encode(), old))

    results, _ = sent(Caps(lambda: shop.store), ("action_shown", name, NOW + SECOND))
    note(Caps(lambda: shop.store), [Reaction("e", name, Did.SHOWN, NOW, NOW)])

    assert results[0]["status"] == "applied"


def contacted(*contacts: dict[str, str]) -> tuple[dict[str, object], list[Reaction | Contact]]:
    """Send contacts by their fields; give the answer and what goes to the decision log."""
    kept = list[Reaction | Contact]()
    feeding = FakeFeeding(status=lambda event: of_logged(event).status)  # type: ignore[arg-type]
    writer = EventWriter(feeding, AsGiven(), tuple, ExchangeRates("EUR"), beside=Beside(kept.extend))
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
