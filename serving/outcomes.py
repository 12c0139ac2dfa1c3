"""Joins the prediction log with the outcomes known by now: ``python -m serving.outcomes``, or ``make outcomes``.

It writes a Parquet table with its dictionary into reports/predictions. The outcomes are those of the shop's tables as
they are by now: the snapshot or the tables of the last run, and the events since.
"""

import argparse
from pathlib import Path

from data.files import write_pieces
from data.logs import log
from data.predicted.columns import COLUMNS, DICTIONARY, FILE, FOLDER
from data.stage import run
from data.writing.csv_text import for_people
from serving.process.file_rights import keep_from_others
from serving.quality.joined import WITHIN_HOURS, require_scores, tables_of_now
from serving.settings import Settings


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
    require_scores(settings.prediction_log)
    with tables_of_now(settings, out / FILE) as tables:
        found = tables.with_scores(settings.prediction_log, out, within_hours)
    dictionary = [(each.name, str(each.dtype), each.unit, each.meaning) for each in COLUMNS]
    write_pieces(for_people(("column", "dtype", "unit", "meaning"), [dictionary]), out / DICTIONARY)
    return found


if __name__ == "__main__":
    run(main)
