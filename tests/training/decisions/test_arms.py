"""What arms do with a basket, over real policies; learned effects are set by the test."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY
from tests.training.decisions.examples import COSTS, action, basket, line, policy
from training.decisions.arms import CERTAIN_LOSS, Arms, Choices, best_of
from training.decisions.covariates import NAMES
from training.decisions.exploration import NOTHING
from training.decisions.learned import UNAVAILABLE, UNMEASURED, Learned
from training.decisions.policy import Policy, Segment
from training.decisions.policy_reading import ReadPolicy

SURE = {"returns": {"mean": -0.1, "spread": 0.0}, "source": "a test"}
DOUBTFUL = {"returns": {"mean": -0.1, "spread": 0.2}, "source": "a test"}
HARMFUL = {"returns": {"mean": 0.5, "spread": 0.01}, "source": "a test"}
ACTIVE = [Segment.ACTIVE]
FILE = Path("rival.yaml")
RESTRICT = action(
    "restrict", kind="restrict", customers=ACTIVE, effects=SURE,
    lines={"features": {"customer_settled_lines": {"least": 20}, "customer_returned_value_share": {"least": 0.9}}},
)  # fmt: skip
SENDS_BACK = basket(line(features={"customer_settled_lines": 30, "customer_returned_value_share": 0.95}))


class Effects:
    """Learned effects of the actions ``known``, each a mean and a standard deviation."""

    def __init__(self, **known: tuple[float, float]) -> None:
        self._known = known

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> Mapping[str, Floats]:
        assert tuple(covariates.columns) == NAMES
        assert len(stakes) == 1
        return {name: np.array([each]) for name, each in self._known.items()}

    predict_mean = predict


def arms(content: Policy, learned: Learned | None = None, **challengers: Policy) -> Arms:
    return Arms(ReadPolicy(content, "digest", challengers), COSTS, lambda _: learned)


def weighed(chosen: Arms) -> Choices:
    return chosen.choices(basket())


def rival(share: float = 0.2) -> dict[str, object]:
    return {"challengers": [{"name": "rival", "share": share, "policy": str(FILE)}]}


def test_a_challenger_with_a_file_chooses_among_its_own_actions_by_its_own_beliefs() -> None:
    own = arms(policy(action("hint", effects=DOUBTFUL), **rival()), rival=policy(action("hint", effects=SURE)))
    choices = weighed(own)

    assert own.chances(choices, {}) == {HOLDOUT: {NOTHING: 1.0}, "rival": {"hint": 1.0}, POLICY: {NOTHING: 1.0}}
    assert choices.reached == ("rival",)


def test_a_challenger_with_learned_effects_acts_where_they_are_surely_above_0_the_highest_mean_first() -> None:
    content = policy(
        action("hint", effects=SURE), action("gift", effects=DOUBTFUL), action("new", effects=SURE), level=0.9,
        challengers=[{"name": "rival", "share": 0.2, "learned": "first"}],
    )  # fmt: skip
    own = arms(content, Effects(hint=(50.0, 10.0), gift=(60.0, 36.0), unused=(900.0, 1.0)))
    choices = weighed(own)

    assert own.chances(choices, {})["rival"] == {"gift": 1.0}
    chosen = best_of("rival", choices, {})
    assert chosen is not None
    assert chosen.profit == pytest.approx((60, 60 - 36 * 1.6449, 60 + 36 * 1.6449), abs=0.01)
    assert choices.by_arm["rival"].ruled_out["new"] == UNMEASURED
    assert own.chances(choices, {"rival": {"gift": "per_day"}})["rival"] == {"hint": 1.0}
    surer = arms(content.model_copy(update={"level": 0.99}), Effects(hint=(5.0, 10.0), gift=(60.0, 36.0)))
    assert surer.chances(weighed(surer), {})["rival"] == {NOTHING: 1.0}


def test_without_its_learned_effects_a_challenger_does_nothing_and_says_so() -> None:
    content = policy(action("hint", effects=SURE), challengers=[{"name": "rival", "share": 0.2, "learned": "first"}])
    own = arms(content)
    choices = weighed(own)

    assert own.chances(choices, {})["rival"] == {NOTHING: 1.0}
    assert choices.unavailable == ("rival",)
    assert choices.by_arm["rival"].ruled_out == {"hint": UNAVAILABLE}
    assert choices.reached == ("rival",)


def test_exploration_draws_what_is_in_doubt_too_but_nothing_that_surely_loses_and_nothing_capped() -> None:
    content = policy(
        action("hint", effects=SURE), action("gift", effects=DOUBTFUL), action("bad", effects=HARMFUL),
        exploration={"share": 0.1},
    )  # fmt: skip
    own = arms(content)
    choices = weighed(own)

    assert own.chances(choices, {})[EXPLORATION] == {NOTHING: 1 / 3, "hint": 1 / 3, "gift": 1 / 3}
    assert choices.by_arm[EXPLORATION].ruled_out == {"bad": CERTAIN_LOSS}
    barred = {arm: {"gift": "per_customer"} for arm in (EXPLORATION, POLICY)}
    assert own.chances(choices, barred)[EXPLORATION] == {NOTHING: 0.5, "hint": 0.5}
    assert choices.eligible(barred) == ("hint",)
    assert choices.reached == (EXPLORATION,)


def test_learned_effects_choose_nothing_that_no_draw_could_ever_bring_out() -> None:
    content = policy(
        action("hint", effects=SURE), action("bad", effects=HARMFUL),
        challengers=[{"name": "rival", "share": 0.2, "learned": "first"}],
    )  # fmt: skip
    own = arms(content, Effects(hint=(50.0, 1.0), bad=(900.0, 1.0)))
    choices = weighed(own)

    assert own.chances(choices, {})["rival"] == {"hint": 1.0}
    assert choices.by_arm["rival"].ruled_out == {"bad": CERTAIN_LOSS}
    alone = arms(content.model_copy(update={"actions": content.actions[1:]}), Effects(bad=(900.0, 1.0)))
    assert weighed(alone).reached == ()


def test_restrictions_are_logged_as_eligible_and_never_explored_or_learned() -> None:
    content = policy(
        RESTRICT, restrictions=True, exploration={"share": 0.1},
        challengers=[{"name": "rival", "share": 0.2, "learned": "first"}],
    )  # fmt: skip
    own = arms(content, Effects(restrict=(900.0, 1.0)))
    choices = own.choices(SENDS_BACK)

    assert own.chances(choices, {}) == {
        HOLDOUT: {NOTHING: 1.0}, EXPLORATION: {NOTHING: 1.0}, "rival": {NOTHING: 1.0}, POLICY: {"restrict": 1.0},
    }  # fmt: skip
    assert choices.eligible({}) == ("restrict",)
    assert choices.eligible({POLICY: {"restrict": "per_customer"}}) == ()


def test_where_nothing_fits_every_arm_does_nothing() -> None:
    own = arms(policy(action(lines={"value_minor": {"least": 10**6}}), exploration={"share": 0.1}, **rival()),
               rival=policy(action(customers=["guest"])))  # fmt: skip
    choices = weighed(own)

    assert all(each == {NOTHING: 1.0} for each in own.chances(choices, {}).values())
    assert (choices.reached, choices.eligible({}), choices.covariates) == ((), (), {})


def test_effects_that_fail_stop_their_own_arm_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Effects):
        def predict(self, *_: pd.DataFrame, **__: pd.DataFrame) -> Mapping[str, Floats]:
            raise ValueError("a tree is missing")

    content = policy(action("hint", effects=SURE), challengers=[{"name": "rival", "share": 0.2, "learned": "first"}])
    choices = weighed(arms(content, Failing()))

    assert choices.unavailable == ("rival",)
    assert best_of("rival", choices, {}) is None
    assert best_of(POLICY, choices, {}) is not None
    assert "the arm rival does nothing" in caplog.text
