"""The arms of a replay: what the service, with its own store of caps and its draw, would have decided."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY
from features.stores.memory import MemoryStore
from serving.decisions.caps import Before, Caps, Chosen
from serving.decisions.limits import barred_by, limits_of, quotas_of
from tests.training.decisions.examples import COSTS, action, policy
from tests.training.decisions.replay import small_table
from training.decisions.arms import best_of
from training.decisions.assignment import draw
from training.decisions.drawing import draw_outcome
from training.decisions.replay.baskets import ReplayBaskets
from training.decisions.replay.drawn import draw_arms
from training.decisions.replay.summary import Assumptions, Replay, replay

DOUBTFUL = {"returns": {"mean": -0.1, "spread": 0.9}, "source": "a test"}
OFTEN = {"most": 2, "days": 60}
OWN = policy(
    action("hint", per_customer=OFTEN, per_day=9), action("gift", effects=DOUBTFUL, per_customer=OFTEN),
    per_customer={"most": 3, "days": 60}, holdout_share=0.2, exploration={"share": 0.3, "method": "uniform"},
    challengers=[
        {"name": "rival", "share": 0.1, "policy": "rival.yaml"}, {"name": "taught", "share": 0.2, "learned": "first"}
    ],
)  # fmt: skip
RIVAL = policy(action("shy", lines={"probability": {"least": 0.6}}))


class Effects:
    """Learned effects by which a first gift is good, and another one is not."""

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> dict[str, np.ndarray]:  # noqa: ARG002 - not all is looked at
        return {"gift": np.array([[500.0 - 600 * covariates["actions_before"].iloc[0], 10.0]])}

    def predict_mean(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> dict[str, np.ndarray]:
        return self.predict(covariates, stakes)


TRIED = Assumptions(OWN, COSTS, {"rival": RIVAL}, lambda _: Effects())


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> ReplayBaskets:
    folder = small_table.write(tmp_path_factory.mktemp("replay") / "replay")
    return ReplayBaskets.read(folder, (), lambda _: frozenset())


def test_every_basket_gets_what_the_steps_of_the_service_give_it(given):
    arms, caps, found = TRIED.arms, Caps(MemoryStore), draw_arms(given.baskets, TRIED.arms, OWN.draw_key)

    for number, (basket, drawn) in enumerate(zip(given.baskets, found, strict=True)):
        unit, name = str(basket.unit), str(number)
        before = caps.past(name, unit).of_unit
        ago = tuple(days for at, _ in before if (days := (basket.at - at) / 86_400_000_000) < 90)
        choices = arms.choices(replace(basket.scored, acted=ago))
        limits = limits_of(arms, choices, guest=basket.guest)
        barred = barred_by(limits, Before(before, caps.of_day(quotas_of(choices), basket.at)), basket.at)
        chances = arms.chances(choices, barred)
        expected = draw_outcome(OWN.draw_key, unit, name, OWN.shares, chances)
        own = best_of(POLICY, choices, barred)
        held = "" if own is None else own.action.name
        chose = "" if drawn.chose is None else drawn.chose.action.name

        assert (drawn.arm, chose) == (expected.arm.name, held if expected.arm.name == HOLDOUT else expected.outcome)
        if chose:
            assert caps.take(Chosen(name, name, "", unit, chose, basket.at, "{}", "{}"), (), 90) is None

    assert {each.arm for each in found} == set(OWN.shares)
    assert any(each.capped for each in found)


def of(given: ReplayBaskets, tried: Assumptions) -> Replay:
    return replay(given, tried, None, COSTS)


def test_the_sums_of_arms_are_those_of_all_baskets_and_units_and_nothing_is_shown_in_the_holdout(given):
    arms = {each.name: each for each in of(given, TRIED).scenario.arms}

    assert list(arms) == list(OWN.shares)
    assert sum(each.baskets for each in arms.values()) == of(given, TRIED).baskets
    units = {basket.unit for basket in given.baskets}
    for name, arm in arms.items():
        share = np.mean([draw(OWN.draw_key, str(unit), OWN.shares).name == name for unit in units])
        assert arm.share == OWN.shares[name]
        assert arm.units == pytest.approx(share)
        assert arm.acted == pytest.approx(sum(arm.actions.values()))
    assert arms[HOLDOUT].acted > 0
    assert arms[HOLDOUT].money.expected == 0
    assert arms[POLICY].money.expected > 0
    assert set(arms[EXPLORATION].actions) == {"hint", "gift"}
    assert set(arms["taught"].actions) == {"gift"}
    assert set(arms["rival"].actions) <= {"shy"}


def test_a_challenger_whose_policy_or_effects_cannot_be_had_does_nothing(given):
    arms = {each.name: each for each in of(given, Assumptions(OWN, COSTS)).scenario.arms}

    assert arms["rival"].acted == arms["taught"].acted == 0
    assert arms["rival"].baskets > 0
    assert of(given, Assumptions(policy(action()), COSTS)).scenario.arms == ()
