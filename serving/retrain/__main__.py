"""Trains on the tables of now and hands the result over: ``python -m serving.retrain``, or ``make retrain``.

It writes the tables of now, runs the pipeline with gate and registration, promotes the new version if it is no worse or
puts it into shadow, and hands state and level to the running service. With ``--if-needed`` it does so only where there
is a reason; ``--check`` only says which. docs/how-to/shadow-and-retraining.md shows the way.
"""

import argparse
import signal
from collections.abc import Sequence
from dataclasses import asdict
from types import FrameType

from data import params
from data.files import write_json
from data.logs import log
from data.stage import run
from data.times import utc_now
from serving.process.file_rights import keep_from_others
from serving.retrain import record
from serving.retrain.run import all_steps, retrain
from serving.retrain.signs import gather
from serving.settings import Settings
from training.monitoring.retraining import Reason, RetrainingParams, reasons
from training.registry.shadow import ShadowParams

BY_HAND = "it was asked for"


def main() -> None:
    """Retrain as the arguments say.

    Raises
    ------
    UserError
        Another retraining runs, or a step fails: the message says what is as it was.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.retrain", description=__doc__)
    parser.add_argument("--if-needed", action="store_true", help="only where there is a reason; else end well")
    parser.add_argument("--check", action="store_true", help="only say whether there is a reason")
    parser.add_argument("--why", default=BY_HAND, help="the reason, for the record (%(default)s)")
    given = parser.parse_args()
    settings, chosen = Settings.from_environment(), params.load("retraining", RetrainingParams)
    why = [given.why]
    if given.if_needed or given.check:
        found = needed(settings, chosen)
        if given.check or not found:
            return
        why = [each.text for each in found]
    signal.signal(signal.SIGTERM, _end)
    to_shadow = params.load("shadow", ShadowParams).retrained
    done = retrain(settings, why, chosen.most_hours, lambda: all_steps(settings, why, to_shadow=to_shadow))
    log.info("retraining is done, in %.0f minutes: %s", sum(each.seconds for each in done.steps) / 60, record.LAST)


def needed(settings: Settings, chosen: RetrainingParams) -> Sequence[Reason]:
    """Find the reasons, log each, and write them with the signs into `record.NEEDED`."""
    signs = gather(settings, chosen)
    found = reasons(signs, chosen)
    content = {"checked_at": utc_now().isoformat(), "reasons": [asdict(each) for each in found], "signs": asdict(signs)}
    write_json(content, record.NEEDED)
    for each in found:
        log.warning("it is time to train anew: %s", each.text)
    if not found:
        log.info("there is no reason to train anew; %s has what was looked at", record.NEEDED)
    return found


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    run(main)
