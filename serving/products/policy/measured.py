"""What was measured of the running policy's actions: the read-out of its experiment, where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.products.experiment.content import Comparison, Experiment, Scope
from serving.products.experiment.latest import Latest
from serving.products.report import NoReportError


@dataclass(frozen=True)
class Earned:
    """What an action earned a month against the holdout, in minor units, with its interval of ``level``."""

    a_month_minor: float
    low_minor: float
    high_minor: float
    level: float


@dataclass(frozen=True)
class Measured:
    """The read-out of the experiment of one policy: over all of its actions, and by action. ``days``: so far."""

    days: float
    units: int
    verdict: str
    whole: Earned | None
    actions: Mapping[str, Earned]


def measured(latest: Latest, policy_name: str) -> Measured | None:
    """Read the latest read-out of the policy with this name; None where there is none, or it can't be read."""
    try:
        content = latest.current()
    except NoReportError:  # the page of the read-out says why
        return None
    own = [] if content is None else [each for each in content.summary.experiments if each.policy_name == policy_name]
    newest = max(own, key=lambda each: each.began_at, default=None)
    return None if newest is None else _of(newest)


def _of(experiment: Experiment) -> Measured:
    actions = {name: earned for name, scope in experiment.actions.items() if (earned := _earned(scope)) is not None}
    return Measured(experiment.days, experiment.units, experiment.verdict, _whole(experiment), actions)


def _whole(comparison: Comparison) -> Earned | None:
    return None if comparison.chosen is None else _earned(comparison.chosen)


def _earned(scope: Scope) -> Earned | None:
    found = scope.earned_a_month
    return None if found is None else Earned(found.a_month_minor, found.low_minor, found.high_minor, scope.level)
