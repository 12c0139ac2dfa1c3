from hypothesis import given
from hypothesis import strategies as st

from data.logged.decisions import HOLDOUT
from training.decisions.assignment import draw, uniform

UNITS = [f"customer-{number}" for number in range(20_000)]


def test_the_holdout_has_its_share_of_units() -> None:
    held = sum(draw("key", unit, 0.1).name == HOLDOUT for unit in UNITS)

    assert abs(held / len(UNITS) - 0.1) < 0.01


@given(st.text(min_size=1), st.floats(0.01, 0.5), st.floats(0.5, 1))
def test_a_unit_stays_in_its_arm_and_a_larger_holdout_keeps_those_of_a_smaller_one(
    unit: str, small: float, large: float
) -> None:
    assert draw("key", unit, small) == draw("key", unit, small)
    if draw("key", unit, small).name == HOLDOUT:
        assert draw("key", unit, large).name == HOLDOUT


def test_the_share_of_an_arm_is_the_chance_with_which_it_is_drawn() -> None:
    arms = {draw("key", unit, 0.3) for unit in UNITS[:100]}

    assert sorted((arm.name, arm.share) for arm in arms) == [("holdout", 0.3), ("policy", 0.7)]


def test_another_key_deals_units_anew() -> None:
    both = sum(draw(key, unit, 0.5).name == HOLDOUT for unit in UNITS for key in ("one", "two"))
    same = sum(draw("one", unit, 0.5).name == draw("two", unit, 0.5).name for unit in UNITS)

    assert abs(both / 2 / len(UNITS) - 0.5) < 0.02
    assert abs(same / len(UNITS) - 0.5) < 0.02
    assert all(0 <= uniform("one", unit) < 1 for unit in UNITS[:100])
