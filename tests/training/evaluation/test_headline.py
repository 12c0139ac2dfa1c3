from training.evaluation.headline import headline, summary

EVALUATION = {
    "test": {"log_loss": 0.54, "roc_auc": 0.74, "average_precision": None, "ece": 0.02, "ece_noise": 0.01},
    "baselines": {
        "rate": {"log_loss": 0.6, "difference": -0.06, "difference_low": -0.07, "difference_high": -0.05},
        "logistic": {"log_loss": 0.55, "difference": -0.01, "difference_low": -0.02, "difference_high": -0.001},
        "undefined": {"log_loss": None, "difference": None},
    },
    "business": {"where_it_pays": {"saving_minor": 3200.5}},
}


def test_the_model_is_compared_with_the_best_baseline() -> None:
    found = headline(EVALUATION, {"log_loss_mean": 0.53, "roc_auc_mean": 0.73})

    assert (found["against_best"], found["against_best_low"], found["against_best_high"]) == (-0.01, -0.02, -0.001)
    assert (found["log_loss"], found["ece_by_chance"], found["saving_minor"]) == (0.54, 0.01, 3200.5)
    assert (found["backtest_log_loss"], found["backtest_roc_auc"]) == (0.53, 0.73)


def test_a_metric_without_a_value_keeps_its_place() -> None:
    found = headline(EVALUATION, {})

    assert list(found) == list(headline({}, {}))
    assert [found[name] for name in ("average_precision", "reasons_log_loss", "backtest_log_loss")] == [
        None,
        None,
        None,
    ]
    assert set(headline({}, {}).values()) == {None}


def test_the_summary_is_one_line_of_the_figures_that_count() -> None:
    test = {"lines": 8853, "return_rate": 0.32, "log_loss": 0.5432, "roc_auc": 0.7433, "ece": 0.0165}
    rate = {"log_loss": 0.57, "difference": -0.03, "difference_low": -0.04, "difference_high": -0.02}

    assert summary({"test": test}) == (
        "On 8,853 test lines, 32.0% of them returned: log-loss 0.5432, ROC AUC 0.7433, calibration error 0.0165."
    )
    assert summary({"test": test, "baselines": {"product_rate": rate}}).endswith(
        " Log-loss minus that of the best baseline: -0.0300 (95% interval: -0.0400 to -0.0200)."
    )
