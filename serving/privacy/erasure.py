"""Erasure of a customer (art. 17 GDPR) from what the service keeps beside its state: both logs, and the store of caps.

The event is acknowledged once the erasure is noted on disk. A thread then works it off, when no line of before can be
on its way into a log any more, and once its time has come. After a restart it goes on with what was noted.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from data.logged.blanking import Record, blank, find
from data.logged.decisions import DECISIONS, Contact
from data.logged.predictions import PREDICTIONS
from data.logs import log
from data.times import now_us
from features.stores.store import StoreError
from serving.decisions.caps import Caps
from serving.privacy.noted import Erasure, NotedErasures

SETTLED: Final = 30_000_000
"""Microseconds after which a line of before has come into its log: writers flush several times a second."""
LOOK_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 2.0


class Erasures:
    """Erases customers.

    Parameters
    ----------
    caps
        Of the shop; they also hold what is still to be erased.
    decision_log, prediction_log
        The folders of the logs, which other processes may be writing.
    clock
        Gives the time in microseconds since 1970, UTC.
    shadow_log
        The folder of the log of the version in shadow; None: there is none.
    pause
        Seconds between forgetting in the caps and blanking the logs, longer than a decision takes.
    """

    def __init__(
        self,
        caps: Caps,
        decision_log: Path,
        prediction_log: Path,
        clock: Callable[[], int] = now_us,
        pause: float = PAUSE_SECONDS,
        shadow_log: Path | None = None,
    ) -> None:
        self._pause = pause
        self._caps, self._decisions, self._clock = caps, decision_log, clock
        self._predictions = [each for each in (prediction_log, shadow_log) if each is not None]
        self._noted = NotedErasures(caps.store)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="erasure", daemon=True)

    def note(self, erased: Sequence[tuple[str, str, int]]) -> None:
        """Note customers to erase: the event, the pseudonym, the time up to which; `StoreError` where that fails."""
        for event_id, pseudonym, at in erased:
            self._noted.note(event_id, pseudonym, at, self._clock())

    def not_erased(self, contacts: Sequence[Contact]) -> list[Contact]:
        """Leave out contacts of before the erasure of who is erased; `StoreError` where that can't be looked up."""
        who = {each.customer for each in contacts if each.customer is not None}
        until = self._noted.erased_at(who, self._clock())
        return [each for each in contacts if each.customer is None or each.at > until.get(each.customer, each.at - 1)]

    def work_off(self) -> int:
        """Erase the customers whose time has come; give their number.

        Raises
        ------
        OSError, StoreError
            A log or the store can't be changed: what was not erased stays noted.
        """
        now, done = self._clock(), 0
        for each in self._noted.due():
            if max(each.erased_at, each.noted_at) + SETTLED <= now:
                self._erase(each)
                self._noted.done(each)
                done += 1
        return done

    def start(self) -> None:
        """Start working off."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is noted stays noted."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _erase(self, whom: Erasure) -> None:
        """Erase a customer.

        The caps forget first: a basket that they know gets its decision of before into the log once more. The lines
        that name nobody go before the others, which lead to them after a failure.
        """
        named, until = [f'"{whom.unit}"'], whom.erased_at

        def scored(record: Record) -> bool:
            return record.get("customer") == whom.unit and record["scored_at"] <= until

        def decided(record: Record) -> bool:
            return "decided_at" in record and record["unit"] == whom.unit and record["decided_at"] <= until

        def contacted(record: Record) -> bool:
            return "topic" in record and record["customer"] == whom.unit and record["at"] <= until

        self._caps.forget(whom.unit, until)
        self._stop.wait(self._pause)  # who read the caps before has written by then
        for folder in self._predictions:
            blank(PREDICTIONS, folder, named, scored)
        blank(DECISIONS, self._decisions, named, contacted)
        ids = {each["decision_id"] for each in find(DECISIONS, self._decisions, named, decided)}
        marks = [f'"{each}"' for each in sorted(ids)]
        blank(DECISIONS, self._decisions, marks, lambda each: "event_id" in each and each.get("decision_id") in ids)
        blank(DECISIONS, self._decisions, named, decided)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                done = self.work_off()
            except (OSError, StoreError) as error:
                log.error("erasures wait, as a log or the store of caps can't be changed: %s", error)  # noqa: TRY400
            except Exception:  # the thread must go on
                log.exception("an erasure failed")
            else:
                if done:
                    log.info("erased %d customers from the logs", done)
