import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from data.errors import UserError
from tests.training.small_matrix import CATALOG
from tests.training.understanding.comparing.small_run import SHIFT, frame, write_run
from tests.training.understanding.conftest import CHOSEN
from training.evaluation.slices import PriceBands
from training.understanding import compare_runs
from training.understanding.comparing.causes import BASE, LEVEL, Causes, causes
from training.understanding.comparing.moves import Moves, by_slice, moves
from training.understanding.comparing.read import opened
from training.understanding.page.runs import page

EXTRA = CATALOG[2].__class__("price_minor", "int64", "minor units", "price", "price", "never", (), only_reasons=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same lines, and trees of two leaves."""
    return write_run(tmp_path_factory.mktemp("pruned"), leaves=2)


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One feature more, which the matrix of the others has but their catalog lacks."""
    return write_run(tmp_path_factory.mktemp("priced"), entries=[*CATALOG, EXTRA])


def compared(before: Path, after: Path) -> tuple[Moves, Causes]:
    with opened(str(before)) as one, opened(str(after)) as other:
        found = moves(one, other)
        return found, causes(one, other, found)


def test_a_run_against_itself_moves_nothing(first: Path) -> None:
    found, why = compared(first, first)

    assert (found.difference.value, found.difference.error) == (0, 0)
    assert (found.only_before, found.only_after, found.relabelled) == (0, 0, 0)
    assert set(found.shares().values()) == {0}
    assert not why.params
    assert why.features.empty
    assert np.abs(why.factors.to_numpy()).max() == 0


def test_another_parameter_moves_lines_by_the_model_alone(first: Path, pruned: Path) -> None:
    found, why = compared(first, pruned)

    assert why.params == {"model.num_leaves": (4, 2)}
    assert why.parts["model"].to_numpy() == pytest.approx(found.lines["moved"].to_numpy(), abs=1e-9)
    assert np.abs(why.parts["features"]).max() < 1e-9
    assert found.lines["moved"].abs().mean() > 0.01


def test_all_parts_and_all_factors_add_up_to_the_move_of_each_line(first: Path, priced: Path) -> None:
    for before, after in ((first, priced), (priced, first)):
        found, why = compared(before, after)

        moved = found.lines["moved"].to_numpy()
        assert why.parts.astype(float).sum(axis=1).to_numpy() == pytest.approx(moved, abs=1e-9)
        assert why.factors.sum(axis=1).to_numpy() == pytest.approx(moved, abs=1e-6)
        assert why.parts["features"].abs().max() < 1e-9  # no value changed of a feature that both read
        assert {BASE, LEVEL, "price", "product"} <= set(why.factors.columns)
    assert (why.added, why.removed) == ((), ("price_minor",))


def test_models_that_each_read_what_the_other_lacks_are_not_told_apart_from_features(
    first: Path, tmp_path: Path
) -> None:
    other = write_run(tmp_path / "other", entries=[*CATALOG[:2], EXTRA])

    found, why = compared(first, other)

    assert why.parts[["model", "features"]].isna().all(axis=None)
    assert why.factors.sum(axis=1).to_numpy() == pytest.approx(found.lines["moved"].to_numpy(), abs=1e-6)
    table = by_slice(found, CHOSEN.slices, PriceBands(2, "EUR"))
    assert "told apart here" in page("first", "other", found, why, table)


def test_other_values_of_a_feature_move_lines_by_the_features(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(first, other)
    lines = frame()
    late = np.arange(len(lines)) % 4 == 0
    lines.loc[late, "product_return_rate"] = (lines.loc[late, "product_return_rate"] + 0.3).clip(upper=1)
    lines.to_parquet(other / "features/matrix/lines.parquet", index=False)
    with opened(str(other)) as run:
        tested = run.predictions[["line_id", "ordered_at", "label"]]
        rows = tested.merge(lines.drop(columns=["ordered_at", "label"]), on="line_id")
        tested.assign(probability=run.bundle.score(rows, SHIFT).probability, shift=SHIFT).to_parquet(
            other / "reports/predictions.parquet", index=False
        )

    found, why = compared(first, other)

    assert why.features["feature"].tolist() == ["product_return_rate"]
    assert why.features["changed_share"].iloc[0] == pytest.approx(0.25, abs=0.02)
    assert np.abs(why.parts["model"]).max() < 1e-9
    assert why.parts["features"].to_numpy() == pytest.approx(found.lines["moved"].to_numpy(), abs=1e-9)
    sizes = why.factors.abs().mean()
    assert sizes["product"] > 10 * sizes.drop("product").max()  # others move where the trees join them


def test_slices_are_those_of_the_tables_and_hold_the_mean_of_their_lines(first: Path, pruned: Path) -> None:
    found, _ = compared(first, pruned)

    table = by_slice(found, CHOSEN.slices, PriceBands(2, "EUR"))

    assert {"brand", "channel", "week", "basket_size", "price_band"} <= set(table["kind"])
    acme, own = found.lines[found.lines["brand"] == "Acme"], table[table["slice"] == "Acme"].iloc[0]
    assert own["lines"] == len(acme)
    assert own["difference"] == pytest.approx(acme["loss_difference"].mean())
    assert own["move"] == pytest.approx((acme["after"] - acme["before"]).abs().mean())


def test_only_lines_that_both_tested_are_compared(first: Path, tmp_path: Path) -> None:
    shorter = write_run(tmp_path / "shorter", test_days=10)

    found, _ = compared(first, shorter)

    assert found.only_after == 0
    assert found.only_before > 0
    assert len(found.lines) + found.only_before == len(pd.read_parquet(first / "reports/predictions.parquet"))


def test_predictions_that_are_not_the_bundles_own_are_refused(first: Path, pruned: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(first, mixed)
    shutil.copy(pruned / "reports/predictions.parquet", mixed / "reports/predictions.parquet")

    with pytest.raises(UserError, match=r"to be those of its bundle[\s\S]*lines with another score"):
        compared(first, mixed)


def test_runs_without_a_common_line_are_refused(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(first, other)
    predicted = pd.read_parquet(other / "reports/predictions.parquet")
    predicted.assign(line_id="x" + predicted["line_id"]).to_parquet(other / "reports/predictions.parquet")

    with pytest.raises(UserError, match=r"in common[\s\S]*none among"):
        compared(first, other)


def test_a_folder_without_a_run_says_what_is_missing(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(first, other)
    (other / "reports/predictions.parquet").unlink()

    with pytest.raises(UserError, match=r"no reports/predictions\.parquet"), opened(str(other)):
        pass


def test_a_name_that_is_neither_folder_nor_revision_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with (
        pytest.raises(
            UserError, match=r"of nonesuch: a folder, or a revision or experiment[\s\S]*found: failed to get"
        ),
        opened("nonesuch"),
    ):
        pass


def test_the_command_writes_the_page_and_its_tables(
    first: Path, priced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sections = yaml.safe_load((Path(__file__).parents[4] / "params.yaml").read_text())
    sections["understanding"] = CHOSEN.model_dump()
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(sections))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["compare_runs", str(first), str(priced)])

    compare_runs.main()

    written = tmp_path / "reports/understanding/comparison"
    assert sorted(file.name for file in written.iterdir()) == ["lines.parquet", "report.html", "slices.csv"]
    lines, html = pd.read_parquet(written / "lines.parquet"), (written / "report.html").read_text()
    assert "customer_id" not in lines
    assert lines.filter(like="moved_by ").sum(axis=1).to_numpy() == pytest.approx(lines["moved"].to_numpy(), abs=1e-6)
    assert "New features: price_minor." in html
    assert not re.findall(r'(?:src|srcset|href)="(?!data:|#)[^"]*"', html)
    assert not list((tmp_path / "reports/understanding").glob(".*unfinished*"))
