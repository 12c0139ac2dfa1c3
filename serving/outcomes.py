"""Joins the prediction log with the outcomes known by now: ``python -m serving.outcomes``, or ``make outcomes``.

It writes a Parquet table with its dictionary into reports/predictions. The outcomes are those of the shop's tables as
they are by now: the snapshot or the tables of the last run, and the events since.
"""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data import params
from data.errors import UserError
from data.files import scratch, write_pieces
from data.identity import key_from_environment
from data.logged import predictions
from data.logs import log
from data.outcome import OutcomeParams
from data.predicted.columns import COLUMNS, DICTIONARY, FILE, FOLDER
from data.predicted.join import join
from data.sources.params import DataParams
from data.sources.snapshot import Snapshot
from data.stage import run
from data.times import table_time
from data.writing.csv_text import for_people
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from serving.state.home import StateHome
from serving.tables import base_of, max_delay_days, snapshot_folder, write

WITHIN_HOURS = 24.0


def main() -> None:
    """Join the log that the settings name.

    Raises
    ------
    UserError
        Nothing was logged; or the tables can't be written, as `serving.tables` says.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.outcomes", description=__doc__)
    parser.add_argument(
        "--within-hours",
        type=float,
        default=WITHIN_HOURS,
        help="longest time from a score to its order, where the request gave the line no id (%(default)s)",
    )
    within = parser.parse_args().within_hours
    settings = Settings.from_environment()
    found = with_outcomes(settings, FOLDER, within)
    counts = ", ".join(f"{count} {name}" for name, count in found.items())
    log.info("%s: %d scores: %s", FOLDER / FILE, sum(found.values()), counts)


def with_outcomes(settings: Settings, out: Path, within_hours: float) -> dict[str, int]:
    """Write the table and its dictionary into ``out``; give the number of scores by outcome.

    Raises
    ------
    UserError
        As `main`.
    """
    if not predictions.PREDICTIONS.files(settings.prediction_log):
        raise UserError(
            expected=f"scores in the prediction log, {settings.prediction_log}",
            found="none",
            fix="ask the service for a score, or set RETURN_RISK_PREDICTION_LOG as for the service",
        )
    home = StateHome(settings.state, max_delay_days())
    with scratch(out / FILE) as beside:
        exported = write(home, base_of(snapshot_folder(params.load("data", DataParams))), beside / "tables")
        found = join(
            predictions.PREDICTIONS.read(settings.prediction_log),
            beside / "tables",
            out,
            params.load("outcome", OutcomeParams),
            within_hours,
            _pseudonym(exported.description),
            _known_until(exported.description),
        )
    dictionary = [(each.name, str(each.dtype), each.unit, each.meaning) for each in COLUMNS]
    write_pieces(for_people(("column", "dtype", "unit", "meaning"), [dictionary]), out / DICTIONARY)
    return found


def _known_until(tables: Snapshot) -> datetime | None:
    return None if tables.known_until is None else table_time(tables.known_until)


def _pseudonym(tables: Snapshot) -> Callable[[str], str] | None:
    """The hash of customers as the log has them; None where the tables hold hashes already."""
    return None if tables.id_key is not None else key_from_environment(warn=False).hash


if __name__ == "__main__":
    run(main)
