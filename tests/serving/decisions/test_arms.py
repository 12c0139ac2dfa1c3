"""Arms beside policy and holdout, over the real caps, log and policy files; scores and learned effects are set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
import yaml
from pydantic import TypeAdapter

from data.arrays import Floats
from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY, Decision
from serving.decisions.caps import Caps, Chosen, Limit
from tests.serving.decisions.shop import DAY, NOW, SURE, Shop, act_of, customer_in, order, why_of
from tests.training.decisions.examples import action, policy
from tests.training.decisions.experiment.written_shop import decision
from training.decisions.covariates import NAMES
from training.decisions.policy import Action

MILD = {"returns": {"mean": -0.05, "spread": 0.0}, "source": "a test"}
IN_DOUBT = {"returns": {"mean": -0.05, "spread": 0.3}, "source": "a test"}
EXPLORING: dict[str, Any] = {"exploration": {"share": 0.4}}
OFTEN = {"most": 100, "days": 30}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def write_rival(shop: Shop, *actions: Action, share: float = 0.3, **changes: Any) -> None:
    rival = policy(*actions, name="rival")
    (shop.folder / "rival.yaml").write_text(yaml.safe_dump(rival.model_dump(mode="json")))
    shop.write(
        action("hint", effects=SURE), challengers=[{"name": "rival", "share": share, "policy": "rival.yaml"}], **changes
    )


class Effects:
    """Learned effects: the last covariates that were asked for are kept."""

    def __init__(self, **means: float) -> None:
        self._means, self.asked, self.stakes = means, pd.DataFrame(), pd.DataFrame()

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> Mapping[str, Floats]:
        self.asked, self.stakes = covariates, stakes
        return {name: np.array([[mean, 1.0]]) for name, mean in self._means.items()}

    def predict_mean(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> Mapping[str, Floats]:
        return {name: 0.1 * each for name, each in self.predict(covariates, stakes).items()}


def test_every_arm_does_what_it_chose_and_each_outcome_has_its_chance_over_all_arms(shop: Shop) -> None:
    write_rival(shop, action("gift", effects=SURE), **EXPLORING)
    decider = shop.decider()
    for number in range(400):
        decider.decide(order(f"b{number}", f"c{number}"), "r", NOW)

    logged = shop.logged()
    chances = {(each["arm"], each["action"]): round(each["propensity"], 12) for each in logged}
    assert chances == {
        (HOLDOUT, None): 0.3, (EXPLORATION, None): 0.3, (EXPLORATION, "hint"): 0.4, (POLICY, "hint"): 0.4,
        ("rival", "gift"): 0.3,
    }  # fmt: skip
    in_arm = {(each["arm"], each["action"]): each["in_arm"] for each in logged}
    assert in_arm[EXPLORATION, "hint"] == in_arm[EXPLORATION, None] == 0.5
    often = Counter(each["action"] for each in logged)
    assert all(abs(often[name] / 400 - chance) < 0.08 for (_, name), chance in chances.items())
    assert {tuple(each["shares"].items()) for each in logged} == {
        ((HOLDOUT, 0.1), (EXPLORATION, 0.4), ("rival", 0.3), (POLICY, 0.2))
    }
    assert {tuple(each["reached"]) for each in logged} == {(EXPLORATION, "rival")}
    assert {tuple(each["eligible"]) for each in logged} == {("hint", "gift")}


def test_the_log_has_the_covariates_of_the_basket_with_what_was_chosen_before(shop: Shop) -> None:
    shop.write(action(effects=SURE, per_customer=OFTEN), per_customer=OFTEN)
    decider = shop.decider()
    customer = customer_in(POLICY, decider)
    for number, day in enumerate((0, 80, 100)):
        decider.decide(order(f"b{number}", customer), "r", NOW + day * DAY)

    found = [each["covariates"] for each in shop.logged()[-3:]]
    assert tuple(found[0]) == NAMES
    assert [each["actions_before"] for each in found] == [0, 1, 1]
    assert [each["days_since_action"] for each in found] == [None, 80, 20]
    assert found[0]["customer_orders"] == 5
    assert found[0]["value_minor"] == 5000
    assert found[0]["return_cost_minor"] == 500


def test_exploration_tries_what_is_in_doubt_within_caps_and_the_same_basket_gets_the_same_again(shop: Shop) -> None:
    shop.write(action("hint", effects=IN_DOUBT, per_customer={"most": 3, "days": 30}), per_customer=OFTEN, **EXPLORING)
    decider = shop.decider()
    customer = customer_in(EXPLORATION, decider)
    found = [decider.decide(order(f"b{number}", customer), "r", NOW + number) for number in range(30)]
    again = [shop.decider().decide(order(f"b{number}", customer), "r", NOW + number) for number in range(5)]

    acts = [act_of(each) for each in found]
    assert acts.count("hint") == 3
    assert {act_of(each) for each in found[:4]} == {"hint", None}
    assert [act_of(each) for each in again] == acts[:5]
    nothing = next(each for each in found if act_of(each) is None)
    assert (why_of(nothing), round(nothing.outcome.propensity, 12)) == ({"hint": "not_drawn"}, 0.8)
    assert (why_of(found[-1]), found[-1].outcome.propensity) == ({"hint": "per_customer"}, 1.0)
    assert shop.logged()[-6]["eligible"] == []


def test_a_challenger_with_learned_effects_is_asked_with_the_covariates_and_acts_by_them(shop: Shop) -> None:
    shop.write(
        action("hint", effects=SURE), action("gift", effects=IN_DOUBT),
        challengers=[{"name": "rival", "share": 0.5, "learned": "first"}],
    )  # fmt: skip
    effects = Effects(hint=5.0, gift=80.0)
    shop.learned["first"] = effects
    decider = shop.decider()
    decided = decider.decide(order("b1", customer_in("rival", decider)), "r", NOW)

    assert act_of(decided) == "gift"
    assert why_of(decided) == {"hint": "another_adds_more", "gift": None}
    assert decided.outcome.considered[1].profit is not None
    assert decided.outcome.considered[1].profit.expected == 80
    assert tuple(effects.asked.columns) == NAMES


def test_exploration_by_learned_effects_draws_by_what_is_known_of_the_mean(shop: Shop) -> None:
    exploring = {"share": 0.5, "method": "thompson", "learned": "first"}
    shop.write(action("hint", effects=SURE), exploration=exploring)
    shop.learned["first"] = Effects(hint=0.0)
    decider = shop.decider()
    customer = customer_in(EXPLORATION, decider)
    decider.decide(order("b1", customer), "r", NOW)
    (row,) = shop.logged()[-1:]
    assert row["in_arm"] == pytest.approx(0.5)  # as likely above 0 as below
    assert row["stakes"]["hint"]["products"] == ["p1"]

    del shop.learned["first"]
    decider = shop.decider()
    assert act_of(decider.decide(order("b2", customer), "r", NOW + DAY)) is None
    assert [trouble.cause for trouble in decider.troubles()] == ["learned_unavailable"]


def test_without_its_learned_effects_a_challenger_does_nothing_and_the_other_arms_go_on(shop: Shop) -> None:
    shop.write(action("hint", effects=SURE), challengers=[{"name": "rival", "share": 0.5, "learned": "first"}])
    decider = shop.decider()
    arms = {arm: decider.decide(order(arm, customer_in(arm, decider)), "r", NOW) for arm in (POLICY, "rival")}

    assert [act_of(each) for each in arms.values()] == ["hint", None]
    assert why_of(arms["rival"]) == {"hint": "learned_unavailable"}
    assert {arm: [trouble.cause for trouble in each.outcome.degraded] for arm, each in arms.items()} == {
        POLICY: [], "rival": ["learned_unavailable"],
    }  # fmt: skip
    assert [(trouble.cause, "rival" in trouble.detail) for trouble in decider.troubles()] == [
        ("learned_unavailable", True)
    ]
    shop.learned["first"] = Effects(hint=1.0)
    assert decider.troubles() == []


def test_arms_stay_when_model_and_scores_change(shop: Shop) -> None:
    write_rival(shop, action("gift", effects=SURE), **EXPLORING)
    decider, customers = shop.decider(), [f"c{number}" for number in range(60)]

    def arms(basket: str) -> list[str | None]:
        return [decider.decide(order(f"{basket}-{each}", each), "r", NOW).outcome.arm for each in customers]

    before = arms("before")
    shop.scoring.probability, shop.scoring.orders = 0.2, 0.0
    decider = shop.decider()
    assert arms("after") == before
    assert set(before) == {HOLDOUT, EXPLORATION, "rival", POLICY}


def test_a_basket_that_had_an_action_is_reached_by_the_other_arms_all_the_same(shop: Shop) -> None:
    write_rival(shop, action("gift", effects=SURE))
    decider = shop.decider()
    customer = customer_in(HOLDOUT, decider)
    for product in ("p1", "p2"):
        decider.decide(order("b1", customer, product=product), "r", NOW)

    first, changed = shop.logged()[-2:]
    assert (first["chosen"], changed["chosen"]) == ("hint", None)
    assert first["reached"] == changed["reached"] == ["rival"]


def test_a_challengers_file_that_changes_is_read_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rival(shop, action("gift", effects=SURE))
    decider = shop.decider()
    customer = customer_in("rival", decider)
    changed = policy(action("new", effects=SURE), name="rival")
    (shop.folder / "rival.yaml").write_text(yaml.safe_dump(changed.model_dump(mode="json")))
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: 1e12)

    assert act_of(decider.decide(order("b1", customer), "r", NOW)) == "new"


def test_a_draw_is_made_anew_where_another_worker_used_up_an_action_that_was_free(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write(
        action("hint", effects=SURE, per_day=1), action("gift", effects=SURE), holdout_share=0.01,
        exploration={"share": 0.98},
    )  # fmt: skip
    decider, real = shop.decider(), Caps.take
    raced: list[str] = []

    def take(caps: Caps, chosen: Chosen, limits: Sequence[Limit], kept_days: int, others: Any) -> str | None:
        if not raced:
            raced.append(chosen.action)
            other = chosen._replace(basket="other", unit="other", action="hint")
            assert real(caps, other, (), kept_days) is None
        return real(caps, chosen, limits, kept_days, others)

    monkeypatch.setattr(Caps, "take", take)
    baskets = (decider.decide(order(f"b{number}", f"c{number}"), "r", NOW) for number in range(100))
    decided = next(each for each in baskets if raced)

    assert decided.outcome.arm == EXPLORATION
    assert act_of(decided) in {"gift", None}
    assert shop.logged()[-1]["in_arm"] == 0.5
    assert shop.logged()[-1]["eligible"] == ["gift"]


def test_what_an_earlier_version_kept_of_a_choice_can_still_be_read() -> None:
    kept = TypeAdapter(Decision).validate_json(orjson.dumps(decision()))
    assert (kept.shares, kept.eligible, kept.covariates, kept.in_arm) == ({}, (), {}, 1.0)
