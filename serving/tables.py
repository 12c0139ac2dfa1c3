"""Writes the shop's tables as they are by now: the tables of before, and what the events since changed.

``python -m serving.tables`` (or ``make tables``) reads the online state that the service keeps, while the service runs
or not, and writes the snapshot that ``data.source: events`` reads. docs/how-to/events.md shows the way.
"""

import argparse

from data import params
from data.errors import UserError
from data.identity import key_from_environment
from data.logs import log
from data.pseudonyms.pseudonyms import pseudonyms_of
from data.sources.params import DataParams
from data.stage import run
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from serving.state.export import base_of, max_delay_days, snapshot_folder, write
from serving.state.home import StateHome


def main() -> None:
    """Export into the snapshot's folder, from the tables of the last run the first time.

    Raises
    ------
    UserError
        There is no state, or it does not go with the tables; or it can't be read.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.tables", description=__doc__)
    parser.add_argument("--to-train", action="store_true", help="stop where params.yaml does not read the snapshot")
    data = params.load("data", DataParams)
    out = snapshot_folder(data)
    if parser.parse_args().to_train and data.source != "events":
        raise UserError(
            expected="data.source: events in params.yaml, so that the pipeline reads the snapshot",
            found=f"data.source: {data.source}",
            fix=f"write a first snapshot (make tables); then set data.source to events, and data.path to {out}",
        )
    settings = Settings.from_environment()
    pseudonyms = pseudonyms_of(key_from_environment(warn=False), settings.customer_keys)
    done = write(StateHome(settings.state, max_delay_days()), base_of(out), out, pseudonyms)
    rows = ", ".join(f"{count} {name}" for name, count in done.rows.items())
    changed = ", ".join(f"{count} {name}" for name, count in done.changed.items()) or "nothing"
    log.info("%s: %s; since the tables before, events changed %s", out, rows, changed)


if __name__ == "__main__":
    run(main)
