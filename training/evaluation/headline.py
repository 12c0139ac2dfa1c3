"""The headline metrics: the dozen figures by which two runs are compared, in DVC, in MLflow and in the terminal.

All others stand in reports/evaluation.json and in the tables of the reports. A table of experiments has a column for
each metric, so each one here takes a column from all others: a new one has to be worth that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.number_format import ENGLISH
from training.evaluation.at_path import number

FILE = Path("reports/metrics.json")

OF_TEST = {
    "log_loss": "test.log_loss",
    "roc_auc": "test.roc_auc",
    "average_precision": "test.average_precision",
    "ece": "test.ece",
    "ece_by_chance": "test.ece_noise",
    "reasons_log_loss": "reasons.log_loss",
    "saving_minor": "business.where_it_pays.saving_minor",
}
"""Headline metrics on the test lines, and where reports/evaluation.json has them.

``saving_minor``: what warnings would have saved on the test lines where they should pay (`training.costs`).
"""
OF_BACKTEST = {"backtest_log_loss": "log_loss_mean", "backtest_roc_auc": "roc_auc_mean"}
"""Means over the folds of the backtest."""
AGAINST_BEST = {
    "against_best": "difference",
    "against_best_low": "difference_low",
    "against_best_high": "difference_high",
}
"""The log-loss minus that of the best baseline, with its interval of 95%; below 0, the model is better."""


def headline(evaluation: Mapping[str, Any], backtest: Mapping[str, Any]) -> dict[str, float | None]:
    """Choose the headline metrics, by name.

    Parameters
    ----------
    evaluation
        The content of reports/evaluation.json.
    backtest
        The content of reports/backtest.json; empty where there was none.

    Returns
    -------
    dict
        None where a metric has no value: the source records no reasons, there is no backtest, or the evaluation says
        why under ``undefined``.
    """
    best = _best_baseline(evaluation)
    return {
        **{name: number(evaluation, path) for name, path in OF_TEST.items()},
        **{name: number(best, path) for name, path in AGAINST_BEST.items()},
        **{name: number(backtest, path) for name, path in OF_BACKTEST.items()},
    }


def summary(evaluation: Mapping[str, Any]) -> str:
    """Sum the model up in two or three sentences, as a list of runs or models shows them."""
    test, best = evaluation["test"], _best_baseline(evaluation)
    lines, rate = ENGLISH.number(number(test, "lines")), ENGLISH.percent(number(test, "return_rate"))
    loss, auc, ece = (ENGLISH.number(number(test, name), 4) for name in ("log_loss", "roc_auc", "ece"))
    said = f"On {lines} test lines, {rate} of them returned: log-loss {loss}, ROC AUC {auc}, calibration error {ece}."
    difference = number(best, "difference")
    if difference is None:
        return said
    low, high = (ENGLISH.difference(number(best, f"difference_{end}"), 4) for end in ("low", "high"))
    against = f"{ENGLISH.difference(difference, 4)} (95% interval: {low} to {high})"
    return f"{said} Log-loss minus that of the best baseline: {against}."


def _best_baseline(evaluation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The baseline of least log-loss; by name where two have the same."""
    measured = {
        name: loss
        for name in evaluation.get("baselines", {})
        if (loss := number(evaluation, f"baselines.{name}.log_loss")) is not None
    }
    if not measured:
        return {}
    found: Mapping[str, Any] = evaluation["baselines"][min(sorted(measured), key=measured.__getitem__)]
    return found
