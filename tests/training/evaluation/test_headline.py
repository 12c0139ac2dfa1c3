from training.evaluation.headline import headline

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
