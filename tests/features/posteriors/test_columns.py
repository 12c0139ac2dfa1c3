"""The column of the posteriors, through the stage: in all files of the matrix, and blind to the future."""

from pathlib import Path

import pandas as pd
import pytest

from features import catalog
from features.build import build
from features.catalog import CASE, POSTERIOR
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop

SHOP = crowded_shop(orders=40)
LEARNING = PARAMS.model_copy(update={"posteriors": PARAMS.posteriors.model_copy(update={"learn": True})})


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("posteriors")
    build(SHOP.write(folder / "validated"), folder / "matrix", LEARNING, OUTCOME)
    return folder / "matrix"


def test_every_file_and_the_catalog_have_it_as_the_last_feature_of_the_score(matrix: Path) -> None:
    entries = catalog.read(matrix / "catalog.json")

    assert [entry.name for entry in entries if not entry.only_reasons][-1] == POSTERIOR
    for name in ("lines", "unsent", "cases"):
        values = pd.read_parquet(matrix / f"{name}.parquet")[POSTERIOR]
        assert values.notna().all()
        assert values.nunique() > 10


def test_the_first_outcome_counts_from_the_day_after_it_became_known(matrix: Path) -> None:
    lines = pd.read_parquet(matrix / "lines.parquet").set_index("ordered_at")
    next_day = lines["settled_at"].min().normalize() + pd.Timedelta(days=1)

    assert lines.index.min() < next_day
    assert (lines.loc[lines.index < next_day, POSTERIOR] == 0).all()
    assert (lines.loc[lines.index >= next_day, POSTERIOR] != 0).all()


def test_a_guest_has_no_level_and_an_unknown_product_a_fresh_one(matrix: Path) -> None:
    cases = pd.read_parquet(matrix / "cases.parquet").set_index([CASE, "line_id"])[POSTERIOR]
    whole = cases.loc["all sent"]

    assert (cases.loc["customer_id"] != whole).any()
    assert (cases.loc["product"] != whole).any()
    assert cases.loc["guest and unknown product"].nunique() < whole.nunique()
