import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from data.errors import UserError
from training.summary import summary

METRICS = {
    "test": {"lines": 31234, "return_rate": 0.31, "log_loss": 0.52, "roc_auc": 0.75, "average_precision": None},
    "baselines": {
        "global_rate": {"log_loss": 0.62, "difference": -0.1, "difference_low": -0.11, "difference_high": -0.09}
    },
    "oracle": {"log_loss": 0.5},
    "reasons": {"log_loss": 1.7, "baselines": {"shares": {"log_loss": 1.8}, "global": {"log_loss": None}}},
    "drivers": {"mean_absolute": {"season": 0.01, "price": 0.06, "product": 0.55, "customer": 0.14}},
}


def shown(folder: Path, **files: Any) -> str:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    console = Console(width=100)
    with console.capture() as printed:
        console.print(summary(folder))
    return printed.get()


def test_the_model_stands_beside_its_baselines_and_the_truth(tmp_path: Path) -> None:
    text = shown(
        tmp_path,
        evaluation=METRICS,
        gate={"passed": True, "checks": []},
        registration={"model": "shop", "registered": True},
    )

    rows = [line.split() for line in text.splitlines()]
    assert "Test: 31,234 lines, 31.0% of them returned" in text
    assert ["global", "rate", "0.6200", "-0.1000", "-0.1100", "to", "-0.0900"] in rows
    assert rows[[row[:2] for row in rows].index(["the", "truth"])][2:4] == ["0.5000", "+0.0200"]
    assert "gate: passed" in text
    assert "registry: shop" in text


def test_reasons_and_drivers_have_a_line_each(tmp_path: Path) -> None:
    text = shown(tmp_path, evaluation=METRICS)

    assert "reasons: log-loss 1.7000 (shares alone 1.8000, whole shop -)" in text
    assert "drivers: product 0.55, customer 0.14, price 0.06 (mean log-odds moved)" in text


def test_a_shop_without_reasons_has_no_line_of_them(tmp_path: Path) -> None:
    text = shown(tmp_path, evaluation={key: METRICS[key] for key in ("test", "baselines")})

    assert "reasons:" not in text
    assert "drivers:" not in text


def test_a_measure_without_a_value_is_a_dash(tmp_path: Path) -> None:
    text = shown(tmp_path, evaluation=METRICS)

    assert any(line.split()[:3] == ["average", "precision", "-"] for line in text.splitlines())


def test_a_refusal_says_why_and_that_nothing_is_registered(tmp_path: Path) -> None:
    refusal = {"passed": False, "checks": [{"passed": False, "message": "out of calibration"}]}

    text = shown(tmp_path, evaluation=METRICS, gate=refusal, registration={"model": "refused", "registered": False})

    assert "refused, so nothing was registered" in text
    assert "out of calibration" in text
    assert "registry:" not in text
    assert "When the gate refuses" in text


def test_without_a_run_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make repro"):
        summary(tmp_path)


def test_a_file_cut_short_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text('{"test": ')

    with pytest.raises(UserError, match="to be JSON"):
        summary(tmp_path)
