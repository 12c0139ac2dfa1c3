"""Decisions over the real caps, log and policy file; only the scores are set by the test."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.stores.store import StoreError
from serving.decisions.decider import Decider
from serving.decisions.faults import TABLE
from serving.predictions.rotating_file import RotatingFile
from serving.scores import Degraded, Explain
from tests.serving.decisions.shop import DAY, NOW, SURE, Shop, act_of, customer_in, order, why_of
from tests.training.decisions.examples import action

MILD = {"returns": {"mean": -0.05, "spread": 0.0}, "source": "a test"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def acting(shop: Shop) -> tuple[Decider, str]:
    """A worker, and a customer for whom the policy acts."""
    decider = shop.decider()
    return decider, customer_in("policy", decider)


def test_the_policy_acts_for_its_arm_and_never_in_the_holdout_and_the_log_has_both(shop: Shop) -> None:
    decider = shop.decider()
    arms = {}
    for number in range(300):
        decided = decider.decide(order(f"b{number}", f"c{number}"), "r", NOW)
        arms[f"b{number}"] = decided.outcome.arm
        assert act_of(decided) == {"policy": "hint", "holdout": None}[str(decided.outcome.arm)]
        assert decided.outcome.propensity == {"policy": 0.9, "holdout": 0.1}[str(decided.outcome.arm)]

    logged = {each["basket_id"]: each for each in shop.logged()}
    assert {name: each["arm"] for name, each in logged.items()} == arms
    assert set(arms.values()) == {"policy", "holdout"}
    assert all(each["chosen"] == "hint" and each["low_minor"] > 0 for each in logged.values())
    assert all((each["action"] is None) == (each["arm"] == "holdout") for each in logged.values())


def test_the_same_basket_gets_the_same_decision_again_and_counts_once(shop: Shop) -> None:
    decider, customer = acting(shop)
    first = decider.decide(order("b1", customer), "r", NOW)

    again = decider.decide(order("b1", customer), "r2", NOW + 5_000_000)

    assert act_of(first) == "hint"
    assert again.outcome == first.outcome
    assert shop.logged()[-1] == shop.logged()[-2]


def test_a_retrained_model_moves_no_customer_to_another_arm(shop: Shop) -> None:
    shop.write(holdout_share=0.3, exploration={"share": 0.3, "method": "uniform"})
    arms = []
    for day, probability in enumerate((0.2, 0.9)):  # two models that agree on nothing
        shop.scoring.probability = probability
        decider = shop.decider()
        found = [decider.decide(order(f"b{day}-{number}", f"c{number}"), "r", NOW + day * DAY) for number in range(300)]
        arms.append([each.outcome.arm for each in found])

    assert arms[0] == arms[1]
    assert set(arms[0]) == {"holdout", "policy", "exploration"}


def test_a_basket_without_an_action_is_decided_anew_and_alike_at_the_same_moment(shop: Shop) -> None:
    shop.write(action(lines={"probability": {"least": 0.99}}))
    decider = shop.decider()
    ids = [decider.decide(order(), "r", at).outcome.decision_id for at in (NOW, NOW, NOW + 1)]

    assert ids[0] == ids[1] != ids[2]
    assert [each["arm"] for each in shop.logged()] == 3 * [shop.logged()[0]["arm"]]


def test_a_basket_that_had_an_action_gets_no_other_one_once_it_has_changed(shop: Shop) -> None:
    shop.write(action(effects=SURE, per_customer={"most": 9, "days": 30}))
    decider, customer = acting(shop)
    decider.decide(order("b1", customer), "r", NOW)

    changed = decider.decide(order("b1", customer, product="p2"), "r", NOW + 1)

    assert act_of(changed) is None
    assert why_of(changed) == {"hint": "acted_before"}
    assert changed.outcome.propensity == 1.0


def test_caps_hold_for_a_customer_over_workers_and_restarts_until_their_days_are_over(shop: Shop) -> None:
    shop.write(action(effects=SURE, per_customer={"most": 2, "days": 30}))
    decider, customer = acting(shop)
    workers = [shop.decider() for _ in range(4)]
    found = [worker.decide(order(f"b{number}", customer), "r", NOW + number) for number, worker in enumerate(workers)]

    assert [act_of(each) for each in found] == ["hint", "hint", None, None]
    assert why_of(found[-1]) == {"hint": "per_customer"}
    assert act_of(decider.decide(order("late", customer), "r", NOW + 31 * DAY)) == "hint"


def test_a_cap_lets_the_next_best_action_through_until_the_customers_own_is_reached(shop: Shop) -> None:
    shop.write(
        action("best", effects=SURE), action("next", effects=MILD), action("last", effects=MILD),
        per_customer={"most": 2, "days": 30},
    )  # fmt: skip
    decider, customer = acting(shop)

    found = [decider.decide(order(f"b{number}", customer), "r", NOW + number) for number in range(3)]

    assert [act_of(each) for each in found] == ["best", "next", None]
    assert why_of(found[1]) == {"best": "per_customer", "next": None, "last": "another_adds_more"}
    assert why_of(found[2]) == {"best": "per_customer", "next": "per_customer", "last": "per_customer_of_all"}


def test_the_quota_of_a_day_is_one_for_all_customers_guests_among_them(shop: Shop) -> None:
    shop.write(action(effects=SURE, per_day=3), holdout_share=0.01)
    decider = shop.decider()

    found = [decider.decide(order(f"b{number}", None), "r", NOW + number) for number in range(5)]

    assert [act_of(each) for each in found] == ["hint"] * 3 + [None] * 2
    assert why_of(found[-1]) == {"hint": "per_day"}
    assert act_of(decider.decide(order("next day", None), "r", NOW + 25 * DAY // 24)) == "hint"


def test_the_holdout_meets_the_same_caps_so_that_both_arms_can_be_compared(shop: Shop) -> None:
    decider = shop.decider()
    customer = customer_in("holdout", decider)

    for number in range(2):
        decider.decide(order(f"b{number}", customer), "r", NOW + number)

    assert [each["chosen"] for each in shop.logged()[-2:]] == ["hint", None]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"degraded": (Degraded("stale_data", "old"),)}, "score_degraded"),
        ({"level": None}, "no_interval"),
    ],
)
def test_doubt_about_the_score_means_nothing(shop: Shop, changes: dict[str, object], why: str) -> None:
    decider, customer = acting(shop)
    for name, value in changes.items():
        setattr(shop.scoring, name, value)

    decided = decider.decide(order("b1", customer), "r", NOW)

    assert act_of(decided) is None
    assert why_of(decided) == {"hint": why}
    assert shop.logged()[-1]["ruled_out"] == {"hint": why}


def test_an_open_complaint_means_nothing(shop: Shop) -> None:
    decider, customer = acting(shop)

    assert why_of(decider.decide(order("b1", customer), "r", NOW, complaint=True)) == {"hint": "open_complaint"}
    assert act_of(decider.decide(order("b1", customer), "r", NOW + 1)) == "hint"
    assert act_of(decider.decide(order("b1", customer), "r", NOW + 2, complaint=True)) is None


def test_what_can_not_be_logged_is_not_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    decider, customer = acting(shop)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(RotatingFile, "append", fail)
        found = [decider.decide(order("b1", customer), "r", NOW + number) for number in range(2)]
        (trouble,) = decider.troubles()

    assert [act_of(each) for each in found] == [None, None]
    assert [each.cause for decided in found for each in decided.outcome.degraded] == ["decision_log"] * 2
    assert trouble.cause == "decision_log"
    later = decider.decide(order("b1", customer), "r", NOW + 2)
    assert act_of(later) == "hint"
    assert shop.logged()[-1]["decision_id"] == later.outcome.decision_id
    assert shop.logged()[-1]["propensity"] == later.outcome.propensity


def test_where_caps_can_not_be_read_nothing_is_done_and_the_score_is_given(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    decider, customer = acting(shop)

    def fail(*_: object) -> None:
        raise StoreError("unreachable", "no answer")

    monkeypatch.setattr(shop.store, "read", fail)
    decided = decider.decide(order("b1", customer), "r", NOW)

    assert act_of(decided) is None
    assert why_of(decided) == {"hint": "caps_unavailable"}
    assert decided.score.lines[0].probability == 0.5
    assert shop.logged()[-1]["degraded"] == ["caps_unavailable"]


def test_a_fault_of_the_code_is_no_fault_of_the_checkout(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    decider = shop.decider()
    monkeypatch.setattr(Decider, "_choose", None)

    decided = decider.decide(order("b1", "c1"), "r", NOW)

    assert act_of(decided) is None
    assert [each.cause for each in decided.outcome.degraded] == ["deciding_failed"]


def test_drivers_and_other_sizes_are_found_out_only_where_an_action_hangs_on_them(shop: Shop) -> None:
    least = {"probability": {"least": 0.4}}
    shop.write(
        action("size", effects=SURE, lines={"other_size": True, **least}),
        action("driven", effects=MILD, lines={"drivers": ["size"], **least}),
    )
    decider, customer = acting(shop)
    shop.scoring.explained.clear()
    shop.scoring.sizes.clear()
    shop.scoring.raised = 0

    decided = decider.decide(order("b1", customer), "r", NOW)

    assert (shop.scoring.explained, shop.scoring.raised) == ([Explain.REASONS], 1)
    assert shop.scoring.sizes == [{0: 0.5}]
    assert decided.outcome.act is not None
    assert decided.outcome.act.size == "s"
    assert why_of(decided) == {"size": None, "driven": "another_adds_more"}

    shop.scoring = replace(shop.scoring, probability=0.3, explained=[], sizes=[], raised=0)
    shop.decider().decide(order("b3", customer), "r", NOW)
    assert (shop.scoring.explained, shop.scoring.sizes, shop.scoring.raised) == ([Explain.REASONS], [], 0)


def test_the_score_is_explained_as_far_as_it_is_asked(shop: Shop) -> None:
    decider = shop.decider()

    assert decider.decide(order("b1"), "r", NOW).score.lines[0].why is None
    asked = decider.decide(order("b2"), "r", NOW, Explain.REASONS).score.lines[0].why
    assert asked is not None
    assert asked.drivers is None


def test_what_no_cap_looks_at_any_more_is_forgotten_and_what_one_does_is_not(shop: Shop) -> None:
    shop.write(action(effects=SURE, per_customer={"most": 1, "days": 120}))
    decider, customer = acting(shop)
    decider.decide(order("old", customer), "r", NOW)
    decider.decide(order("probe", None), "r", NOW + 119 * DAY)

    assert why_of(decider.decide(order("b1", customer), "r", NOW + 119 * DAY)) == {"hint": "per_customer"}
    decider.decide(order("probe 2", None), "r", NOW + 121 * DAY)
    assert act_of(decider.decide(order("old", customer, product="p2"), "r", NOW + 121 * DAY)) == "hint"


def test_the_id_is_that_of_the_basket_and_the_moment(shop: Shop) -> None:
    decider = shop.decider()
    shop.scoring.degraded = (Degraded("stale_data", "old"),)
    ids = {
        decider.decide(order(basket, "c1"), request, NOW + later).outcome.decision_id
        for basket, request, later in [("b1", "r1", 0), ("b1", "r2", 0), ("b2", "r1", 0), ("b1", "r1", 1)]
    }

    assert len(ids) == 3


def test_a_policy_that_breaks_stays_as_it_was_and_is_a_trouble(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    decider, customer = acting(shop)
    (shop.folder / "policy.yaml").write_text("name: [")
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: 1e12)

    assert act_of(decider.decide(order("b1", customer), "r", NOW)) == "hint"
    (trouble,) = decider.troubles()
    assert trouble.cause == "policy"


@pytest.mark.parametrize("broken", ["name: [", "name: 2024-13-45", "[" * 5000, None])
def test_a_service_that_starts_with_a_broken_policy_scores_and_decides_nothing_until_it_is_mended(
    shop: Shop, broken: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decider = shop.decider_of(broken)

    decided = decider.decide(order("b1", "c1"), "r", NOW)

    assert decided.score.lines[0].probability == 0.5
    assert (act_of(decided), decided.outcome.arm) == (None, None)
    (degraded,) = decided.outcome.degraded
    assert degraded.cause == "policy"
    assert "policy.yaml" in degraded.detail
    assert decider.troubles() == [degraded]
    assert "policy.yaml" in caplog.text
    shop.write()
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: 1e12)
    assert act_of(decider.decide(order("b2", customer_in("policy", decider)), "r", NOW)) == "hint"
    assert decider.troubles() == []


def test_a_condition_on_a_feature_that_the_model_lacks_is_a_trouble(shop: Shop) -> None:
    shop.write(action(effects=SURE, lines={"features": {"customer_orders": {"least": 1}, "quantity": {"least": 1}}}))
    decider = shop.decider()

    assert act_of(decider.decide(order("b1", "c1"), "r", NOW)) is None
    (trouble,) = decider.troubles()
    assert trouble.cause == "policy_features"
    assert "names quantity, which" in trouble.detail


def test_a_service_that_starts_with_a_broken_report_decides_as_if_no_fault_were_known(shop: Shop) -> None:
    (shop.folder / TABLE).write_text("no table")
    decider, customer = acting(shop)

    assert act_of(decider.decide(order("b1", customer), "r", NOW)) == "hint"
    assert [each.cause for each in decider.troubles()] == ["product_faults"]
