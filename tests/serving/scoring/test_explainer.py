"""Why a line might come back: reasons that add up to the score, and drivers that add up to its log-odds."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import lightgbm as lgb
import numpy as np
import pytest
from scipy.special import logit

from features.language.reasons import REASONS
from features.online.features import OnlineFeatures
from features.sentences import Sentences
from features.stores.memory import MemoryStore
from serving.scores import Explain, ScoreDriver, Why
from serving.scoring.explainer import MOST_FACTORS, Asked, Explainer
from tests.serving.served_shop import AFTER, shop_of_sizes
from training.model.bundle import Bundle
from training.model.calibrate import Calibrator
from training.model.learners.trees import Trees
from training.model.reasons.model import ReasonModel
from training.model.shapley.sampled import SampledShapley

SHOP = shop_of_sizes()
ONLINE = OnlineFeatures(SHOP.recipe)
SHARES_ALONE = replace(SHOP.bundle, reasons=ReasonModel((), None, 1.0, np.zeros(0)))
CALIBRATED = replace(
    SHOP.bundle, calibrator=Calibrator(0.7, -0.2, np.array([0.5]), np.array([0, 0.5]), np.array([0.5, 1]))
)


class Unread(MemoryStore):
    """A state that must not be read."""

    def read(self, _):
        raise AssertionError("read")


@cache
def state() -> MemoryStore:
    return SHOP.store()


def scored_rows_of(bundle: Bundle) -> Asked:
    """All orders of the shop, scored once more."""
    orders = SHOP.orders()
    features = state().read(lambda snapshot: ONLINE.ask(snapshot, orders, AFTER, reasons=True)).features
    probability = bundle.score_rows(features[:, : len(bundle.score_features)]).probability
    return Asked(orders, features, probability, AFTER)


@cache
def whys(bundle_name: str = "BUNDLE") -> list[Why]:
    return Explainer(BUNDLES[bundle_name], ONLINE).explain(state(), scored_rows_of(BUNDLES[bundle_name]), Explain.ALL)


class Estimated(Trees):
    """The trees of the shop, as if nobody knew a way to their exact drivers."""

    def contributions(self):
        drawn = np.random.default_rng(4).normal(size=(4, len(self.features)))
        return SampledShapley(self.margin, drawn)


BUNDLES: Mapping[str, Bundle] = {
    "BUNDLE": SHOP.bundle,
    "SHARES ALONE": SHARES_ALONE,
    "CALIBRATED": CALIBRATED,
    "ESTIMATED": replace(CALIBRATED, model=Estimated(lgb.Booster(model_str=SHOP.bundle.model.text()))),
}


def reasons_of(why: Why) -> Mapping[str, float]:
    assert why.reasons is not None
    return why.reasons


def factors_of(why: Why) -> tuple[ScoreDriver, ...]:
    assert why.drivers is not None
    return why.drivers.factors


# --- reasons ---


@pytest.mark.parametrize("name", BUNDLES)
def test_reasons_add_up_to_the_probability_the_likeliest_first(name: str) -> None:
    sums_of = [list(reasons_of(why).values()) for why in whys(name)]

    np.testing.assert_allclose(
        [sum(each) for each in sums_of], scored_rows_of(BUNDLES[name]).probability, rtol=0, atol=1e-9
    )
    assert all(each == sorted(each, reverse=True) for each in sums_of)


@pytest.mark.parametrize("name", BUNDLES)
def test_reasons_are_the_bundles_own_times_the_probability(name: str) -> None:
    scored_rows = scored_rows_of(BUNDLES[name])
    given_return = BUNDLES[name].reason_rows(scored_rows.features)

    assert given_return is not None
    for why, row, probability in zip(whys(name), given_return, scored_rows.probability, strict=True):
        wanted = {reason.value: share * probability for reason, share in zip(REASONS, row, strict=True)}
        assert reasons_of(why) == pytest.approx(wanted, rel=1e-12)


def test_the_reasons_booster_tells_lines_apart() -> None:
    """Else the tests above could not detect a mix-up of rows or reasons."""
    assert len({next(iter(reasons_of(why))) for why in whys()}) > 2
    assert any(reasons_of(one) != reasons_of(other) for one, other in zip(whys(), whys("SHARES ALONE"), strict=True))


def test_a_source_without_reasons_has_drivers_alone() -> None:
    found = Explainer(replace(SHOP.bundle, reasons=None), ONLINE).explain(
        state(), scored_rows_of(SHOP.bundle), Explain.ALL
    )

    assert {each.reasons for each in found} == {None}
    assert [each.drivers for each in found] == [each.drivers for each in whys()]


def test_reasons_alone_are_the_same_and_read_no_state() -> None:
    found = Explainer(SHOP.bundle, ONLINE).explain(Unread(), scored_rows_of(SHOP.bundle), Explain.REASONS)

    assert [each.reasons for each in found] == [each.reasons for each in whys()]
    assert {(each.drivers, each.what_ifs) for each in found} == {(None, None)}


# --- drivers ---


@pytest.mark.parametrize("name", BUNDLES)
def test_the_drivers_add_up_to_the_log_odds_of_the_probability(name: str) -> None:
    listed = [why.drivers.log_odds for why in whys(name) if why.drivers]

    np.testing.assert_allclose(listed, logit(scored_rows_of(BUNDLES[name]).probability), rtol=0, atol=1e-9)


def test_estimated_drivers_are_said_to_be_no_exact_ones() -> None:
    said = {name: {why.drivers.exact for why in whys(name) if why.drivers} for name in BUNDLES}

    assert said == {"BUNDLE": {True}, "SHARES ALONE": {True}, "CALIBRATED": {True}, "ESTIMATED": {False}}


def test_drivers_are_the_sums_of_the_boosters_own_contributions_the_strongest_first() -> None:
    # LightGBM computes the same Shapley values by another algorithm; nothing is calibrated, so they are in log-odds.
    of_score = scored_rows_of(SHOP.bundle).features[:, : len(SHOP.bundle.score_features)]
    contributions = np.asarray(lgb.Booster(model_str=SHOP.bundle.model.text()).predict(of_score, pred_contrib=True))[
        :, :-1
    ]

    for why, row in zip(whys(), contributions, strict=True):
        sums: dict[str, float] = {}
        for entry, contribution in zip(SHOP.bundle.catalog, row, strict=False):
            sums[entry.factor] = sums.get(entry.factor, 0.0) + contribution
        ranked = sorted(sums.items(), key=lambda item: -abs(item[1]))
        listed = {driver.factor: driver.contribution for driver in factors_of(why)}
        assert listed == pytest.approx({factor: added for factor, added in ranked[:MOST_FACTORS] if abs(added) > 1e-10})
        assert why.drivers is not None
        assert why.drivers.rest == pytest.approx(sum(added for _, added in ranked[MOST_FACTORS:]), abs=1e-10)
        strengths = [abs(driver.contribution) for driver in factors_of(why)]
        assert strengths == sorted(strengths, reverse=True)


def test_a_factor_without_a_part_is_not_listed() -> None:
    # The booster has 30 trees of three splits: some factors of the catalog are in none of them.
    split = {name for name, gain in SHOP.bundle.importance().items() if gain > 0}
    idle = {each.factor for each in SHOP.bundle.catalog} - {
        each.factor for each in SHOP.bundle.catalog if each.name in split
    }

    assert "reasons" in idle
    assert not idle & {driver.factor for why in whys() for driver in factors_of(why)}


def test_the_named_feature_did_most_in_the_direction_of_its_factor() -> None:
    scored_rows, names = scored_rows_of(SHOP.bundle), SHOP.bundle.features
    contributions = SHOP.bundle.drivers.of_features(scored_rows.features[:, : len(SHOP.bundle.score_features)])
    directions = set()

    for why, row in zip(whys(), contributions, strict=True):
        for driver in factors_of(why):
            members = [place for place, entry in enumerate(SHOP.bundle.catalog) if entry.factor == driver.factor]
            sign = np.sign(driver.contribution)
            assert sign * row[names.index(driver.feature)] == max(sign * row[place] for place in members)
            assert sign * row[names.index(driver.feature)] > 0
            directions.add(sign)

    assert directions == {-1.0, 1.0}


def test_a_driver_is_said_by_the_sentence_of_its_feature_on_the_line() -> None:
    scored_rows, sentences = scored_rows_of(SHOP.bundle), Sentences(SHOP.recipe)

    for why, row in zip(whys(), scored_rows.features.tolist(), strict=True):
        values = dict(zip(SHOP.bundle.features, row, strict=True))
        for driver in factors_of(why):
            assert driver.sentence == sentences.say(driver.feature, values)
