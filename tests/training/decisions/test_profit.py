from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.decisions.examples import COSTS, action, basket, line, policy
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.policy import Action, Policy, Segment
from training.decisions.profit import Valuation

SHARES = st.floats(0.01, 0.95)
CHANGES = st.floats(-0.9, 0.9)
SPREADS = st.floats(0, 0.3)


@dataclass(frozen=True)
class Truth:
    """What may be true: relative changes, and the probability of each line."""

    returns: Mapping[str, float]
    bought: float
    basket: float
    later: float
    probability: Sequence[float]


def added(own: Policy, act: Action, of: ScoredBasket, about: Sequence[int], truth: Truth) -> float:
    """The profit that an action adds, line by line as the module's text says it."""
    before = after = 0.0
    for place, (each, p) in enumerate(zip(of.lines, truth.probability, strict=True)):
        reasons = {"ALL": each.probability} if each.reasons is None else each.reasons
        chances = {reason: chance * p / each.probability for reason, chance in reasons.items()}
        before += earned(own, each, chances, 0.0)
        if place not in about:
            after += earned(own, each, chances, 0.0)
            continue
        changed = {
            reason: chance * (1 + truth.returns.get(reason, truth.returns.get("ALL", 0.0)))
            for reason, chance in chances.items()
        }
        gift = act.cost.kept_minor + act.cost.kept_share * each.value_minor
        after += (1 + truth.bought) * earned(own, each, changed, gift)
    later = own.later_margin_minor.get(of.segment, 0)
    return (1 + truth.basket) * after - before + truth.later * later - act.cost.shown_minor


def earned(own: Policy, each: ScoredBasketLine, chances: Mapping[str, float], gift: float) -> float:
    back = 0.0
    for reason, chance in chances.items():
        cost = next((cost for name, cost in own.return_costs.items() if name == reason), None)
        fixed = COSTS.return_fixed_minor if cost is None else cost.fixed_minor
        share = COSTS.return_value_share if cost is None else cost.value_share
        back += chance * (fixed + share * each.value_minor)
    return (1 - sum(chances.values())) * (COSTS.margin_share * each.value_minor - gift) - back


def beliefs(act: Action, of: ScoredBasket) -> Truth:
    effects = act.effects
    return Truth(
        {reason: belief.mean for reason, belief in effects.returns.items()},
        effects.bought.mean, effects.basket.mean, effects.later.mean, [each.probability for each in of.lines],
    )  # fmt: skip


@st.composite
def acts(draw: st.DrawFn, *, spreads: st.SearchStrategy[float] = SPREADS) -> Action:
    def belief() -> dict[str, float]:
        return {"mean": draw(CHANGES), "spread": draw(spreads)}

    returns = {reason: belief() for reason in draw(st.sets(st.sampled_from(["ALL", "STYLE", "DEFECTIVE"]), min_size=1))}
    cost = {"shown_minor": draw(st.integers(0, 50)), "kept_minor": draw(st.integers(0, 50)), "kept_share": 0.01}
    effects = {"returns": returns, "bought": belief(), "basket": belief(), "later": belief(), "source": "a test"}
    return action(effects=effects, cost=cost)


BASKETS = st.lists(st.tuples(SHARES, st.floats(100, 20_000), st.sampled_from(["p1", "p2"])), min_size=1, max_size=4)
OWN = policy(
    return_costs={"STYLE": {"fixed_minor": 700, "value_share": 0.3}}, later_margin_minor={"active": 2000, "guest": 5}
)


@settings(deadline=None, max_examples=200)
@given(acts(), BASKETS, st.sampled_from([Segment.ACTIVE, Segment.NEW]), st.data())
def test_the_expected_profit_is_the_sum_of_its_definition_over_lines(
    act: Action, rows: Any, segment: Segment, data: st.DataObject
) -> None:
    of = basket(*[line(p, value, product) for p, value, product in rows], segment=segment)
    about = sorted(data.draw(st.sets(st.sampled_from(range(len(rows))), min_size=1)))

    profit = Valuation(OWN, COSTS, of).profit(act, about)

    assert profit.expected == pytest.approx(added(OWN, act, of, about, beliefs(act, of)), abs=1e-6)
    assert profit.low <= profit.expected <= profit.high


@settings(deadline=None, max_examples=60)
@given(acts(spreads=st.just(0.0)), BASKETS)
def test_without_any_doubt_of_effects_and_scores_the_interval_is_a_point(act: Action, rows: Any) -> None:
    of = basket(*[line(p, value, product, low=p, high=p) for p, value, product in rows])

    profit = Valuation(OWN, COSTS, of).profit(act, range(len(rows)))

    assert profit.low == pytest.approx(profit.expected) == pytest.approx(profit.high)


@pytest.mark.parametrize("spread", [0.01, 0.05])
@pytest.mark.parametrize("deviation", [0.02, 0.1])
def test_the_interval_holds_at_least_its_level_of_what_may_be_true(spread: float, deviation: float) -> None:
    effects = {
        "returns": {"STYLE": {"mean": -0.1, "spread": spread}, "SIZE_TOO_SMALL": {"mean": -0.05, "spread": spread}},
        "bought": {"mean": -0.02, "spread": spread / 5},
        "later": {"mean": 0.01, "spread": spread / 5},
        "source": "a test",
    }
    act, reach = action(effects=effects), 1.6448536 * deviation
    rows = [(0.5, 5000.0, "p1"), (0.3, 8000.0, "p1"), (0.4, 2000.0, "p2")]
    of = basket(*[line(p, v, product, low=p - reach, high=p + reach) for p, v, product in rows])
    profit = Valuation(OWN, COSTS, of).profit(act, (0, 1))

    drawn, rng = [], np.random.default_rng(1)
    for _ in range(4000):
        common, by_product = rng.normal(), {"p1": rng.normal(), "p2": rng.normal()}
        probability = [
            each.probability
            + deviation * (0.3**0.5 * common + 0.2**0.5 * by_product[each.product_id] + 0.5**0.5 * rng.normal())
            for each in of.lines
        ]
        truth = Truth(
            {reason: rng.normal(belief.mean, belief.spread) for reason, belief in act.effects.returns.items()},
            rng.normal(-0.02, spread / 5), 0.0, rng.normal(0.01, spread / 5), probability,
        )  # fmt: skip
        drawn.append(added(OWN, act, of, (0, 1), truth))

    assert np.mean([profit.low <= each <= profit.high for each in drawn]) >= 0.895
    assert np.mean([each < profit.low for each in drawn]) <= 0.055


def test_what_helps_a_little_at_any_probability_stays_above_nothing_however_wide_the_score_is() -> None:
    act = action(effects={"returns": {"mean": -0.1, "spread": 0.05}, "source": "a test"})
    wide = basket(line(0.4, low=0.01, high=0.95))

    assert Valuation(OWN, COSTS, wide).profit(act, (0,)).low > 0


def test_an_effect_by_reason_has_no_value_where_the_shop_records_no_reasons() -> None:
    act = action(effects={"returns": {"STYLE": {"mean": -0.1, "spread": 0}}, "source": "a test"})
    valuation = Valuation(OWN, COSTS, basket(line(reasons=None)))

    assert not valuation.can_value(act.effects)
    assert valuation.can_value(action().effects)


def test_a_stake_is_what_the_returns_cost_for_the_reasons_of_the_action_on_its_lines() -> None:
    sizes = {"SIZE_TOO_SMALL": {"mean": -0.1, "spread": 0.0}}
    act = action(effects={"returns": sizes, "source": "a test"})
    of = basket(line(0.4, 5000, "p1"), line(0.2, 3000, "p1"), line(0.5, 1000, "p2"))
    found = Valuation(policy(act), COSTS, of).stake(act, (0, 1))

    # P(too small) is 0.6 of each line's; a return loses the margin of 40%, 300 and a tenth of the value.
    lost = [0.6 * p * (0.5 * value + 300) for p, value in ((0.4, 5000), (0.2, 3000))]
    assert found.minor == pytest.approx(sum(lost))
    assert found.share == pytest.approx(0.6)
    assert found.products == ("p1",)
    kept = [0.4 * value - p * (0.5 * value + 300) for p, value in ((0.4, 5000), (0.2, 3000))]
    assert found.profit_minor == pytest.approx(sum(kept))


def test_an_action_about_all_reasons_has_all_returns_of_its_lines_at_stake() -> None:
    act = action()
    for reasons in (None, {"STYLE": 0.4}):
        found = Valuation(policy(act), COSTS, basket(line(0.4, 5000, reasons=reasons))).stake(act, (0,))
        assert (found.minor, found.share) == pytest.approx((0.4 * (0.5 * 5000 + 300), 1.0))
