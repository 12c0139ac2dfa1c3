import json
from pathlib import Path

import pytest

from tests.training.small_project import write_model, write_project
from training.registry.run_record import gather


def test_a_run_has_the_headline_metrics_and_all_figures_as_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    write_model(tmp_path, 1)
    (tmp_path / "reports/what_ifs.json").write_text(json.dumps({"orders": 5}))
    tags = {"bundle_sha256": "b" * 64, "data_sha256": "d", "git_commit": "g"}

    record = gather(Path("reports"), Path("data/raw"), Path("features/matrix/lines.parquet"), "shop", tags)

    assert record.metrics == {"log_loss": 0.6, "roc_auc": 0.7}
    files = {path.name for path in record.artifacts["report"]}
    assert files >= {"metrics.json", "evaluation.json", "backtest.json", "what_ifs.json"}
