"""Erasure of customers (art. 17 GDPR) from what the service keeps: secrets, state, logs, and the store of caps.

The event is acknowledged once the erasure is noted on disk, and the customer's secret destroyed: from then on nobody
can tell whose the pseudonym was. A thread then takes the pseudonym out of the logs, the caps and the state, when no
line of before can be on its way into a log any more. After a restart it goes on with what was noted.

With the public demo key a pseudonym is a hash that anyone computes. Then the same is taken out of logs and caps up to
the time that the event says, and the state keeps a mark.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from data.errors import UserError
from data.logged.blanking import Record, blank, find
from data.logged.decisions import DECISIONS, Contact
from data.logged.predictions import PREDICTIONS
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeys
from data.times import now_us
from features.stores.store import StoreError
from serving.decisions.caps import Caps
from serving.privacy.noted import Erasure, NotedErasures
from serving.privacy.person_logs import PersonLogs

SETTLED: Final = 30_000_000
"""Microseconds after which a line of before has come into its log: writers flush several times a second."""
LOOK_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 2.0
NO_END: Final = 1 << 62
"""After every time in a log."""


class ToErase(NamedTuple):
    """A customer to erase: the event, the normal text of the customer's key, the pseudonym, the time up to which."""

    event_id: str
    form: str
    pseudonym: str
    at: int


class Erasures:
    """Erases customers.

    Parameters
    ----------
    caps
        Of the shop; they also hold what is still to be erased.
    logs
        Of the shop.
    clock
        Gives the time in microseconds since 1970, UTC.
    pause
        Seconds between forgetting in the caps and blanking the logs, longer than a decision takes.
    keys
        Gives the customers' secrets; None where pseudonyms are hashes.
    forget
        Takes pseudonyms out of the state; `StoreError` where it can't.
    """

    def __init__(
        self,
        caps: Caps,
        logs: PersonLogs,
        clock: Callable[[], int] = now_us,
        pause: float = PAUSE_SECONDS,
        *,
        keys: Callable[[], CustomerKeys | None] = lambda: None,
        forget: Callable[[Collection[str], int], None] = lambda _, __: None,
    ) -> None:
        self._caps, self._logs, self._clock, self._pause = caps, logs, clock, pause
        self._noted = NotedErasures(caps.store)
        self._keys, self._forget = keys, forget
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="erasure", daemon=True)

    def note(self, erased: Sequence[ToErase]) -> None:
        """Note customers to erase, and destroy the secrets of those whose time has come.

        Raises
        ------
        StoreError, CustomerKeysError
            The store of caps, or the file of secrets, can't be written.
        """
        now, keys = self._clock(), self._keys()
        if keys is None:
            self._noted.note([Erasure(each.event_id, each.pseudonym, each.at, now) for each in erased])
            return
        accounts = [(each, unit) for each in erased for unit in keys.accounts_of(each.form)]
        self._noted.note([Erasure(each.event_id, unit, each.at, now, final=True) for each, unit in accounts])
        keys.destroy_all({each.form for each in erased if each.at <= now})
        for each in erased:
            if each.at > now:
                keys.destroy(each.form, each.at)

    def expire(self, pseudonyms: Collection[str]) -> int:
        """Erase customers by their pseudonyms, with all their accounts; give how many accounts these are.

        Raises
        ------
        StoreError, CustomerKeysError
            As `note`.
        """
        keys, now = self._keys(), self._clock()
        rows = {} if keys is None or not pseudonyms else keys.rows_of(pseudonyms)
        if keys is not None and rows:
            self._noted.note([Erasure(f"expired {unit}", unit, now, now, final=True) for unit in rows.values()])
            keys.destroy_rows(rows)
        return len(rows)

    def not_erased(self, contacts: Sequence[Contact]) -> list[Contact]:
        """Leave out contacts of before the erasure of who is erased; `StoreError` where that can't be looked up."""
        who = {each.customer for each in contacts if each.customer is not None}
        until = self._noted.erased_at(who, self._clock())
        return [each for each in contacts if each.customer is None or each.at > until.get(each.customer, each.at - 1)]

    def work_off(self, settled: int = SETTLED) -> int:
        """Erase the customers whose time has come, ``settled`` microseconds ago; give their number.

        Raises
        ------
        OSError, StoreError, CustomerKeysError
            A log, a store or the file of secrets can't be changed: what was not erased stays noted.
        """
        now, keys = self._clock(), self._keys()
        if keys is not None:
            keys.destroy_due(now)
        due = [each for each in self._noted.due() if max(each.erased_at, each.noted_at) + settled <= now]
        if due:
            self._erase(due)
            self._noted.done(due)
        return len(due)

    def start(self) -> None:
        """Start working off."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is noted stays noted."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _erase(self, due: Sequence[Erasure]) -> None:
        """Erase customers.

        The caps forget first: a basket that they know gets its decision of before into the log once more. The state
        goes last, as it alone is searched as a whole.
        """
        until: dict[str, int] = {}
        for each in due:
            until[each.unit] = max(until.get(each.unit, 0), NO_END if each.final else each.erased_at)
        self._caps.forget(until)
        self._stop.wait(self._pause)  # who read the caps before has written by then
        blank_units(until, self._logs)
        if final := sorted({each.unit for each in due if each.final}):
            self._forget(final, self._clock())

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                done = self.work_off()
            except (OSError, StoreError, UserError) as error:
                log.error("erasures wait, as a log, a store or the secrets can't be changed: %s", error)  # noqa: TRY400
            except Exception:  # the thread must go on
                log.exception("an erasure failed")
            else:
                if done:
                    log.info("erased %d customers from logs, caps and state", done)


def blank_units(until: Mapping[str, int], logs: PersonLogs) -> None:
    """Blank what the logs have of each unit up to a time; `OSError` where a log can't be written.

    The lines that name nobody go before the others, which lead to them after a failure.
    """
    named = [f'"{unit}"' for unit in until]

    def before(unit: object, at: int) -> bool:
        return isinstance(unit, str) and unit in until and at <= until[unit]

    def scored(record: Record) -> bool:
        return before(record.get("customer"), record["scored_at"])

    def decided(record: Record) -> bool:
        return "decided_at" in record and before(record["unit"], record["decided_at"])

    def contacted(record: Record) -> bool:
        return "topic" in record and before(record["customer"], record["at"])

    for folder in logs.of_scores.values():
        blank(PREDICTIONS, folder, named, scored)
    blank(DECISIONS, logs.decisions, named, contacted)
    ids = {each["decision_id"] for each in find(DECISIONS, logs.decisions, named, decided)}
    marks = [f'"{each}"' for each in sorted(ids)]
    blank(DECISIONS, logs.decisions, marks, lambda each: "event_id" in each and each.get("decision_id") in ids)
    blank(DECISIONS, logs.decisions, named, decided)
