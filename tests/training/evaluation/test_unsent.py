"""Requests that lack fields: a model that learned from copies without them is not misled, another one is."""

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalog import CASE
from features.language.request_field import ALL_SENT
from features.recipe import Recipe
from tests.training.unsent_shop import UnsentShop, unsent_shop
from training.evaluation import metrics
from training.evaluation.undefined import Attempts
from training.evaluation.unsent import Unsent, measure_unsent

EVERY_LINE, NONE = 1_000_000, 0


@pytest.fixture(scope="module")
def shop() -> UnsentShop:
    return unsent_shop()


@cache
def measured(shop: UnsentShop, unsent_lines: int) -> Unsent:
    found = measure_unsent(shop.cases, shop.cuts, shop.bundle(unsent_lines), 5, Attempts())
    assert found is not None
    return found


def test_without_any_one_field_the_mean_stays_where_it_is(shop: UnsentShop) -> None:
    found = measured(shop, EVERY_LINE)

    fields = {field.name for field in Recipe.from_json(shop.bundle(EVERY_LINE).recipe).request_fields()}
    shifts = {case.name: abs(case.shift) for case in found.cases}
    assert fields < set(shifts)
    assert found.max_shift == max(shifts[name] for name in fields) < 0.06
    assert max(shifts.values()) < 0.08


def test_a_model_of_whole_requests_alone_is_misled_by_a_lack_of_what_it_leans_on(shop: UnsentShop) -> None:
    found = measured(shop, NONE)

    shifts = {case.name: abs(case.shift) for case in found.cases}
    assert found.max_shift == shifts["payment_method"] > 0.15


def test_without_what_says_most_a_score_is_no_better_than_it_can_be_and_no_worse(shop: UnsentShop) -> None:
    taught, misled = ({case.name: case for case in measured(shop, lines).cases} for lines in (EVERY_LINE, NONE))

    # Half of the lines come back at 70%, half at 15%: who does not know which, can say no more than 42.5%.
    assert taught["payment_method"].log_loss == pytest.approx(0.682, abs=0.03)
    assert (misled["payment_method"].log_loss or 0) > (taught["payment_method"].log_loss or 1) + 0.05
    assert taught[ALL_SENT].log_loss == pytest.approx(misled[ALL_SENT].log_loss, abs=0.03)


def test_each_case_is_measured_on_the_test_lines_by_the_bundle_s_own_score(shop: UnsentShop) -> None:
    bundle = shop.bundle(EVERY_LINE)
    lines = pq.read_table(shop.matrix / "lines.parquet").to_pandas()
    tested = lines[shop.cuts.test(lines)]
    p = bundle.score(tested).probability

    whole = measured(shop, EVERY_LINE).cases[0]

    assert (whole.name, whole.shift, whole.lines) == (ALL_SENT, 0, len(tested))
    y = tested["label"].to_numpy(dtype=np.int8)
    assert whole.log_loss == pytest.approx(metrics.log_loss(y, p))
    assert whole.roc_auc == pytest.approx(metrics.roc_auc(y, p))
    assert whole.mean_probability == pytest.approx(p.mean())
    named = pq.read_table(shop.cases, columns=[CASE]).column(0).unique().to_pylist()
    assert [case.name for case in measured(shop, EVERY_LINE).cases] == [ALL_SENT, *sorted({*named} - {ALL_SENT})]


def test_where_no_line_is_a_test_line_nothing_is_measured(shop: UnsentShop, tmp_path: Path) -> None:
    table = pq.read_table(shop.cases)
    early = table.filter(pa.array((table["ordered_at"].to_pandas() < shop.cuts.test_from).to_numpy()))
    pq.write_table(early, tmp_path / "cases.parquet")

    assert 0 < len(early) < len(table)
    cases = tmp_path / "cases.parquet"
    assert measure_unsent(cases, shop.cuts, shop.bundle(EVERY_LINE), 5, Attempts()) is None


def test_a_metric_without_a_value_is_recorded_under_its_case(shop: UnsentShop, tmp_path: Path) -> None:
    table = pq.read_table(shop.cases)
    kept = table.filter(pa.array((table["label"].to_pandas() == 0).to_numpy()))
    pq.write_table(kept, tmp_path / "cases.parquet")
    attempts = Attempts()

    found = measure_unsent(tmp_path / "cases.parquet", shop.cuts, shop.bundle(EVERY_LINE), 5, attempts)

    assert found is not None
    assert {case.roc_auc for case in found.cases} == {None}
    assert "unsent.payment_method.roc_auc" in {each.metric for each in attempts.undefined}
