from dataclasses import replace

import numpy as np
import pytest

from data.schema import Reason
from features.language.reasons import REASONS
from tests.training.products.planted_shop import AS_OF, PlantedShop, context_of, without_reasons
from training.products.estimates.context import Context
from training.products.estimates.lines import NONE
from training.products.estimates.rates import Prior
from training.products.findings.faults import look
from training.products.findings.rises import Weekly, null_scale
from training.products.findings.spikes import Outcome, Spikes, columns, spikes
from training.products.findings.spikes import find as find_among

WEEKS = 8
PRIOR = Prior(np.array([20.0, 200.0]), np.array([0.5, 0.5]))


def drawn(seed: int, products: int, past: int, weekly: int, *, rises: int = 0, wobble: float = 0.0) -> Weekly:
    """Draw products whose rates lie around 0.3 as PRIOR says; the first ``rises`` triple their odds 4 weeks ago.

    ``wobble``: overdispersion, as the standard deviation of the log-odds from week to week.
    """
    rng = np.random.default_rng(seed)
    strength = rng.choice(PRIOR.strengths, products)
    rate = rng.beta(strength * 0.3, strength * 0.7)[:, None]
    lines = np.tile([past] + [weekly] * WEEKS, (products, 1))
    odds = np.tile(rate / (1 - rate), (1, WEEKS + 1)) * np.exp(wobble * rng.normal(size=lines.shape))
    odds[:rises, -4:] *= 3
    returned = rng.binomial(lines, odds / (1 + odds)).astype(np.float64)
    seen = lines.astype(np.float64)
    return Weekly(returned, seen - returned, seen, 0.3 * seen, np.arange(0.0, 7.0 * WEEKS, 7.0))


def found_in(context: Context) -> Spikes:
    return spikes(context, look(context))


def find(weekly: Weekly) -> Spikes:
    return find_among([Outcome(NONE, weekly, PRIOR)], null_scale(weekly, PRIOR), 0.1)


@pytest.mark.parametrize("wobble", [0.0, 0.5])
def test_small_p_values_are_no_more_frequent_than_they_say_where_nothing_rose(wobble: float) -> None:
    found = find(drawn(1, 4000, past=200, weekly=15, wobble=wobble))
    tested = found.p_value[~np.isnan(found.p_value)]
    assert len(tested) == 4000
    for level in (0.2, 0.05, 0.01):
        # Within three standard deviations of the share of 4,000.
        assert (tested <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / 4000)
    assert found.spike.sum() <= 1


def test_returns_that_vary_more_than_by_chance_weigh_less() -> None:
    calm = find(drawn(2, 2000, past=400, weekly=40))
    wild = find(drawn(2, 2000, past=400, weekly=40, wobble=0.8))
    assert calm.scale == pytest.approx(1.0, abs=0.06)
    assert wild.scale > 1.15


def test_planted_rises_are_found_with_few_false_ones_and_near_their_week() -> None:
    found = find(drawn(3, 1000, past=300, weekly=25, rises=50))
    assert found.spike[:50].sum() >= 40
    assert found.spike[50:].sum() <= 0.2 * found.spike.sum()
    since = found.since_day[:50][found.spike[:50]]
    # It began with the fifth of the eight weeks: day 28.
    assert np.median(since) == 28
    assert (found.rate_after[found.spike] > found.rate_before[found.spike]).all()


def test_the_order_of_products_does_not_matter() -> None:
    weekly = drawn(4, 300, past=150, weekly=20, rises=20)
    back, kept, seen, expected = (a[::-1] for a in (weekly.returned, weekly.kept, weekly.seen, weekly.expected))
    turned = Weekly(back, kept, seen, expected, weekly.since_day)
    found, again = find(weekly), find(turned)
    assert found.spike.sum() > 10
    for name in ("spike", "p_value", "since_day", "rate_before", "rate_after"):
        np.testing.assert_allclose(getattr(found, name), getattr(again, name)[::-1], rtol=1e-9)


def test_a_product_without_lines_or_without_a_past_has_no_spike() -> None:
    empty = np.zeros((3, 2))
    empty[1] = [0, 30]
    empty[2] = [30, 0]
    found = find(Weekly(empty, 0 * empty, empty, 0.3 * empty, np.zeros(1)))
    assert not found.spike.any()
    assert np.isnan(found.p_value).all()


def test_a_rise_among_the_lines_of_a_shop_is_in_the_columns_of_its_product() -> None:
    shop = PlantedShop(lines_each=400)
    shop.plant((shop.product == 7) & (shop.day >= AS_OF - 35), Reason.DEFECTIVE, 0.9)
    listed = columns(found_in(shop.context))
    assert listed["spike_reason"].to_pylist() == [None] * 7 + ["DEFECTIVE"] + [None] * 52
    assert [place for place, spike in enumerate(listed["spike"].to_pylist()) if spike] == [7]
    since = listed["spike_since"][7].as_py()
    # 35 days before Monday, 1 January 2024 is Monday, 27 November 2023; a week early or late is near enough.
    assert since.weekday() == 0
    assert abs((since - np.datetime64("2023-11-27").astype("datetime64[us]").item()).days) <= 7
    # Of all returns, 30% of lines, a tenth are defective; then nine lines in ten are, drawn somewhat towards that.
    assert listed["spike_rate_before"][7].as_py() == pytest.approx(0.03, abs=0.02)
    assert listed["spike_rate_after"][7].as_py() > 0.5
    assert listed["spike_since"].null_count == len(listed["spike"]) - 1


def test_a_rise_without_a_fault_s_reason_is_one_of_all_returns() -> None:
    shop = PlantedShop(lines_each=400)
    shop.plant((shop.product == 7) & (shop.day >= AS_OF - 35), Reason.UNWANTED, 0.9)
    listed = columns(found_in(shop.context))
    assert listed["spike"].to_pylist() == [place == 7 for place in range(60)]
    assert listed["spike_reason"].null_count == 60
    # As all lines; then 0.3 + 0.7 * 0.9 = 0.93, drawn somewhat towards it.
    assert listed["spike_rate_before"][7].as_py() == pytest.approx(0.3, abs=0.05)
    assert listed["spike_rate_after"][7].as_py() > 0.5


def test_a_bad_batch_is_found_by_its_reason_where_all_returns_hide_it() -> None:
    shop = PlantedShop(lines_each=400)
    recent = (shop.product == 7) & (shop.day >= AS_OF - 56)
    shop.plant(recent, Reason.DEFECTIVE, 0.25)
    context = shop.context
    assert found_in(context).reason[7] == REASONS.index(Reason.DEFECTIVE)
    # About 60 lines, of which 30% + 70% * 25% = 47% came back.
    assert not found_in(context_of(without_reasons(shop.lines))).spike.any()


def test_a_shop_that_begins_to_record_reasons_has_no_spikes() -> None:
    shop = PlantedShop(lines_each=400)
    lines = shop.lines
    asked = replace(lines, reason=np.where(lines.day >= AS_OF - 40, lines.reason, NONE))
    assert not found_in(context_of(asked)).spike.any()


def test_a_category_whose_customers_turn_to_one_reason_has_no_spikes() -> None:
    shop = PlantedShop(lines_each=400)
    # Shoes are the second half of the products; whatever comes back of them late does so for one reason.
    late = (shop.product >= 30) & (shop.day >= AS_OF - 40)
    shop.reason = np.where(late, REASONS.index(Reason.SIZE_TOO_LARGE), shop.reason)
    assert not found_in(shop.context).spike.any()


def test_a_reason_that_only_one_product_is_returned_for_is_no_spike_of_it() -> None:
    shop = PlantedShop(lines_each=400)
    shop.reason = np.full(len(shop.reason), REASONS.index(Reason.UNWANTED))
    late = (shop.product == 7) & (shop.day >= AS_OF - 35)
    shop.reason = np.where(late, REASONS.index(Reason.DEFECTIVE), shop.reason)
    # As often as ever, and nobody else says what part of returns is defective.
    assert not found_in(shop.context).spike.any()


def test_products_that_are_sold_no_more_do_not_make_the_others_rise() -> None:
    shop = PlantedShop(lines_each=400)
    gone = shop.product >= 45
    shop.day = np.where(gone, AS_OF - 364 + (shop.day - AS_OF + 364) / 2, shop.day)
    shop.plant(gone, Reason.DEFECTIVE, 0.8)
    params = shop.context.params.model_copy(update={"periods_days": (30, 90)})
    assert not found_in(replace(shop.context, params=params)).spike.any()


def test_a_p_value_is_corrected_for_the_number_of_outcomes() -> None:
    weekly = one_product([300, 22], [700, 18], [0.3, 0.3])
    outcomes = [Outcome(place, weekly, PRIOR) for place in (NONE, 0, 1)]
    one, three = (find_among(outcomes[:count], 1.0, 0.1) for count in (1, 3))
    assert three.p_value[0] == pytest.approx(3 * one.p_value[0])
    assert (one.reason[0], three.reason[0]) == (NONE, 0)


def one_product(returned: list[float], kept: list[float], expected: list[float]) -> Weekly:
    back, stays = np.array([returned], dtype=np.float64), np.array([kept], dtype=np.float64)
    seen = back + stays
    return Weekly(back, stays, seen, seen * np.array([expected]), np.zeros(1))
