import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from training.monitoring.paired_loss import (
    BETS,
    MOST,
    WIDEST,
    PairedOrders,
    interval,
    log_evidence_above,
    log_evidence_below,
)

ENOUGH = np.log(20)
LINES_AN_ORDER = 2.2


def scored(seed: int, orders: int, champion_off: float, challenger_off: float) -> PairedOrders:
    """Orders whose lines come back together, scored by two models that are off by chance, in log-odds."""
    rng = np.random.default_rng(seed)
    order = np.repeat(np.arange(orders), 1 + rng.poisson(LINES_AN_ORDER - 1, orders))
    truth = rng.normal(-0.9, 0.9, len(order)) + rng.normal(0, 0.5, orders)[order]
    label = (rng.random(len(order)) < expit(truth)).astype(np.float64)
    champion, challenger = (expit(truth + rng.normal(0, off, len(order))) for off in (champion_off, challenger_off))
    return PairedOrders.of(champion, challenger, label, order)


def off_by(nats: float) -> float:
    """How far a model is off in log-odds that loses so many nats a line: p(1-p)·off²/2, with 0.19 for p(1-p)."""
    return float(np.sqrt(2 * nats / 0.19))


def test_two_equal_models_are_told_apart_more_rarely_than_one_in_twenty_however_often_one_looks() -> None:
    false = sum(log_evidence_below(scored(seed, 6_000, 0.3, 0.3), 0.0).max() >= ENOUGH for seed in range(100))

    assert false <= 5


@pytest.mark.parametrize(("nats", "lines"), [(0.002, 20_000), (0.005, 9_000)])
def test_a_better_model_is_found_once_there_are_lines_enough(nats: float, lines: int) -> None:
    orders = round(lines / LINES_AN_ORDER)

    found = [log_evidence_below(scored(seed, orders, off_by(nats), 0.0), 0.0).max() >= ENOUGH for seed in range(20)]

    assert sum(found) >= 16


def test_models_in_each_others_place_have_each_others_evidence() -> None:
    orders = scored(1, 500, 0.3, 0.1)
    other = scored(1, 500, 0.3, 0.1).turned()

    assert log_evidence_above(orders, 0.01) == pytest.approx(log_evidence_below(other, -0.01))
    assert interval(orders, 0.1) == pytest.approx([-each for each in reversed(interval(other, 0.1))])


def test_evidence_does_not_depend_on_which_outcome_came_first() -> None:
    orders = scored(2, 500, 0.3, 0.1)
    mixed = np.random.default_rng(0).permutation(500)
    other = PairedOrders(*(getattr(orders, name)[mixed] for name in orders.__dataclass_fields__))

    assert log_evidence_below(other, 0.0)[-1] == pytest.approx(log_evidence_below(orders, 0.0)[-1])


def test_the_interval_holds_the_true_difference_at_all_looks() -> None:
    nats = 0.19 * 0.3**2 / 2  # what a model loses that is off by 0.3
    misses = 0
    for seed in range(12):
        orders = scored(seed, 3_000, 0.3, 0.0)
        for end in (300, 1_000, 3_000):
            seen = PairedOrders(*(getattr(orders, name)[:end] for name in orders.__dataclass_fields__))
            low, high = interval(seen, 0.1)
            misses += not low <= -nats <= high

    assert misses <= 1


def test_without_orders_nothing_is_known() -> None:
    nothing = PairedOrders.of(np.empty(0), np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))

    assert interval(nothing, 0.05) == (-WIDEST, WIDEST)


shares = st.floats(0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=6), st.floats(-WIDEST, WIDEST), shares)
def test_no_order_raises_evidence_for_what_is_not_so(
    lines: list[tuple[float, float]], bound: float, rate: float
) -> None:
    p, q = np.array(lines).T
    order = np.zeros(len(p), dtype=np.int64)
    ways = [np.full(len(p), each, dtype=np.float64) for each in (0.0, 1.0)]  # all kept, with rate all returned
    found = [PairedOrders.of(p, q, label, order) for label in ways]
    weight = found[0].weight[0]
    for_it = [float(weight * (bound * each.lines[0] - each.difference[0])) for each in found]
    mean = (1 - rate) * for_it[0] + rate * for_it[1]
    factor = sum(
        share * np.exp(log_evidence_below(each, bound)[0]) for share, each in zip((1 - rate, rate), found, strict=True)
    )

    # With mean <= 0, that is, where the claim is false, the factor is at most 1 in the mean.
    assert factor <= np.mean([1 + bet * mean for bet in BETS]) + 1e-9
    assert all(each >= -MOST - 1e-9 for each in for_it)
