"""What the pages of one shop's policy work with: its running policy and costs, the baskets to replay, its scenarios."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from data import files
from data.errors import UserError
from data.times import now_us
from serving.decisions import learned
from serving.products.experiment.latest import Latest
from serving.products.policy.child import RESULT, Request, Tried
from serving.products.policy.measured import Measured, measured
from serving.products.policy.problems import YAML, Problem, ProblemsError
from serving.products.policy.runs import STALE_US, Runs
from serving.products.policy.scenario import Scenario
from serving.products.policy.scenarios import Run, Scenarios
from serving.products.report import NoReportError
from serving.products.web.language import mark
from serving.shops import Shop
from serving.watched_file import WatchedFile
from training.costs import Costs
from training.decisions.policy import Policy
from training.decisions.policy_reading import EXAMPLE, DecisionParams, ReadPolicy
from training.decisions.replay.baskets import unknown_features
from training.decisions.replay.columns import ABOUT, About
from training.decisions.replay.summary import Replay
from training.decisions.texts import read_usable
from training.products.params import ProductParams

FORMAT: Final = 4
"""The version of results: those of another one are replayed again."""


@dataclass(frozen=True)
class Shown:
    """How a replay stands: its ``found`` result, its ``trouble``, or how far it is."""

    found: Replay | None
    trouble: str
    done: float


class Desk:
    """The desk of one shop. Its parameters are read at the first request, as the service reads them at its start."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.scenarios = Scenarios(shop.settings.policy_scenarios)
        self._runs = Runs(self.scenarios)

    @cached_property
    def costs(self) -> Costs:
        """The section ``costs`` of params.yaml."""
        return self._shop.params("costs", Costs)

    @cached_property
    def products(self) -> ProductParams:
        """The section ``products`` of params.yaml."""
        return self._shop.params("products", ProductParams)

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return self.products.currency

    @property
    def baskets(self) -> About:
        """Which baskets are replayed.

        Raises
        ------
        NoReportError
            There are none.
        """
        try:
            return About.read(self._shop.settings.policy_replay)
        except UserError as error:
            raise NoReportError(expected=error.expected, found=error.found, fix=error.fix) from None

    @property
    def running(self) -> Scenario | None:
        """The policy that the service runs, with the shop's costs; None for a shop without one.

        Raises
        ------
        NoReportError
            Its file is broken.
        """
        watched = self._policy
        return None if watched is None else Scenario.of(watched.content().policy, self.costs)

    @property
    def start(self) -> Scenario:
        """What a reader begins with: the running policy, or an example."""
        return self.running or self._example

    def check_features(self, scenario: Scenario) -> None:
        """Refuse conditions on features that baskets don't have; those of the running policy stand there already.

        Raises
        ------
        ProblemsError
            There is such a condition.
        """
        unknown = unknown_features(self.baskets, scenario.policy.features - self.start.policy.features)
        if unknown:
            found = ", ".join(unknown)
            message = mark(
                "expected features of the catalog under lines.features: docs/reference/features.md lists them"
            )
            raise ProblemsError(Problem(YAML, message, found=found))

    def measured(self, latest: Latest) -> Measured | None:
        """What was measured of the running policy, by the ``latest`` read-out."""
        running = self.running
        return None if running is None else measured(latest, running.policy.name)

    def show(self, scenario: Scenario) -> Shown:
        """Give the replay of a scenario; where there is none, it begins."""
        running = self.running
        key = self._key(scenario, running)
        run = self.scenarios.run(key)
        if run is None or (run.running and now_us() - run.at > STALE_US):
            self._runs.start(key, self._request(scenario, running))
            run = self.scenarios.run(key)
        return _shown(run)

    def again(self, scenario: Scenario) -> None:
        """Begin the replay of a scenario once more where it ended with trouble."""
        running = self.running
        key = self._key(scenario, running)
        run = self.scenarios.run(key)
        if run is not None and run.trouble:
            self._runs.start(key, self._request(scenario, running))

    def _request(self, scenario: Scenario, running: Scenario | None) -> Request:
        settings = self._shop.settings
        beside = None if running is None else self._tried(running)
        return Request(
            baskets=settings.policy_replay.absolute(),
            report=settings.product_report.absolute(),
            min_probability=self.products.min_probability,
            scenario=self._tried(scenario),
            running=beside,
            costs=self.costs,
            learned=settings.learned_effects.absolute(),
        )

    def _tried(self, scenario: Scenario) -> Tried:
        return Tried(policy=scenario.policy, costs=scenario.costs, challengers=self.challengers_of(scenario))

    def challengers_of(self, scenario: Scenario) -> dict[str, Policy]:
        """Give the policies of challengers, by arm, as far as the running policy names the same file.

        No other file is read: whoever types a scenario must not choose what the service opens.
        """
        if self._policy is None:
            return {}
        read = self._policy.content()
        by_file = {each.policy: read.challengers[each.name] for each in read.policy.challengers if each.policy}
        named = {each.name: each.policy for each in scenario.policy.challengers if each.policy is not None}
        return {name: by_file[file] for name, file in named.items() if file in by_file}

    def _key(self, scenario: Scenario, running: Scenario | None) -> str:
        """The name of a result: another one where anything that it hangs on has changed."""
        settings = self._shop.settings
        stamps = [files.stamp(settings.policy_replay / ABOUT), files.stamp(settings.product_report / "about.json")]
        stamps += [
            stamp
            for tried in (scenario, running)
            for name in ([] if tried is None else tried.policy.learned.values())
            for stamp in learned.stamps(settings.learned_effects / name)
        ]
        of_files = "" if self._policy is None else self._policy.content().digest
        digests = [scenario.digest, "" if running is None else running.digest, of_files]
        parts = [str(FORMAT), *digests, *map(str, stamps)]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    @cached_property
    def _policy(self) -> WatchedFile[ReadPolicy] | None:
        path = self._shop.params("decisions", DecisionParams).policy
        return None if path is None else _watched(self._shop.folder / path)

    @cached_property
    def _example(self) -> Scenario:
        return Scenario.of(_watched(self._shop.folder / EXAMPLE).content().policy, self.costs)


def _watched(path: Path) -> WatchedFile[ReadPolicy]:
    try:
        return WatchedFile(path, read_usable, "the policy of the pages")
    except UserError as error:
        raise NoReportError(expected=error.expected, found=error.found, fix=error.fix) from None


def _shown(run: Run | None) -> Shown:
    if run is None:
        return Shown(None, "", 0.0)
    if not run.result:
        return Shown(None, run.trouble, run.done / run.of_all if run.of_all else 0.0)
    try:
        return Shown(RESULT.validate_json(run.result), "", 1.0)
    except ValidationError:
        return Shown(None, "", 0.0)


Desks = Mapping[str | None, Desk]
