from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.special import expit, logit

from data.arrays import Bools, Floats
from data.errors import UserError
from features.build import _entry
from features.catalog import CatalogEntry
from features.language.nodes import Counter, Feature, LineColumn, walk
from features.recipe import Recipe
from tests.features.crowded_shop import OUTCOME
from tests.features.crowded_shop import PARAMS as FEATURES
from tests.training.products.made_shop import PARAMS
from tests.training.products.small_context import drawn_lines
from tests.training.small_matrix import MODEL
from training.products.estimates import expectation
from training.products.estimates.expectation import LEVEL_SPREAD, expected, features_alike, features_of_buyers, levelled
from training.products.estimates.lines import ReportLines
from training.products.estimates.settling import delays, visible

NAMES = ["buyer", "category_return_rate", "product_return_rate"]
CATALOG = [
    CatalogEntry("buyer", "double", "", "customer", "", "", ("customer__returned",), only_reasons=False),
    CatalogEntry("category_return_rate", "double", "", "product", "", "", ("category__returned",), only_reasons=False),
    CatalogEntry("product_return_rate", "double", "", "product", "", "", ("product__returned",), only_reasons=False),
    CatalogEntry("reason_share", "double", "", "customer", "", "", ("customer__returned",), only_reasons=True),
]
LEARNING = PARAMS.model_copy(update={"folds": 3, "rounds": 60, "expectation_lines": 4000})
COLUMNS = frozenset(
    {
        "product_id",
        "customer_id",
        "category",
        "department",
        "brand",
        "supplier",
        "size",
        "color",
        "price_minor",
        "list_price_minor",
        "quantity",
        "region",
        "channel",
        "payment_method",
        "voucher_used",
        "registered_at",
        "launched_at",
        "ordered_at",
        "value_minor",
        "size_value",
        "size_system",
    }
)


@pytest.fixture(scope="module")
def buyer() -> Floats:
    """The effect of each line's buyer, in log-odds."""
    return np.random.default_rng(7).normal(0, 1, 9000)


@pytest.fixture(scope="module")
def lines(buyer: Floats) -> ReportLines:
    """Lines whose outcomes depend on the buyer and on the product; every third row of the matrix is left out."""
    all_lines, _ = drawn_lines(lambda x: expit(buyer[x.row] - 0.8 + (x.product % 5 == 0)), count=9000, products=30)
    return all_lines.take(all_lines.row % 3 > 0)


@pytest.fixture(scope="module")
def matrix(buyer: Floats, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matrix in several row groups; its labels are random, and are not those of the lines."""
    rng = np.random.default_rng(8)
    columns = {"buyer": buyer, "category_return_rate": rng.random(9000), "product_return_rate": rng.random(9000)}
    file = tmp_path_factory.mktemp("matrix") / "lines.parquet"
    pq.write_table(
        pa.table({**columns, "label": pa.array(rng.integers(0, 2, 9000), pa.int8())}), file, row_group_size=700
    )
    return file


def log_odds(lines: ReportLines, matrix: Path, names: list[str] = NAMES[:2]) -> Floats:
    return expectation._cross_fitted(lines, names, LEARNING, MODEL, matrix)


def with_returned(lines: ReportLines, returned: Bools) -> ReportLines:
    return replace(lines, returned=returned, returned_day=np.where(returned, lines.day + 10, np.nan))


def reads(feature: Feature) -> set[str]:
    """The line columns that the keys of the counters behind a feature are made of."""
    counters = [node for node in walk(feature) if isinstance(node, Counter)]
    return {line.name for counter in counters for node in counter.key.columns for line in _lines(node)}


def _lines(node: object) -> list[LineColumn]:
    if isinstance(node, LineColumn):
        return [node]
    return [line for part in getattr(node, "reads", ()) for line in _lines(part)]


@pytest.fixture(scope="module")
def features() -> dict[str, Feature]:
    return {each.name: each for each in Recipe(FEATURES.definition, OUTCOME, COLUMNS).features()}


def test_what_is_expected_counts_nothing_by_product_brand_or_supplier(features: dict[str, Feature]):
    chosen = features_alike([_entry(each) for each in features.values()])

    left = {name for name in features if name not in chosen and not features[name].only_reasons}
    assert {"customer_return_rate", "category_return_rate", "price_minor", "discount_share"} <= set(chosen)
    assert {"product_return_rate", "brand_return_rate", "supplier_return_rate"} <= left
    for name in chosen:
        assert not reads(features[name]) & {"product_id", "brand", "supplier"}, name
        assert not features[name].only_reasons


def test_what_is_expected_of_buyers_counts_nothing_of_what_they_buy(features: dict[str, Feature]):
    chosen = features_of_buyers([_entry(each) for each in features.values()])

    assert {"customer_return_rate", "basket_lines", "weekday"} <= set(chosen)
    assert set(chosen) < set(features_alike([_entry(each) for each in features.values()]))
    for name in chosen:
        kinds = {"product_id", "brand", "supplier", "category", "department", "size", "color", "price_minor"}
        assert not reads(features[name]) & kinds, name


def test_a_products_own_outcomes_move_nothing_that_is_expected_of_its_lines(lines: ReportLines, matrix: Path):
    own = lines.product == 4
    altered = with_returned(lines, np.where(own, ~lines.returned & lines.closed, lines.returned))
    before, after = log_odds(lines, matrix), log_odds(altered, matrix)

    assert before[own].tolist() == after[own].tolist()
    assert (before[~own] != after[~own]).any()


def test_the_same_lines_are_expected_alike_every_time(lines: ReportLines, matrix: Path):
    assert log_odds(lines, matrix).tolist() == log_odds(lines, matrix).tolist()


def test_lines_are_expected_alike_however_the_matrix_is_read(
    lines: ReportLines, matrix: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = log_odds(lines, matrix)
    monkeypatch.setattr(expectation, "BATCH_LINES", 1234)

    assert log_odds(lines, matrix).tolist() == whole.tolist()


def test_outcomes_are_those_known_to_the_lines_not_to_the_matrix(lines: ReportLines, matrix: Path, buyer: Floats):
    assert np.corrcoef(log_odds(lines, matrix), buyer[lines.row])[0, 1] > 0.9


def test_lines_of_one_product_learn_from_the_others_only(lines: ReportLines, matrix: Path):
    with pytest.raises(UserError, match="several products"):
        log_odds(lines.take(lines.product == 4), matrix)


@pytest.mark.parametrize("returned", [True, False])
def test_without_both_outcomes_there_is_nothing_to_expect(lines: ReportLines, matrix: Path, *, returned: bool):
    alike = with_returned(lines, np.full(len(lines), returned))

    with pytest.raises(UserError, match="both returned and kept"):
        expected(alike, np.ones(len(lines)), CATALOG, LEARNING, MODEL, matrix)


def test_lines_that_are_all_open_leave_nothing_to_learn_from(lines: ReportLines, matrix: Path):
    young = lines.take(lines.day > lines.as_of - 15)

    with pytest.raises(UserError, match="of 0 closed lines"):
        expected(young, np.ones(len(young)), CATALOG, LEARNING, MODEL, matrix)


def test_the_buyer_is_expected_and_the_product_is_not(lines: ReportLines, matrix: Path, buyer: Floats):
    seen = visible(lines, delays(lines))

    found = expected(lines, seen, CATALOG, LEARNING, MODEL, matrix)

    for probability in (found.alike, found.buyers):
        assert ((probability > 0) & (probability < 1)).all()
        assert np.corrcoef(logit(probability), buyer[lines.row])[0, 1] > 0.9
    # Products 0, 5, 10, … come back more often: 1 in log-odds, some 0.2 of the rate.
    bad = lines.product % 5 == 0
    excess = lines.returned[lines.closed] - found.alike[lines.closed]
    assert excess[bad[lines.closed]].mean() - excess[~bad[lines.closed]].mean() == pytest.approx(0.2, abs=0.05)


def test_lines_known_earlier_are_expected_by_what_was_known_then(lines: ReportLines, matrix: Path):
    moment = lines.as_of - 100
    later = lines.returned & (lines.returned_day > moment)
    told_later = replace(
        lines, returned=lines.returned & ~later, returned_day=np.where(later, np.nan, lines.returned_day)
    )
    assert later.any()

    found = [
        expected(then, visible(then, delays(then)), CATALOG, LEARNING, MODEL, matrix).alike.tolist()
        for then in (lines.at(moment), told_later.at(moment))
    ]

    assert found[0] == found[1]


def test_levels_make_what_is_expected_to_be_known_add_up_to_what_is():
    rng = np.random.default_rng(5)
    group = np.repeat([0, 1, 2], 20_000)
    p = expit(rng.normal(-1, 1, 60_000) + np.array([0.0, 0.6, -0.6])[group])
    seen = rng.random(60_000)
    returned = rng.random(60_000) < p * seen

    found = levelled(rng.permutation(logit(p)), returned, seen, group)

    # Short by d / LEVEL_SPREAD^2, about 4 d, of some 3,000.
    sums = [np.bincount(group, weights=values) for values in (returned, seen * found)]
    assert sums[1] == pytest.approx(sums[0], abs=5)


def test_a_shift_solves_its_equation():
    log = logit(np.array([0.2, 0.4, 0.5]))
    returned, seen = np.array([True, True, False]), np.array([1.0, 1.0, 0.5])

    found = levelled(log, returned, seen, np.zeros(3, dtype=np.int64))
    shift = logit(found) - log

    assert shift == pytest.approx(shift[0])
    assert (returned - seen * found).sum() == pytest.approx(shift[0] / LEVEL_SPREAD**2)


def test_few_lines_move_their_level_less_than_many():
    def shift(count: int) -> float:
        back = np.arange(count) % 2 == 0
        found = levelled(np.full(count, -1.0), back, np.ones(count), np.zeros(count, dtype=np.int64))
        return float(logit(found[0]) + 1)

    # Half of them come back: log-odds 0, one above what was expected.
    assert 0 < shift(2) < shift(20) < shift(2000) == pytest.approx(1, abs=0.02)


def test_a_group_without_lines_moves_nobody():
    found = levelled(np.zeros(2), np.array([True, False]), np.ones(2), np.array([0, 5]))

    assert found[0] > 0.5 > found[1]
