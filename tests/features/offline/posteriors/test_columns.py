"""The columns of the posteriors, through the stage: in lines and cases, and blind to the future."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import catalog
from features.catalog import CASE, is_posterior
from features.posteriors.learned import Learned
from tests.features.crowded_shop import crowded_shop
from tests.features.learning import LearnedShop, few_features

SHOP = crowded_shop(orders=40)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with few_features():
        yield LearnedShop.of(SHOP, tmp_path_factory.mktemp("posteriors")).matrix


def of_posteriors(matrix: Path) -> list[str]:
    return [entry.name for entry in catalog.read(matrix / "catalog.json") if is_posterior(entry.name)]


def test_lines_and_cases_have_them_and_they_are_the_last_features_of_the_score(matrix: Path) -> None:
    entries, names = catalog.read(matrix / "catalog.json"), of_posteriors(matrix)

    assert [entry.name for entry in entries if not entry.only_reasons][-len(names) :] == names
    assert names == [
        f"posterior_{name}" for name in ("basket", "context", "customer", "price", "product", "season", "size")
    ]
    for name in ("lines", "cases"):
        values = pd.read_parquet(matrix / f"{name}.parquet")[names]
        assert (values.isna().all(axis=1) == values.isna().any(axis=1)).all()
        assert values.notna().any(axis=None)
        assert (values.nunique() > 5).all()


def test_the_first_outcome_counts_from_the_day_after_its_window_closed_even_of_a_line_that_came_back_sooner(
    matrix: Path,
) -> None:
    lines = pd.read_parquet(matrix / "lines.parquet").set_index("ordered_at")
    closed = lines.loc[lines["label"].notna(), "closes_at"]
    next_day = closed.min().normalize() + pd.Timedelta(days=1)
    values = lines[of_posteriors(matrix)]

    assert values.index.min() < next_day
    assert lines["settled_at"].min() < closed.min()
    assert values[values.index < next_day].isna().all(axis=None)
    later = values.loc[values.index >= next_day, "posterior_season"]
    assert later.notna().any()
    assert (later != 0).all()


def test_a_guest_has_no_level_and_an_unknown_product_no_posteriors(matrix: Path) -> None:
    cases = pd.read_parquet(matrix / "cases.parquet").set_index(CASE)
    whole, guest, product, both = (
        cases.loc[case].set_index("line_id")[["posterior_customer", "posterior_product"]].to_numpy()
        for case in ("all sent", "customer_id", "product", "guest and unknown product")
    )

    known = ~np.isnan(whole).any(axis=1)
    assert known.mean() > 0.5
    assert (guest[known, 0] != whole[known, 0]).any()
    assert np.isnan(product).all()
    assert np.isnan(both).all()


def test_what_was_learned_is_as_of_the_day_after_the_last_fact_and_has_every_level_once(matrix: Path) -> None:
    lines = pd.read_parquet(matrix / "lines.parquet")
    learned = Learned.from_bytes((matrix / "posteriors.json").read_bytes())
    levels = pd.read_parquet(matrix / "levels.parquet")
    last = max(lines["ordered_at"].max(), lines["settled_at"].max())
    closed = lines[lines["label"].notna()]

    assert pd.Timestamp(learned.day, unit="D") == last.normalize() + pd.Timedelta(days=1)
    assert (learned.covariance == learned.covariance.T).all() or np.allclose(learned.covariance, learned.covariance.T)
    assert not levels.assign(key=levels["key"].map(tuple))[["kind", "key"]].duplicated().any()
    of_products = levels.loc[levels["kind"] == "product", "key"].map(lambda key: key[0])
    assert set(of_products) == set(closed["product_id"])
