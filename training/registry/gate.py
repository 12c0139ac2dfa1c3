"""The gate: conditions that the figures of a model have to meet before it is registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from data.files import read_json
from data.params import Section
from training.evaluation.at_path import number

FAIRNESS, MEMBERSHIP = "fairness", "membership"
"""The parts of the metrics that the audits give, of reports/NAME.json each."""
EXPLAINED = "docs/explanation/answering-for-it.md says what to do"
ENOUGH_GROUPS = 50
"""Fewer customers or products say little of how many lie within their intervals."""
EVALUATION_FILE, VERDICT_FILE = Path("reports/evaluation.json"), Path("reports/gate.json")
REFUSALS_FILE = Path("reports/refusals.json")


class Gate(Section):
    """The section ``gate`` of params.yaml."""

    baselines: list[str] = Field(min_length=1)
    max_ece: float = Field(gt=0, lt=1)
    max_roc_auc: float = Field(gt=0.5, le=1)
    max_unsent_shift: float = Field(gt=0, lt=1)
    min_coverage: float = Field(ge=0, lt=1)
    max_joint_excess: float = Field(ge=0, lt=1)
    max_group_gap: float = Field(ge=0, lt=1)
    max_group_false_alarms: float = Field(ge=0, lt=1)
    max_group_actions: float = Field(ge=0, lt=1)
    max_membership_auc: float = Field(gt=0.5, lt=1)
    required: list[str]

    @property
    def of_groups(self) -> dict[str, float]:
        """How far a group may surely be from the rest, by the measure of the audit of fairness."""
        return {
            "calibration_gap": self.max_group_gap,
            "false_alarms": self.max_group_false_alarms,
            "acted_though_kept": self.max_group_actions,
        }


@dataclass(frozen=True)
class Check:
    """One condition: the ``value`` found (None where there is none), its ``bound``, and a sentence on both."""

    name: str
    passed: bool
    value: float | None
    bound: float | None
    message: str


@dataclass(frozen=True)
class Verdict:
    """Whether a model ``passed``, and if not, the ``refusals``: a sentence for each check that failed."""

    passed: bool
    refusals: tuple[str, ...]


def verdict(metrics: Mapping[str, Any], bounds: Gate) -> list[Check]:
    """Check the content of reports/evaluation.json, and of the audits that `read_audits` adds, against the bounds."""
    return [
        *_present(metrics, bounds),
        *_beats_baselines(metrics, bounds),
        *_calibrated(metrics, bounds),
        *_credible(metrics, bounds),
        *_steady(metrics, bounds),
        *_covering(metrics, bounds),
        *_joined(metrics, bounds),
        *_fair(metrics, bounds),
        *_private(metrics, bounds),
    ]


def _present(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    for path in _needed(metrics, bounds):
        value = number(metrics, path)
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
        high = number(metrics, f"baselines.{name}.difference_high")
        if high is None:
            continue
        gain = number(metrics, f"baselines.{name}.difference")
        known = "" if gain is None else f"its log-loss less that of {name} is {gain:+.4f}, "
        if high < 0:
            message = f"beats {name}: {known}at most {high:+.4f} with 95% confidence"
        else:
            message = (
                f"does not beat {name} beyond noise: {known}"
                f"and the 95% interval reaches {high:+.4f}, {high:.4f} too high: it must end below 0"
            )
            if gain is not None and gain < 0:
                message += "; more test lines narrow it (split.test_days)"
        yield Check(f"beats {name}", high < 0, high, 0.0, message)


def _calibrated(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    """Check the calibration error; the bound grows by what a perfect model of so few lines would show.

    The error found is at most the model's own and that of chance together (in the mean over tests, by the triangle
    inequality), so that no model within ``max_ece`` is refused for having been tested on few lines.
    """
    value = number(metrics, "test.ece")
    if value is None:
        return
    by_chance = number(metrics, "test.ece_noise") or 0.0
    hint = f" ({bounds.max_ece}, and {by_chance:.4f} that a perfect model of this test would have)" if by_chance else ""
    bound = round(bounds.max_ece + by_chance, 6)
    yield _at_most("is calibrated", "out of calibration", "test.ece", value, bound, hint)


def _credible(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    value = number(metrics, "test.roc_auc")
    if value is not None:
        hint = ": look for a feature that knows the outcome"
        yield _at_most("is credible", "looks like a leak", "test.roc_auc", value, bounds.max_roc_auc, hint)


def _steady(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    value = number(metrics, "unsent.max_shift")
    if value is not None:
        hint = ": requests without one of the fields would be scored wrong; see model.unsent_lines"
        name, path = "is steady without a field", "unsent.max_shift"
        yield _at_most(name, "not steady without a field", path, value, bounds.max_unsent_shift, hint)


def _covering(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    """Check that the rates of customers and products lie within their intervals, where enough of them are compared."""
    for owner in ("customers", "products"):
        path = f"interval.{owner}.inside"
        value, groups = number(metrics, path), number(metrics, f"interval.{owner}.groups")
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
    value = number(metrics, "joint.all.difference")
    if value is not None:
        hint = ": lines taken as independent would be nearer to what became of the baskets; see the section joint"
        name, path = "takes baskets together", "joint.all.difference"
        yield _at_most(name, "wrong on baskets", path, value, bounds.max_joint_excess, hint)


def _fair(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    """Check how far a group surely is from the rest; a shop without groups has no such check."""
    words = {
        "calibration_gap": ("scores no group too high or too low", "wrong on a group"),
        "false_alarms": ("alarms no group falsely", "false alarms in a group"),
        "acted_though_kept": ("acts on no group falsely", "acts on a group that keeps"),
    }
    worst = metrics.get(FAIRNESS, {}).get("worst", {})
    for measure, bound in bounds.of_groups.items():
        path = f"{FAIRNESS}.worst.{measure}.at_least"
        value = number(metrics, path)
        if value is not None:
            found, (name, complaint) = worst[measure], words[measure]
            hint = f": {found['group']}, whose difference from the rest is {found['difference']:+.4f}; {EXPLAINED}"
            yield _at_most(name, complaint, path, value, bound, hint)


def _private(metrics: Mapping[str, Any], bounds: Gate) -> Iterator[Check]:
    path, named = f"{MEMBERSHIP}.at_least", f"{MEMBERSHIP}.ids_in_bundle"
    value, ids = number(metrics, path), number(metrics, named)
    if value is not None:
        hint = (
            f": scores tell who was in the training; regularise (model.min_data_in_leaf, model.lambda_l2); {EXPLAINED}"
        )
        yield _at_most(
            "hides who was in the training",
            "tells who was in the training",
            path,
            value,
            bounds.max_membership_auc,
            hint,
        )
    if ids is not None:
        hint = ": the bundle holds ids of customers, and has to hold none"
        yield _at_most("names no customer", "names customers", named, ids, 0.0, hint)


def _at_most(name: str, complaint: str, path: str, value: float, bound: float, hint: str) -> Check:
    passed = value <= bound
    if passed:
        message = f"{path} is {value:.4f}, and may be at most {bound}"
    else:
        message = f"{complaint}: {path} is {value:.4f}, {value - bound:.4f} above the bound of {bound}{hint}"
    return Check(name, passed, value, bound, message)


def read_evaluation(path: Path = EVALUATION_FILE) -> dict[str, Any]:
    """Read all figures of the evaluation.

    Raises
    ------
    UserError
        The file is missing or cut off.
    """
    fix = "run the evaluation first: dvc repro evaluate"
    return read_json(path, expected=f"the figures of the model in {path}", fix=fix)


def read_audits(folder: Path = EVALUATION_FILE.parent) -> dict[str, Any]:
    """Read what the audits of fairness and membership found, each under its name.

    Raises
    ------
    UserError
        A file is missing or cut off.
    """
    return {
        name: read_json(folder / f"{name}.json", expected=f"the audit {name}", fix=f"dvc repro {name}")
        for name in (FAIRNESS, MEMBERSHIP)
    }


def read_verdict(path: Path = VERDICT_FILE) -> Verdict:
    """Read the last verdict.

    Raises
    ------
    UserError
        The file is missing or cut off.
    """
    content = read_json(path, expected=f"the verdict of the gate in {path}", fix="dvc repro gate")
    refusals = [check["message"] for check in content.get("checks", []) if not check.get("passed")]
    passed = content.get("passed") is True and not refusals
    return Verdict(passed, () if passed else tuple(refusals) or ("a verdict without passed: true",))
