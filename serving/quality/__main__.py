"""Tells how good the served scores are, as far as it can be known today: ``python -m serving.quality``.

``make quality`` runs it at once; beside a running service the quality watch runs it every
RETURN_RISK_QUALITY_EVERY_SECONDS. docs/how-to/watch-the-scores.md says how to read what it finds.
"""

import argparse
import os
from typing import Final

from data.errors import UserError
from data.logs import log
from data.number_format import ENGLISH
from data.stage import run
from serving.process import logs
from serving.process.file_rights import keep_from_others
from serving.quality.found import FILE, Quality
from serving.quality.round import look_once
from serving.settings import Settings

NICE: Final = 15
"""How much a look beside the service stands back behind those that score, in steps of `nice`."""


def main() -> None:
    """Look once at the log that the settings name.

    Raises
    ------
    UserError
        Nothing could be told; the file says so, too.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.quality", description=__doc__)
    parser.add_argument("--beside", action="store_true", help="stand back behind the service, and write the file alone")
    beside = parser.parse_args().beside
    if beside:
        os.nice(NICE)
    settings = Settings.from_environment()
    if beside:
        logs.set_up(settings.log_level)
    found = look_once(settings)
    if beside:
        return
    if found.problem is not None:
        raise UserError(
            expected="scores whose quality can be told by now",
            found=found.problem,
            fix=f"{settings.quality / FILE} keeps what was told before, with this cause",
        )
    log.info("%s", sentence(found))
    for alarm in found.open_alarms:
        log.warning("%s", alarm.text)


def sentence(found: Quality) -> str:
    """Say what is expected of all recent lines."""
    whole, number = found.whole, ENGLISH.number
    if whole is None:
        return f"of {number(found.scores)} scores {number(found.joined)} have an order; too few to tell anything"
    loss = whole.log_loss
    return (
        f"{whole.name}: log-loss {number(loss.value, 4)} ({number(loss.low, 4)} to {number(loss.high, 4)},"
        f" {found.interval:.0%} interval), rate {ENGLISH.percent(whole.rate.value)} where"
        f" {ENGLISH.percent(whole.mean_probability)} was said; {number(whole.lines)} lines,"
        f" {number(whole.settled)} of them settled; {len(found.open_alarms)} alarms go on"
    )


if __name__ == "__main__":
    run(main)
