"""Learns a policy from the decision log and proposes it: ``make learn-policy``, and ``make install-policy``.

``python -m training.learn_policy learn`` learns what each action adds to the profit of which basket, values the policy
that follows from it against the one that runs, and registers it where it surely earns more. The policy's file stays as
it is: reports/policy_proposal.yaml has the lines that make the learned effects a challenger arm beside it. ``install``
copies the registered effects to where the service reads them.
"""

import argparse
import tempfile
from pathlib import Path

import pandas as pd

from data import params
from data.errors import UserError
from data.logged.decisions import DECISIONS, Decision, kind_of
from data.logs import log
from data.outcome import OutcomeParams
from data.progress.steps import step
from data.stage import run
from training.costs import Costs
from training.decisions.experiment.action_costs import unknown_costs
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment_files import inputs
from training.decisions.experiment_files.placed_orders import read_placed
from training.decisions.learning import params as learning
from training.decisions.learning import registered, report, stored_effects
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.history import History
from training.decisions.learning.params import ProposalParams
from training.decisions.learning.pooled_effects import STAKE
from training.decisions.learning.proposal import Pool, Proposal, propose
from training.decisions.learning.recorded import Recorded, read_drawn, recorded
from training.decisions.learning.recorded_history import beliefs_of, kinds_of, recorded_history
from training.decisions.learning.registered import Candidate, Entry
from training.decisions.learning.value import of_arm
from training.decisions.policy import Policy
from training.registry import mlflow_registry, provenance
from training.registry.names import RegistryParams, policy_name, shop

INSTALLED = Path("serving/var/learned")


def main() -> None:
    """Run the command that the arguments name.

    Raises
    ------
    UserError
        There is no policy or no log, the log was damaged, or too few outcomes are known.
    """
    given = _arguments()
    match given.command:
        case "learn":
            for line in learn(given.log, given.tables):
                print(line)
        case "install":
            version, path = registered.install(mlflow_registry.connect(), policy_name(), given.to)
            print(f"{version.name} version {version.number} is installed in {path}")


def learn(decisions: Path, folder: Path) -> list[str]:
    """Learn from the log in ``decisions`` and the tables in ``folder``; return what came out, in some lines.

    Raises
    ------
    UserError
        As `main`.
    """
    file, policy = _policy()
    found, history, costs = _read(decisions, folder, policy)
    chosen = params.load("proposal", ProposalParams)
    log.info("%s: %d exposures", decisions, len(found.exposures))
    made = _propose(found, history, policy, chosen)
    summary = report.content(made, _left_out(found), costs)
    if costs:
        log.warning("what these actions cost is not taken from their profit: %s", ", ".join(costs))
    lines = [check.message for check in made.checks]
    report.write(summary, None)
    if not made.proposed:
        return [*lines, f"no policy is proposed; {report.SUMMARY} has the figures"]
    entry = _register(made, found, decisions)
    lines.append(f"{entry.version.name} version {entry.version.number} {entry.outcome}")
    if not entry.has_alias:  # what would be installed is another version
        return [*lines, f"nothing is to be installed; {report.SUMMARY} has the figures"]
    name = registered.installed_name(entry.version)
    report.write(summary, report.challenger_lines(name, chosen.challenger_share, file))
    return [*lines, f"install it (make install-policy), and put the lines of {report.LINES} into {file}"]


def _propose(found: Recorded, history: History, policy: Policy, chosen: ProposalParams) -> Proposal:
    section = learning.load()
    return propose(
        found.exposures,
        lambda outcomes: of_arm(found.in_policy, found.policy_share, outcomes[NOTHING], section.max_weight),
        policy.z,  # as the service has it for a challenger of this policy
        section,
        chosen,
        Pool(history, kinds_of(policy), beliefs_of(policy)),
    )


def _read(decisions: Path, folder: Path, policy: Policy) -> tuple[Recorded, History, list[str]]:
    """What was recorded, the history of customers, and the actions of which not all costs are known."""
    with step("decision log"):
        rows = list(DECISIONS.read(decisions))
    if not any(kind_of(row) is Decision for row in rows):
        raise UserError(
            expected=f"decisions in {decisions}",
            found="none",
            fix="let the service decide first (docs/how-to/decide-at-checkout.md), or name the log's folder: --log",
        )
    drawn, costs = read_drawn(rows), params.load("costs", Costs)
    experiment = params.load("experiment", ExperimentParams)
    placed = read_placed(folder, params.load("outcome", OutcomeParams), inputs.pseudonym(folder))
    horizon_days = params.load("proposal", ProposalParams).horizon_days
    prices = inputs.costs_of_actions()
    with step("outcomes of decisions"):
        found = recorded(drawn, placed, costs, experiment, horizon_days, policy, prices)
        history = recorded_history(drawn, placed, costs, experiment, policy)
    return found, history, unknown_costs(drawn.log.decisions, prices)


def _register(made: Proposal, found: Recorded, decisions: Path) -> Entry:
    """Register the effects."""
    with tempfile.TemporaryDirectory(prefix="return-risk-") as scratch:
        effects = Path(scratch) / "effects"
        stored_effects.save(made.effects, effects)
        candidate = Candidate(
            name=policy_name(),
            shop=shop(),
            effects=effects,
            example=_example(found.exposures),
            metrics=report.metrics(made),
            files=(report.SUMMARY, params.PARAMS_FILE),
            data_sha256=provenance.folder_digest(decisions),
            why=made.checks[1].message,
        )
        return registered.register(candidate, params.load("registry", RegistryParams), mlflow_registry.connect())


def _example(exposures: Exposures) -> pd.DataFrame:
    stakes = exposures.known_stakes.rename(columns=STAKE.format)
    return pd.concat([exposures.covariates, stakes], axis=1)


def _left_out(found: Recorded) -> dict[str, int]:
    return {
        "too_recent": found.immature, "without_covariates": found.lacking, "of_another_policy_before": found.others,
    }  # fmt: skip


def _policy() -> tuple[Path, Policy]:
    found = inputs.policy_of_shop()
    if found is None:
        raise UserError(
            expected="a policy that runs (decisions.policy in params.yaml)",
            found="none",
            fix="start with one: docs/how-to/decide-at-checkout.md",
        )
    return found[0], found[1].policy


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.learn_policy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("learn", help="learn effects, judge the policy that follows, register it if it earns")
    inputs.add_places(first)
    second = commands.add_parser("install", help="copy the registered effects to where the service reads them")
    second.add_argument("--to", type=Path, default=INSTALLED, help="folder for them (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    run(main, long=True)
