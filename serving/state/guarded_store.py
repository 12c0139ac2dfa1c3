"""A store that answers at once even when it is gone: after a failure it is left alone until it is well again.

A question that waits for a store which is away would hold up all that come after it. So the first failure is
remembered, questions are refused at once with its cause, and a thread looks every second whether the store is back.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from data.errors import UserError
from data.logs import log
from features.online_state import records as state_records
from features.online_state import restore
from features.stores.store import Agenda, Snapshot, Store, StoreError, Transaction

LOOK_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
"""Between looks at a store that stays away: to look may mean to read all of a file."""
LAST_READ_SECONDS = 0.05
"""What a read that began before the store was found lost gets to end, before the store is closed."""
T = TypeVar("T")


class GuardedStore:
    """The store that ``open_`` opens, opened anew when it was lost; ``check`` raises `UserError` for a state to refuse.

    ``about`` says what the state in it was built of; None until it could be read. ``trouble`` is why the store can't be
    read now; None when it can.
    """

    def __init__(
        self,
        open_: Callable[[], Store],
        check: Callable[[state_records.StateAbout], None],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._open, self._check, self._look_seconds = open_, check, look_seconds
        self._store: Store | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.about: state_records.StateAbout | None = None
        self.trouble: StoreError | None = StoreError("gone", "the store was not opened yet")

    def start(self) -> None:
        """Open the store, and keep looking after it."""
        self.look()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def refusal(self) -> StoreError:
        """Say why nothing can be read; a new error for each who raises it, as a traceback grows with every raise."""
        trouble = self.trouble
        return StoreError("gone", "no store is open") if trouble is None else StoreError(trouble.cause, trouble.detail)

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Read as `Store.read`; refuse at once while the store is in trouble."""
        if self.trouble is not None or self._store is None:
            raise self.refusal()
        try:
            return self._store.read(ask)
        except StoreError as error:
            self._trip(error)
            raise

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Write as `Store.write`. A write that fails says nothing of reading: a full disk can be read.

        What is found broken takes no more: it may have to be replaced, with all that was acknowledged there.
        """
        if self._store is None or self.about is None or (self.trouble is not None and self.trouble.cause == "corrupt"):
            raise self.refusal()
        about = state_records.write_about(self.about)

        def guarded(transaction: Transaction) -> T:
            if transaction.get([state_records.ABOUT, state_records.CLOSED]) != [about, None]:
                raise StoreError("gone", "another state took its place")
            return change(transaction)

        try:
            return self._store.write(guarded)
        except StoreError as error:
            if error.cause in ("gone", "corrupt"):
                self._trip(error)
            raise

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Refuse: a state that is served is not filled."""
        raise NotImplementedError

    def clear(self) -> None:
        """Refuse: a state that is served is not emptied."""
        raise NotImplementedError

    def close(self) -> None:
        """Look after the store no more, and close it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._store is not None:
            self._store.close()

    def look(self) -> None:
        """Find out whether a store in trouble is well again; never raises."""
        if self.trouble is None:
            return
        try:
            if self._store is None or self.trouble.cause in ("gone", "corrupt"):
                self._reopen()
            about = _about(self._store)
            self._check(about)
        except StoreError as error:
            self._trip(error)
            return
        except UserError as error:
            self._trip(StoreError("mismatch", f"expected {error.expected}; found {error.found}; {error.fix}"))
            return
        except Exception as error:  # the thread that looks must go on, whatever opening a store runs into
            self._trip(StoreError("unreachable", f"{type(error).__name__}: {error}"))
            log.exception("looking for the state failed")
            return
        log.info("the state can be read")
        self.about, self.trouble = about, None

    def _reopen(self) -> None:
        lost, self._store = self._store, None
        if lost is not None:
            time.sleep(LAST_READ_SECONDS)
            lost.close()
        self._store = self._open()

    def _trip(self, error: StoreError) -> None:
        if self.trouble is None or self.trouble.cause != error.cause:
            log.error("the state can't be read: %s", error)
        self.trouble = error

    def _run(self) -> None:
        wait = self._look_seconds
        while not self._stop.wait(wait):
            away = self.trouble is not None
            self.look()
            wait = min(2 * wait, LONGEST_WAIT_SECONDS) if away and self.trouble is not None else self._look_seconds


def _about(store: Store | None) -> state_records.StateAbout:
    about = None if store is None else restore.current(store)
    if about is None:
        raise StoreError("unfinished", "the store holds no whole state")
    return about
