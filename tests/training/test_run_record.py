from training.run_record import flat_metrics


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
