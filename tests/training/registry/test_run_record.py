import json
from pathlib import Path

import pytest

from tests.training.small_project import write_model, write_project
from training.registry.run_record import flat_metrics, gather


def test_numbers_are_logged_by_their_path_and_tables_of_them_are_left_to_the_file() -> None:
    tree = {
        "test": {"log_loss": 0.5, "roc_auc": None},
        "reasons": {
            "log_loss": 1.7,
            "by_reason": {"STYLE": {"recorded": 3}},
            "confusion": {"STYLE": {"STYLE": 3}},
            "slices": {"product": {"new": {"recorded": 3}}},
        },
        "drivers": {"mean": {"customer and product": 0.1}, "slices": {"product": {"new": {"lines": 3}}}},
        "slices": {"product": {"new": {"lines": 3}}},
        "undefined": [{"metric": "test.roc_auc", "reason": "all 3 lines were kept"}],
    }

    assert flat_metrics(tree) == {
        "test.log_loss": 0.5,
        "reasons.log_loss": 1.7,
        "reasons.by_reason.STYLE.recorded": 3.0,
        "drivers.mean.customer and product": 0.1,
    }


def test_what_ifs_are_logged_over_all_lines_and_their_slices_are_left_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    write_model(tmp_path, 1)
    effect = {"lines": 8, "difference": None}
    content = {
        "orders": 5,
        "as_of": "2024-06-01T00:00:00",
        "overall": {"other_size": effect},
        "slices": [{"kind": "category", "name": "hats", "lines": 2, "changes": {"other_size": effect}}],
    }
    (tmp_path / "reports/what_ifs.json").write_text(json.dumps(content))
    tags = {"bundle_sha256": "b" * 64, "data_sha256": "d", "git_commit": "g"}

    record = gather(Path("reports"), Path("data/raw"), Path("features/matrix/lines.parquet"), "shop", tags)

    logged = {name: value for name, value in record.metrics.items() if name.startswith("what_ifs")}
    assert logged == {"what_ifs.orders": 5, "what_ifs.overall.other_size.lines": 8}
    assert Path("reports/what_ifs.json") in record.artifacts["report"]
