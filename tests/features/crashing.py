"""A parity replay in a process that is killed repeatedly and starts again after the last acknowledged moment.

``python -m tests.features.crashing SHOP STORE START`` runs this process. It acknowledges each moment by printing the
moment's number once its events are durable, together with the results of the comparison so far.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from features import recipe
from features.online.features import OnlineFeatures
from features.online_state import records
from features.online_state.events import Status
from features.online_state.live import LiveState
from features.stores.address import open_store
from tests.features.event_log import Moment, event_log
from tests.features.parity import Comparison, Offline, replay
from tests.features.states import state_of

TOP = Path(__file__).resolve().parents[2]
SENT_AGAIN = 30
"""Moments before the start that are sent a second time, like the events of a shop that received no answer."""


@dataclass
class Crashes:
    """The comparison over all runs of the process; ``unasked``: lines that were applied but not compared."""

    moments: int = 0
    lines: int = 0
    differing: int = 0
    kills: int = 0
    sent_again: int = 0
    counted_again: int = 0
    unasked: int = 0
    examples: list[Any] = field(default_factory=list)


def replay_with_crashes(shop: Path, store: Path, kills: int, seed: int, moments: int) -> Crashes:
    """Replay the log of ``shop`` (its folders validated and matrix), killing the process ``kills`` times."""
    places = sorted(random.Random(seed).sample(range(moments), kills))
    done = Crashes()
    for until in [*places, None]:
        _live_once(shop, store, done, until)
        done.kills += until is not None
    return done


def _live_once(shop: Path, store: Path, done: Crashes, until: int | None) -> None:
    command = [sys.executable, "-m", "tests.features.crashing", str(shop), str(store), str(done.moments)]
    report: dict[str, Any] = {}
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if not line.endswith("\n"):
                break  # cut off: not an acknowledgement
            report = json.loads(line)
            done.moments = report["moments"]
            if until is not None and done.moments >= until:
                process.kill()
                break
    if process.returncode and until is None:
        raise RuntimeError(f"the replay ended with {process.returncode}")
    for name in ("lines", "differing", "sent_again", "counted_again", "unasked"):
        setattr(done, name, getattr(done, name) + report.get(name, 0))
    done.examples += report.get("examples", [])


def _send_again(log: list[Moment], start: int, live: LiveState) -> tuple[int, int]:
    again = [event for moment in log[max(0, start - SENT_AGAIN) : start] for event in moment.events]
    receipts = live.apply(again, log[start - 1].at) if again else []
    return len(receipts), sum(receipt.status is not Status.DUPLICATE for receipt in receipts)


def _known(live: LiveState, moment: Moment) -> bool:
    """Whether the moment was applied before the process died, without an acknowledgement."""
    keys = [records.event_key(event.event_id) for event in moment.events]
    return any(value is not None for value in live.store.read(lambda snapshot: snapshot.get(keys)))


def _moments(shop: Path, store: Path, start: int) -> Iterator[dict[str, Any]]:
    used = recipe.read(shop / "matrix" / recipe.RECIPE_FILE.name)
    online = OnlineFeatures(replace(used, posteriors=None))  # no event moves them
    live = state_of(online, store=open_store(f"lmdb:{store}", "parity"))
    log = event_log(shop / "validated")
    compared = Comparison(online, Offline.read(shop / "matrix", online.names))
    sent_again, counted_again = _send_again(log, start, live)
    skipped = 1 if start < len(log) and _known(live, log[start]) else 0
    unasked = 0
    if skipped:
        unasked = sum(len(placed.line_ids) for placed in log[start].placed)
        live.apply(log[start].events, log[start].at)
    about = {"sent_again": sent_again, "counted_again": counted_again, "unasked": unasked}
    for number, _ in enumerate(replay(islice(log, start + skipped, None), live, compared), start + skipped + 1):
        report = {"moments": number, "lines": compared.lines, "differing": compared.differing}
        yield {**report, **about, "examples": compared.examples[:5]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("start", type=int)
    given = parser.parse_args()
    for report in _moments(given.shop, given.store, given.start):
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
