import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from data.errors import UserError
from tests.training.monitoring.watched_shop import CHOSEN
from tests.training.scored_shop import COSTS, CURRENCY, PARAMS
from tests.training.small_matrix import CATALOG, DAYS, LEVEL, LINES_A_DAY, SPLIT, TRAINING, matrix_frame, write_matrix
from tests.workspace import TOP
from training.evaluation.backtest import PREDICTIONS
from training.held_out.lines import BACKTEST
from training.model import fit, split
from training.model.bundle import FOLDER
from training.model.split import DAY, final_split
from training.monitoring import nowcast, tables
from training.monitoring.moved import COLUMNS as MOVED_COLUMNS

FRAME = matrix_frame().assign(
    customer_lines=1.0, product_lines=2, price_minor=np.arange(DAYS * LINES_A_DAY) % 900, quantity=1
)
CUTS = final_split(FRAME, SPLIT)
MONITORING = CHOSEN.model_dump() | {"least_lines": 50}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a trained bundle, and one fold of a backtest whose lines end a day into the test."""
    folder = tmp_path_factory.mktemp("project")
    matrix = write_matrix(FRAME, folder / "features/matrix/lines.parquet")
    bundle, _ = fit.train(matrix, FRAME, CUTS, CATALOG, TRAINING)
    bundle.save(folder / FOLDER)
    split.write(CUTS, folder / split.SPLIT_FILE)
    fold = FRAME[FRAME["ordered_at"].between(CUTS.test_from - 20 * DAY, CUTS.test_from + DAY) & FRAME["label"].notna()]
    scored = fold[["line_id", "ordered_at", "label"]].assign(fold=1, probability=bundle.score(fold).probability)
    (folder / BACKTEST).parent.mkdir()
    pq.write_table(pa.Table.from_pandas(scored, PREDICTIONS, preserve_index=False), folder / BACKTEST)
    write_params(folder, MONITORING)
    for table in ("order_lines", "products"):
        columns = ["line_id", "product_id"] if table == "order_lines" else ["product_id"]
        write_matrix(FRAME[columns].drop_duplicates(), folder / f"data/validated/{table}.parquet")
    return folder


def write_params(folder: Path, monitoring: dict[str, float]) -> None:
    sections = {
        "level": LEVEL.model_dump(),
        "evaluation": PARAMS.model_dump(),
        "monitoring": monitoring,
        "costs": COSTS.model_dump(),
    }
    products = yaml.safe_load((TOP / "params.yaml").read_text())["products"] | {"currency": CURRENCY}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections | {"products": products}))


def test_the_stage_watches_old_and_young_lines_each_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)

    nowcast.main()

    table = pd.read_csv(tables.QUALITY, dtype={"slice": str})
    weeks = table[table["kind"] == "week"]
    assert weeks["known"].iloc[0] == 1
    assert 0 < weeks["known"].iloc[-1] < 0.6
    assert weeks["lines"].sum() < (FRAME["ordered_at"] >= CUTS.test_from - 21 * DAY).sum()
    recent = table[table["kind"] == "all"].iloc[0]
    assert 0 < recent["settled"] < recent["lines"]
    assert recent["log_loss_low"] < recent["log_loss"] < recent["log_loss_high"]
    assert len(pd.read_csv(tables.TOLD)) > 0
    assert tables.ALARMS.is_file()
    assert list(pd.read_csv(tables.MOVED).columns) == list(MOVED_COLUMNS)
    page = tables.PAGE.read_text()
    assert "How good are the scores of late?" in page
    assert not re.search(r"\bnan\b", re.sub(r"data:image[^\"]+", "", page), re.IGNORECASE)


def test_too_few_recent_lines_are_refused_and_nothing_is_written(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("features", "training", "data", "reports"):
        (few / name).symlink_to(project / name)
    write_params(few, MONITORING | {"least_lines": 5000})
    monkeypatch.chdir(few)
    before = tables.QUALITY.stat().st_mtime_ns if tables.QUALITY.is_file() else None

    with pytest.raises(UserError, match=r"monitoring\.least_lines"):
        nowcast.main()

    assert (tables.QUALITY.stat().st_mtime_ns if tables.QUALITY.is_file() else None) == before
