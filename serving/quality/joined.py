"""Joins a prediction log with the shop's tables as they are by now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from data import params
from data.errors import UserError
from data.files import scratch
from data.identity import key_from_environment
from data.logged.predictions import PREDICTIONS
from data.outcome import OutcomeParams
from data.predicted.join import join
from data.sources.params import DataParams
from data.sources.snapshot import Snapshot
from data.times import table_time
from serving.settings import Settings
from serving.state.export import base_of, max_delay_days, snapshot_folder, write
from serving.state.home import StateHome

WITHIN_HOURS: Final = 24.0
"""Longest time from a score to its order, where the request gave the line no id."""


@dataclass(frozen=True)
class TablesOfNow:
    """The tables in ``folder``, what they are, and how outcomes are decided."""

    folder: Path
    description: Snapshot
    outcome: OutcomeParams

    @property
    def known_until(self) -> datetime | None:
        """When the tables were written, UTC without a zone; None where that is not known."""
        return None if self.description.known_until is None else table_time(self.description.known_until)

    def with_scores(self, log: Path, out: Path, within_hours: float) -> dict[str, int]:
        """Join the prediction log in the folder ``log``, as `data.predicted.join.join` does, into the folder ``out``.

        Raises
        ------
        UserError
            Nothing was logged, or a table is missing.
        """
        require_scores(log)
        scores = PREDICTIONS.read(log)
        return join(scores, self.folder, out, self.outcome, within_hours, self._pseudonym(), self.known_until)

    def _pseudonym(self) -> Callable[[str], str] | None:
        """The hash of customers as the log has them; None where the tables hold hashes already."""
        return None if self.description.id_key is not None else key_from_environment(warn=False).hash


def require_scores(log: Path) -> None:
    """Refuse a folder without a prediction log (`UserError`)."""
    if not PREDICTIONS.files(log):
        raise UserError(
            expected=f"scores in the prediction log, {log}",
            found="none",
            fix="ask the service for a score, or set RETURN_RISK_PREDICTION_LOG as for the service",
        )


@contextmanager
def tables_of_now(settings: Settings, beside: Path) -> Iterator[TablesOfNow]:
    """Write the tables of now for the time of a ``with`` block, into a folder beside the path ``beside``.

    Raises
    ------
    UserError
        As `serving.state.export.write`.
    """
    home = StateHome(settings.state, max_delay_days())
    with scratch(beside) as folder:
        exported = write(home, base_of(snapshot_folder(params.load("data", DataParams))), folder / "tables")
        yield TablesOfNow(folder / "tables", exported.description, params.load("outcome", OutcomeParams))
