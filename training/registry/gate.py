"""The gate: conditions that the metrics of a model have to meet before it is registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from data.files import read_json
from data.params import Section

ENOUGH_GROUPS = 50
"""Fewer customers or products say little of how many lie within their intervals."""
METRICS_FILE, VERDICT_FILE = Path("reports/metrics.json"), Path("reports/gate.json")


class Gate(Section):
    """The section ``gate`` of params.yaml."""

    baselines: list[str] = Field(min_length=1)
    max_ece: float = Field(gt=0, lt=1)
    max_roc_auc: float = Field(gt=0.5, le=1)
    max_unsent_shift: float = Field(gt=0, lt=1)
    min_coverage: float = Field(ge=0, lt=1)
    max_joint_excess: float = Field(ge=0, lt=1)
    required: list[str]


@dataclass(frozen=True)
class Check:
    """One condition: the ``value`` found (None where there is none), its ``bound``, and a sentence on both."""

    name: str
    passed: bool
    value: float | None
    bound: float | None
    message: str


def verdict(metrics: Mapping[str, Any], bounds: Gate) -> list[Check]:
    """Check the content of reports/metrics.json against the bounds."""
    return [
        *_present(metrics, bounds),
        *_beats_baselines(metrics, bounds),
        *_calibrated(metrics, bounds),
        *_credible(metrics, bounds),
        *_steady(metrics, bounds),
        *_covering(metrics, bounds),
        *_joined(metrics, bounds),
    ]


def metric(metrics: Mapping[str, Any], path: str) -> float | None:
    """Look up a number by its path, such as ``test.log_loss``; None where it is absent, null or not a number."""
    found: Any = metrics
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _present(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    for path in _needed(metrics, bounds):
        value = metric(metrics, path)
        message = f"{path} is there" if value is not None else f"{path} is missing: {_reason(metrics, path)}"
        yield Check(f"has {path}", value is not None, value, None, message)


def _needed(metrics: Mapping[str, Any], bounds: Gate) -> list[str]:
    baselines = _baselines(metrics, bounds)
    differences = [f"baselines.{name}.difference_high" for name in baselines]
    return list(dict.fromkeys([*bounds.required, "test.ece", "test.roc_auc", *differences]))


def _baselines(metrics: Mapping[str, Any], bounds: Gate) -> list[str]:
    """List every baseline that was evaluated, or that the parameters require."""
    return sorted({*bounds.baselines, *metrics.get("baselines", {})})


def _reason(metrics: Mapping[str, Any], path: str) -> str:
    reasons = {item["metric"]: item["reason"] for item in metrics.get("undefined", [])}
    return str(reasons.get(path, "the evaluation did not report it"))


def _beats_baselines(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    for name in _baselines(metrics, bounds):
        high = metric(metrics, f"baselines.{name}.difference_high")
        if high is None:
            continue
        gain = metric(metrics, f"baselines.{name}.difference")
        known = "" if gain is None else f"its log-loss less that of {name} is {gain:+.4f}, "
        if high < 0:
            message = f"beats {name}: {known}at most {high:+.4f} with 95% confidence"
        else:
            message = (
                f"does not beat {name} beyond noise: {known}"
                f"and the 95% interval reaches {high:+.4f}, {high:.4f} too high: it must end below 0"
            )
        yield Check(f"beats {name}", high < 0, high, 0.0, message)


def _calibrated(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    value = metric(metrics, "test.ece")
    if value is None:
        return
    noise = metric(metrics, "test.ece_noise")
    floor = "" if noise is None else f" (a perfect model of this test would have about {noise:.4f})"
    yield _at_most("is calibrated", "out of calibration", "test.ece", value, bounds.max_ece, floor)


def _credible(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    value = metric(metrics, "test.roc_auc")
    if value is not None:
        hint = ": look for a feature that knows the outcome"
        yield _at_most("is credible", "looks like a leak", "test.roc_auc", value, bounds.max_roc_auc, hint)


def _steady(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    value = metric(metrics, "unsent.max_shift")
    if value is not None:
        hint = ": requests without one of the fields would be scored wrong; see model.unsent_lines"
        name, path = "is steady without a field", "unsent.max_shift"
        yield _at_most(name, "not steady without a field", path, value, bounds.max_unsent_shift, hint)


def _covering(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    """Check that the rates of customers and products lie within their intervals, where enough of them are compared."""
    for owner in ("customers", "products"):
        path = f"interval.{owner}.inside"
        value, groups = metric(metrics, path), metric(metrics, f"interval.{owner}.groups")
        if value is None or groups is None or groups < ENOUGH_GROUPS:
            continue
        passed, share = value >= bounds.min_coverage, f"{path} is {value:.4f} of {groups:.0f}"
        message = f"{share}, and has to be at least {bounds.min_coverage}"
        if not passed:
            message = (
                f"intervals too narrow: {share}, {bounds.min_coverage - value:.4f} below the bound of"
                f" {bounds.min_coverage}; see the section interval"
            )
        yield Check(f"covers {owner}", passed, value, bounds.min_coverage, message)


def _joined(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    value = metric(metrics, "joint.all.difference")
    if value is not None:
        hint = ": lines taken as independent would be nearer to what became of the baskets; see the section joint"
        name, path = "takes baskets together", "joint.all.difference"
        yield _at_most(name, "wrong on baskets", path, value, bounds.max_joint_excess, hint)


def _at_most(name: str, complaint: str, path: str, value: float, bound: float, hint: str) -> Check:
    passed = value <= bound
    if passed:
        message = f"{path} is {value:.4f}, and may be at most {bound}"
    else:
        message = f"{complaint}: {path} is {value:.4f}, {value - bound:.4f} above the bound of {bound}{hint}"
    return Check(name, passed, value, bound, message)


def read_metrics(path: Path = METRICS_FILE) -> dict[str, Any]:
    """Read the metrics of the evaluation.

    Raises
    ------
    UserError
        The file is missing or cut off.
    """
    fix = "run the evaluation first: dvc repro evaluate"
    return read_json(path, expected=f"the metrics of the model in {path}", fix=fix)
