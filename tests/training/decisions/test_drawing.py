"""The laws of the draw: chances add up, and what is logged is how often it comes out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY
from training.decisions.drawing import Chances, draw_outcome, pick, propensities
from training.decisions.exploration import NOTHING

SHARES = {HOLDOUT: 0.1, EXPLORATION: 0.25, "rival": 0.2, POLICY: 0.45}
BY_ARM: dict[str, Chances] = {
    HOLDOUT: {NOTHING: 1.0},
    EXPLORATION: {NOTHING: 0.2, "hint": 0.5, "gift": 0.3},
    "rival": {"gift": 1.0},
    POLICY: {"hint": 1.0},
}
DRAWS = 60_000
outcomes = st.dictionaries(st.sampled_from([NOTHING, "a", "b", "c"]), st.floats(0.001, 1), min_size=1)


def normalised(weights: dict[str, float]) -> dict[str, float]:
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


@given(st.lists(st.tuples(st.floats(0.01, 1), outcomes), min_size=1, max_size=5))
def test_the_propensities_of_all_outcomes_of_a_basket_add_up_to_1(drawn: list[tuple[float, dict[str, float]]]) -> None:
    shares = normalised({f"arm{place}": share for place, (share, _) in enumerate(drawn)})
    by_arm: dict[str, Chances] = {f"arm{place}": normalised(own) for place, (_, own) in enumerate(drawn)}

    found = propensities(shares, by_arm)

    assert sum(found.values()) == pytest.approx(1, abs=1e-9)
    assert set(found) == {name for _, own in drawn for name in own}


def test_the_logged_propensity_is_how_often_the_outcome_comes_out_over_units_and_that_in_an_arm_within_it() -> None:
    found = [draw_outcome("key", f"u{number}", "basket", SHARES, BY_ARM) for number in range(DRAWS)]
    often, of_arm = Counter(each.outcome for each in found), Counter(each.arm.name for each in found)
    in_arm = Counter((each.arm.name, each.outcome) for each in found)

    assert {each.outcome: round(each.propensity, 12) for each in found} == {NOTHING: 0.15, "hint": 0.575, "gift": 0.275}
    assert all(abs(often[each.outcome] / DRAWS - each.propensity) < 0.007 for each in found)
    for each in {(each.arm.name, each.outcome): each for each in found}.values():
        assert abs(in_arm[each.arm.name, each.outcome] / of_arm[each.arm.name] - each.in_arm) < 0.015


def test_exploration_draws_anew_for_each_basket_and_a_unit_stays_in_its_arm() -> None:
    explored = next(
        unit for unit in map(str, range(100)) if draw_outcome("key", unit, "b", SHARES, BY_ARM).arm.name == EXPLORATION
    )
    found = [draw_outcome("key", explored, f"b{number}", SHARES, BY_ARM) for number in range(2000)]
    often = Counter(each.outcome for each in found)

    assert {each.arm.name for each in found} == {EXPLORATION}
    assert all(abs(often[name] / len(found) - chance) < 0.05 for name, chance in BY_ARM[EXPLORATION].items())


@given(st.text(max_size=8), st.text(max_size=8))
def test_the_same_basket_gets_the_same_outcome_again_with_a_chance_above_0(unit: str, basket: str) -> None:
    found = draw_outcome("key", unit, basket, SHARES, BY_ARM)
    assert found == draw_outcome("key", unit, basket, SHARES, BY_ARM)
    assert 0 < found.propensity <= 1
    assert 0 < found.in_arm <= 1


@given(outcomes, st.floats(0, 1, exclude_max=True))
def test_what_has_no_chance_is_never_picked(weights: dict[str, float], at: float) -> None:
    chances = {"never": 0.0, **normalised(weights), "neither": 0.0}
    assert pick(chances, at) in weights


def test_chances_that_add_up_to_a_little_less_than_1_still_give_an_outcome() -> None:
    assert pick({"a": 0.3, "b": 0.6999}, 0.99999) == "b"
