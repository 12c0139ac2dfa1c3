import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Floats
from training.products.estimates import rates
from training.products.estimates.evidence import Evidence
from training.products.estimates.rates import STRENGTHS, Posterior, Prior, fit_prior, posterior, predictive_interval

EVEN = Prior(STRENGTHS, np.full(len(STRENGTHS), 1 / len(STRENGTHS)))
counts = st.floats(0, 10_000)
shares = st.floats(0.001, 0.999)


def one(returned: float, kept: float, expected: float) -> Evidence:
    return Evidence(np.array([returned]), np.array([kept]), np.array([expected]))


def drawn(strength: float, *, items: int = 4000, seed: int = 1) -> tuple[Evidence, Floats]:
    """Draw items of 1 to 200 lines with rates around the expected ones; the second result: the rates."""
    rng = np.random.default_rng(seed)
    expected = rng.uniform(0.1, 0.6, items)
    rate = rng.beta(strength * expected, strength * (1 - expected))
    lines = rng.integers(1, 200, items)
    returned = rng.binomial(lines, rate)
    return Evidence(returned.astype(np.float64), (lines - returned).astype(np.float64), expected), rate


@given(returned=counts, kept=counts, expected=shares)
def test_a_rate_lies_between_what_is_expected_and_what_was_seen(returned: float, kept: float, expected: float):
    seen = returned / (returned + kept) if returned + kept > 0 else expected

    mean = posterior(one(returned, kept, expected), EVEN).mean[0]

    assert min(seen, expected) - 1e-9 <= mean <= max(seen, expected) + 1e-9


@pytest.mark.parametrize("expected", [0.0, 1e-4, 0.3, 1.0])
def test_an_item_without_evidence_keeps_what_is_expected(expected: float):
    # Expected rates are held 1e-4 from 0 and 1.
    assert posterior(one(0, 0, expected), EVEN).mean[0] == pytest.approx(expected, abs=1.01e-4)


def test_an_item_with_much_evidence_has_its_own_rate():
    found = posterior(one(40_000, 10_000, 0.1), EVEN)

    # sqrt(0.8 * 0.2 / 50,000) = 0.0018
    assert found.mean[0] == pytest.approx(0.8, abs=0.001)
    assert np.sqrt(found.variance[0]) == pytest.approx(0.0018, abs=1e-4)


def test_an_item_without_an_expected_rate_is_refused():
    with pytest.raises(ValueError, match="leave it out"):
        posterior(one(0, 0, np.nan), EVEN)


@given(returned=st.floats(0, 500), kept=st.floats(0, 500), expected=shares, q=st.floats(0.01, 0.99))
def test_quantile_and_probability_are_each_others_inverse(returned: float, kept: float, expected: float, q: float):
    found = posterior(one(returned, kept, expected), EVEN)
    x = found.quantile(q)

    # A tiny step either way passes q, even where the density is steep.
    assert found.above(np.maximum(x - 1e-5, 0.0))[0] >= 1 - q - 1e-6
    assert found.above(x + 1e-5)[0] <= 1 - q + 1e-6


@given(returned=st.floats(0, 500), kept=st.floats(0, 500), expected=shares)
def test_a_wider_interval_holds_a_narrower_one(returned: float, kept: float, expected: float):
    found = posterior(one(returned, kept, expected), EVEN)
    low95, low80, high80, high95 = (found.quantile(q)[0] for q in (0.025, 0.1, 0.9, 0.975))

    assert 0 <= low95 <= low80 + 1e-6
    assert low80 <= high80
    assert high80 - 1e-6 <= high95 <= 1


def test_each_item_has_the_quantile_it_has_alone():
    evidence, _ = drawn(30, items=50)
    together = posterior(evidence, EVEN).quantile(0.1)
    alone = [posterior(evidence.take(np.array([place])), EVEN).quantile(0.1)[0] for place in range(50)]

    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize(("low", "high", "share"), [(0.1, 0.9, 0.8), (0.025, 0.975, 0.95)])
@pytest.mark.parametrize("strength", [8, 100])
def test_intervals_hold_the_true_rate_as_often_as_they_say(low: float, high: float, share: float, strength: float):
    evidence, rate = drawn(strength)
    found = posterior(evidence, fit_prior(evidence))

    held = (found.quantile(low) <= rate) & (rate <= found.quantile(high))

    # 4,000 items: one standard error is 0.006 at most. Strengths are learned, and none of them is 8 or 100.
    assert held.mean() == pytest.approx(share, abs=0.02)


def test_the_probability_of_a_rate_above_the_expected_one_is_true():
    evidence, rate = drawn(12)
    found = posterior(evidence, fit_prior(evidence)).above(evidence.expected)

    for low, high in ((0.05, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.95)):
        there = (found > low) & (found < high)
        assert (rate > evidence.expected)[there].mean() == pytest.approx(found[there].mean(), abs=0.06)


@pytest.mark.parametrize(("strength", "held"), [(5, (2, 12)), (75, (30, 200)), (100_000, (600, 3000))])
def test_how_far_items_lie_apart_is_learned_from_them(strength: float, held: tuple[float, float]):
    prior = fit_prior(drawn(strength)[0])

    near = (prior.strengths >= held[0]) & (prior.strengths <= held[1])
    assert prior.weights.sum() == pytest.approx(1)
    assert prior.weights[near].sum() > 0.95


def test_a_few_faulty_items_among_many_sound_ones_are_recognised():
    evidence, _ = drawn(100_000)
    faulty = evidence.take(np.arange(40))
    evidence = Evidence(
        np.concatenate([evidence.returned, np.full(40, 70.0)]),
        np.concatenate([evidence.kept, np.full(40, 30.0)]),
        np.concatenate([evidence.expected, faulty.expected * 0 + 0.3]),
    )
    found = posterior(evidence, fit_prior(evidence))

    assert (found.mean[-40:] > 0.6).all()
    assert np.abs(found.mean - evidence.expected)[:-40].mean() < 0.01


def test_without_evidence_every_strength_is_as_probable_as_any_other():
    nothing = Evidence(np.zeros(3), np.zeros(3), np.full(3, np.nan))

    assert fit_prior(nothing).weights.tolist() == [0.125] * 8


def test_an_item_that_came_back_before_its_lines_count_as_seen_changes_nothing():
    evidence, _ = drawn(25.0)
    early = Evidence(*(np.append(one, more) for one, more in zip(_parts(evidence), (3.0, 0.0, np.nan), strict=True)))

    assert fit_prior(early).weights.tolist() == fit_prior(evidence).weights.tolist()


def _parts(evidence: Evidence) -> tuple[Floats, Floats, Floats]:
    return evidence.returned, evidence.kept, evidence.expected


def test_a_sample_of_items_that_recur_holds_each_kind(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rates, "ENOUGH_ITEMS", 2000)
    near, far = drawn(100_000)[0], drawn(2)[0]
    pairs = np.arange(8000).reshape(2, 4000).T.ravel()  # near, far, near, far, …
    mixed = Evidence(
        np.concatenate([near.returned, far.returned])[pairs],
        np.concatenate([near.kept, far.kept])[pairs],
        np.concatenate([near.expected, far.expected])[pairs],
    )
    prior = fit_prior(mixed)

    assert prior.weights[prior.strengths <= 5].sum() == pytest.approx(0.5, abs=0.1)
    assert fit_prior(mixed).weights.tolist() == prior.weights.tolist()


def test_the_variance_is_that_of_the_mixture():
    mixed = Posterior(np.array([[2.0, 30.0]]), np.array([[8.0, 20.0]]), np.array([[0.25, 0.75]]))
    # Means 0.2 and 0.6, variances 0.16 / 11 and 0.24 / 51.
    mean = 0.25 * 0.2 + 0.75 * 0.6
    variance = 0.25 * (0.16 / 11 + 0.04) + 0.75 * (0.24 / 51 + 0.36) - mean**2

    assert mixed.mean[0] == pytest.approx(mean)
    assert mixed.variance[0] == pytest.approx(variance)


def test_the_rough_quantile_of_a_single_beta_is_exact():
    single = Posterior(np.array([[4.0]]), np.array([[9.0]]), np.array([[1.0]]))

    assert single.rough_quantile(0.1)[0] == pytest.approx(single.quantile(0.1)[0], abs=1e-6)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_predictive_interval_holds_the_number_to_come_as_often_as_it_says(level: float):
    rng = np.random.default_rng(2)
    # Rates from Beta(6, 14), 100 lines: mean 30, variance n m (1 - m) + n (n - 1) v with v = 0.21 / 21.
    number = rng.binomial(100, rng.beta(6, 14, 20_000))
    low, high = predictive_interval(np.array([30.0]), np.array([21 + 9900 * 0.01]), np.array([100.0]), level)

    held = ((number >= low) & (number <= high)).mean()

    # Whole ends, rounded outwards: up to half a line more than needed at each, of a spread of 11 lines.
    assert level - 0.01 <= held <= level + 0.05
    assert 0 <= low[0] < 30 < high[0] <= 100


def test_what_is_certain_has_no_interval():
    mean, none = np.array([0.0, 0.0, 5.0]), np.zeros(3)

    low, high = predictive_interval(mean, none, np.array([0.0, 7.0, 5.0]), 0.8)

    assert low.tolist() == high.tolist() == [0, 0, 5]
