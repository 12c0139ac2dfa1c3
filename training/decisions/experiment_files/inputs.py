"""What commands read beside the log: where it lies, how its customers are hashed, and what actions cost."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Final

from data import params, tables
from data.errors import UserError
from data.identity import key_from_environment
from data.logs import log
from data.sources import snapshot
from training.decisions.experiment_files.log_files import FOLDER
from training.decisions.policy import Cost
from training.decisions.policy_reading import DecisionParams, ReadPolicy, read_policy

LOG_VARIABLE: Final = "RETURN_RISK_DECISION_LOG"


def log_folder() -> Path:
    """The folder of the decision log, as the environment names it, or else the service's own."""
    return Path(os.environ.get(LOG_VARIABLE) or FOLDER)


def add_places(parser: ArgumentParser) -> None:
    """Let a command be told where the decision log and the shop's tables are: ``--log`` and ``--tables``."""
    parser.add_argument(
        "--log",
        type=Path,
        default=log_folder(),
        help=f"folder of the decision log (that of {LOG_VARIABLE}, else {FOLDER})",
    )
    parser.add_argument(
        "--tables",
        type=Path,
        default=tables.VALIDATED,
        help="folder of the shop's tables: those of the last run, or a snapshot of now (%(default)s)",
    )


def policy_of_shop() -> tuple[Path, ReadPolicy] | None:
    """The policy that params.yaml names, as its file has it now, with the file; None without one."""
    named = params.load("decisions", DecisionParams).policy
    return None if named is None else (Path(named), read_policy(Path(named)))


def costs_of_actions() -> dict[str, Cost]:
    """What the actions of the shop's policy and of its challengers cost, by name, as their files have it now.

    A policy that can't be read leaves the log to be read out: its actions are named as those whose costs are not known.
    """
    try:
        found = policy_of_shop()
    except UserError as error:
        log.warning("what actions cost is not known, as the policy can't be read: %s", error)
        return {}
    policies = () if found is None else found[1].policies
    return {each.name: each.cost for own in policies for each in own.actions}


def pseudonym(folder: Path) -> Callable[[str], str] | None:
    """The hash of customers as the log has them; None where the tables in ``folder`` hold hashes already."""
    described = snapshot.read(folder) if (folder / snapshot.FILE).exists() else snapshot.of_run(tables.RAW)
    return None if described.id_key is not None else key_from_environment(warn=False).hash
