"""What a field is worth: how far scores move without it, and for which lines it is usual."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.language.request_field import ALL_SENT
from features.recipe import Recipe
from tests.training.unsent_shop import UnsentShop, unsent_shop
from training.model.bundle import Bundle
from training.model.unsent import ANY, FieldWorth, field_worths


@pytest.fixture(scope="module")
def shop() -> UnsentShop:
    return unsent_shop()


@pytest.fixture(scope="module")
def bundle(shop: UnsentShop) -> Bundle:
    return shop.bundle(1_000_000)


@pytest.fixture(scope="module")
def worths(bundle: Bundle) -> dict[str, FieldWorth]:
    assert bundle.unsent is not None
    return dict(bundle.unsent)


def test_the_field_that_says_most_is_worth_most(worths: dict[str, FieldWorth]) -> None:
    assert max(worths, key=lambda name: worths[name].log_odds) == "payment_method"
    assert worths["payment_method"].log_odds > 0.8


def test_nine_of_ten_lines_that_have_a_field_move_by_no_more_without_it(
    shop: UnsentShop, bundle: Bundle, worths: dict[str, FieldWorth]
) -> None:
    cases = pq.read_table(shop.cases).to_pandas()
    whole, lacking = (lines_of(cases, name, shop) for name in (ALL_SENT, "size"))
    had = lines_differ(whole, lacking, bundle)

    moved = np.abs(bundle.score(whole[had]).margin - bundle.score(lacking[had]).margin)

    assert 0 < had.sum() < len(whole)
    worth = worths["size"].log_odds
    assert (moved < worth - 1e-9).mean() <= 0.9 <= (moved <= worth + 1e-9).mean()
    assert worths["size"].sent[ANY] == pytest.approx(had.mean())


def lines_of(cases: pd.DataFrame, name: str, shop: UnsentShop) -> pd.DataFrame:
    lines = cases[cases["case"] == name].reset_index(drop=True)
    return lines[shop.cuts.train.holds(lines)].reset_index(drop=True)


def lines_differ(one: pd.DataFrame, other: pd.DataFrame, bundle: Bundle) -> pd.Series:
    names = list(bundle.score_features)
    same = (one[names] == other[names]) | (one[names].isna() & other[names].isna())
    return ~same.all(axis=1)


def test_a_field_is_usual_where_most_lines_of_the_category_have_it(worths: dict[str, FieldWorth]) -> None:
    size = worths["size"]

    assert not size.is_usual("phones")
    assert size.is_usual("dresses")
    assert size.is_usual("a category that is new")
    assert size.is_usual(None)


def test_a_field_that_no_line_has_is_worth_nothing_to_anyone(shop: UnsentShop, bundle: Bundle) -> None:
    fields = Recipe.from_json(bundle.recipe).request_fields()
    few = tuple(name for name in bundle.score_features if name == "voucher_used")

    found = field_worths(shop.cases, few, fields, shop.cuts.train, lambda x: np.nan_to_num(x[:, 0]))

    # Of all fields only the voucher is behind the one feature that is read.
    assert set(found) == {"voucher_used"}


def test_without_measured_lines_in_the_span_no_field_has_a_worth(shop: UnsentShop, bundle: Bundle) -> None:
    fields = Recipe.from_json(bundle.recipe).request_fields()
    span = shop.cuts.train
    before = type(span)(span.since - pd.Timedelta(days=9), span.since, span.closed_by)

    assert field_worths(shop.cases, bundle.score_features, fields, before, bundle.log_odds) == {}


def test_a_worth_is_read_as_it_was_written() -> None:
    worth = FieldWorth(0.25, {ANY: 0.9, "shoes": 1.0})

    assert FieldWorth.from_json(worth.as_json()) == worth


def test_a_bundle_keeps_the_worths_of_its_fields(bundle: Bundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")

    assert Bundle.load(tmp_path / "bundle").unsent == bundle.unsent
