"""The comment of a pull request, from what DVC gives."""

from training.report.pull_request import comment

METRICS = {
    "reports/metrics.json": {
        "log_loss": {"old": 0.5432, "new": 0.5440, "diff": 0.0008},
        "backtest_log_loss": {"old": 0.5279, "new": 0.5270, "diff": -0.0009},
        "roc_auc": {"old": 0.7433, "new": 0.7433, "diff": 0.0},
        "saving_minor": {"old": 30418.8, "new": 31000.0, "diff": 581.2},
        "reasons_log_loss": {"old": None, "new": 1.7},
        "ece_by_chance": {"old": 0.01, "new": 0.02, "diff": 0.01},
        "of_another_layout": {"old": 1.0},
    }
}
PARAMS = {"params.yaml": {"model.num_leaves": {"old": 12, "new": 20}, "model.more": {"new": "x"}}}


def test_the_backtest_stands_first_and_each_difference_says_whether_it_is_better() -> None:
    lines = comment("main", METRICS, PARAMS, []).splitlines()

    table = lines[lines.index("### Headline metrics") :]
    rows = [line for line in table if line.startswith("| `") and "ece" not in line]
    assert rows == [
        "| `backtest_log_loss` | 0.52790 | 0.52700 | -0.00090 | better |",
        "| `log_loss` | 0.54320 | 0.54400 | +0.00080 | worse |",
        "| `roc_auc` | 0.74330 | 0.74330 | +0.00000 |  |",
        "| `reasons_log_loss` | - | 1.70000 | - |  |",
        "| `saving_minor` | 30,419 | 31,000 | +581 | better |",
    ]
    assert "| `model.num_leaves` | `12` | `20` |" in lines
    assert "| `model.more` | - | `x` |" in lines
    assert "**The gate lets the model through.**" in lines
    assert not any("of_another_layout" in line for line in lines)


def test_a_refused_model_says_why_and_without_parameters_or_metrics_it_says_so() -> None:
    said = comment("main", {}, {}, ["not in calibration: …"])

    assert "**The gate refuses the model:**\n\n- not in calibration: …\n" in said
    assert "No parameter: code or data." in said
    assert "There are none: run `dvc repro` first" in said
