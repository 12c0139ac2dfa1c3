from dataclasses import replace
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.decisions.examples import basket, line
from training.decisions.covariates import MEANINGS, NAMES, covariates_of
from training.decisions.policy import Segment

KNOWN = {"customer_orders": 4.0, "customer_return_rate": 0.3, "discount_share": 0.2}


def test_each_covariate_is_what_its_meaning_says() -> None:
    own = line(0.4, 5000, "p1", size="m", features=KNOWN, expected_cost_minor=320.0)
    same = line(0.2, 3000, "p1", size="l", features={**KNOWN, "discount_share": float("nan")}, expected_cost_minor=80.0)
    other = line(0.1, 1000, "p2", size="l", features={**KNOWN, "discount_share": 0.8}, expected_cost_minor=40.0)

    found = covariates_of(replace(basket(own, same, other), acted=(40.0, 3.5)))

    assert tuple(found) == NAMES
    known = {name: value for name, value in found.items() if not isnan(value)}
    assert known == pytest.approx(
        {
            "value_minor": 9000, "return_cost_minor": 440, "returns": 0.7, "line_count": 3,
            "highest_probability": 0.4, "highest_probability_width": 0.7 - 0.2,
            "returns_size": 0.42, "returns_quality": 0, "returns_description": 0, "returns_taste": 0.28,
            "returns_service": 0, "returns_other": 0,
            "bracket_lines": 2, "discount_share": (0.2 * 5000 + 0.8 * 1000) / 6000,
            "segment_guest": 0, "segment_new": 0, "segment_occasional": 0, "segment_active": 1, "segment_lapsing": 0,
            "segment_lost": 0, "customer_orders": 4, "customer_return_rate": 0.3,
            "actions_before": 2, "days_since_action": 3.5,
        }
    )  # fmt: skip


def test_what_is_not_known_is_missing_and_not_0() -> None:
    guest = covariates_of(basket(line(reasons=None, features=KNOWN), segment=Segment.GUEST, level=None))
    names = ("returns_size", "highest_probability_width", "customer_orders", "return_cost_minor", "discount_share")

    assert [isnan(guest[name]) for name in names] == [True, True, True, True, False]
    assert isnan(guest["actions_before"])
    never = covariates_of(replace(basket(), acted=()))
    assert (never["actions_before"], isnan(never["days_since_action"])) == (0, True)


def test_every_covariate_has_a_meaning() -> None:
    assert tuple(MEANINGS) == NAMES


@given(st.sampled_from(Segment), st.integers(1, 4))
def test_names_and_order_are_the_same_for_every_basket(segment: Segment, lines: int) -> None:
    assert tuple(covariates_of(basket(*[line()] * lines, segment=segment))) == NAMES
