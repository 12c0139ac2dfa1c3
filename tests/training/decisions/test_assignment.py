from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY
from tests.training.decisions.examples import policy
from training.decisions.assignment import Arm, draw, uniform

UNITS = [f"customer-{number}" for number in range(20_000)]
MANY = {HOLDOUT: 0.1, EXPLORATION: 0.05, "one": 0.2, "two": 0.15, POLICY: 0.5}


def arms(shares: dict[str, float], key: str = "key") -> list[str]:
    return [draw(key, unit, shares).name for unit in UNITS]


def held(share: float) -> dict[str, float]:
    return {HOLDOUT: share, POLICY: 1 - share}


def test_each_arm_has_its_share_of_units() -> None:
    counted = Counter(arms(MANY))

    assert counted.keys() == MANY.keys()
    assert all(abs(counted[name] / len(UNITS) - share) < 0.012 for name, share in MANY.items())


@given(st.text(min_size=1), st.floats(0.01, 0.5), st.floats(0.5, 1))
def test_a_unit_stays_in_its_arm_and_a_larger_holdout_keeps_those_of_a_smaller_one(
    unit: str, small: float, large: float
) -> None:
    assert draw("key", unit, held(small)) == draw("key", unit, held(small))
    if draw("key", unit, held(small)).name == HOLDOUT:
        assert draw("key", unit, held(large)).name == HOLDOUT


@given(st.floats(0.01, 0.4), st.floats(0, 0.25), st.lists(st.floats(0.01, 0.1), max_size=3))
def test_the_holdout_has_the_same_units_whatever_the_shares_of_the_other_arms(
    share: float, explored: float, challengers: list[float]
) -> None:
    content = policy(
        holdout_share=share,
        exploration=None if explored < 0.01 else {"share": explored},
        challengers=[
            {"name": f"arm{place}", "share": own, "learned": "x"} for place, own in enumerate(challengers)
        ],
    )  # fmt: skip
    for unit in UNITS[:200]:
        other = draw("key", unit, content.shares).name
        assert (other == HOLDOUT) == (draw("key", unit, held(share)).name == HOLDOUT)


@given(st.integers(0, len(UNITS) - 1), st.floats(0.01, 0.3))
def test_a_challenger_that_comes_last_takes_units_from_the_policy_alone(place: int, share: float) -> None:
    before = {HOLDOUT: 0.1, EXPLORATION: 0.1, "one": 0.2, POLICY: 0.6}
    after = {**before, "two": share, POLICY: 0.6 - share}
    was, now = (draw("key", UNITS[place], shares).name for shares in (before, after))

    assert now == was or (was, now) == (POLICY, "two")


def test_the_share_of_an_arm_is_the_chance_with_which_it_is_drawn() -> None:
    assert {draw("key", unit, MANY) for unit in UNITS[:1000]} == {Arm(name, share) for name, share in MANY.items()}


def test_another_key_deals_units_anew() -> None:
    one, two = (arms(held(0.5), key) for key in ("one", "two"))
    same = sum(left == right for left, right in zip(one, two, strict=True))

    assert abs((one + two).count(HOLDOUT) / 2 / len(UNITS) - 0.5) < 0.02
    assert abs(same / len(UNITS) - 0.5) < 0.02
    assert all(0 <= uniform("one", unit) < 1 for unit in UNITS[:100])
