"""Circuit breaker around the store: after a failure, reads are refused at once until the store works again.

A read that waits for an unreachable store would delay all requests behind it. So the first failure opens the breaker,
reads are refused with its cause, and a thread checks every second whether the store works again.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from data.errors import UserError
from data.logs import log
from features.online_state import records as state_records
from features.online_state import restore
from features.stores.store import Agenda, Snapshot, Store, StoreError, Transaction

LOOK_SECONDS = 1.0
MOVING = "moving"
"""The cause of the refusal of a write while another state replaces the one that is open."""
MOVED_READ_SECONDS = 1.0
"""Time for reads of the older state that still run when another one has replaced it."""
LONGEST_WAIT_SECONDS = 30.0
"""Longest time between two checks of a store that stays lost: a check may read a whole file."""
LAST_READ_SECONDS = 0.05
"""Time for reads that still run when the store is found lost; then the store is closed."""
T = TypeVar("T")


class Places(Protocol):
    """Knows which of several states of a store is served."""

    def served(self) -> str | None:
        """Name the state that is served; None where there is none."""

    def revive(self, name: str, store: Store, /) -> bool:
        """Let the state ``name`` in ``store`` take events again, where nobody replaces it any more."""


class GuardedStore:
    """The store that ``open_`` opens, and opens again after a loss; ``check`` raises `UserError` to refuse a state.

    ``about``: what the state in the store was built from; None until the first read. ``trouble``: why the store can't
    be read now; None while it can.
    """

    def __init__(
        self,
        open_: Callable[[], Store],
        check: Callable[[state_records.StateAbout], None],
        look_seconds: float = LOOK_SECONDS,
        places: Places | None = None,
    ) -> None:
        self._open, self._check, self._look_seconds = open_, check, look_seconds
        self._store: Store | None = None
        self._places = places
        self._name: str | None = None
        self._stop, self._woken = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.about: state_records.StateAbout | None = None
        self.trouble: StoreError | None = StoreError("gone", "the store was not opened yet")

    def start(self) -> None:
        """Open the store, and start the thread that checks it."""
        self.look()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let the thread check the store now."""
        self._woken.set()

    def refusal(self) -> StoreError:
        """Make the error to raise while the store can't be read: a new one, as a traceback grows with every raise."""
        trouble = self.trouble
        return StoreError("gone", "no store is open") if trouble is None else StoreError(trouble.cause, trouble.detail)

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Read as `Store.read`; refuse at once while the store is in trouble."""
        if self.trouble is not None or self._store is None:
            raise self.refusal()
        store = self._store
        try:
            return store.read(ask)
        except StoreError as error:
            if store is self._store:
                self._trip(error)
            raise

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Write as `Store.write`. A failed write does not stop reads: a full disk can be read.

        A corrupt store takes no more writes: it may have to be replaced, and acknowledged events would be lost. While
        another state replaces this one, writes are refused as ``moving``, and reads go on.
        """
        if self.about is None:
            raise self.refusal()
        return self.write_to(self.about, change)

    def write_to(self, state: state_records.StateAbout, change: Callable[[Transaction], T]) -> T:
        """Write to ``state`` alone: where another one has replaced it, the write is refused as ``moving``."""
        store = self._store
        if store is None or (self.trouble is not None and self.trouble.cause == "corrupt"):
            raise self.refusal()
        about = state_records.write_about(state)

        def guarded(transaction: Transaction) -> T:
            found, closed = transaction.get([state_records.ABOUT, state_records.CLOSED])
            if closed is not None or (found is not None and self.about != state):
                raise StoreError(MOVING, "another state is replacing this one")
            if found != about:
                raise StoreError("gone", "another state has replaced this one")
            return change(transaction)

        try:
            return store.write(guarded)
        except StoreError as error:
            if error.cause == MOVING:
                self._woken.set()
            if error.cause in ("gone", "corrupt"):
                self._trip(error)
            raise

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Search as `Store.keys`; a search that fails does not stop reads."""
        if self._store is None:
            raise self.refusal()
        return self._store.keys(prefixes)

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Refuse: a state that is served is not filled."""
        raise NotImplementedError

    def clear(self) -> None:
        """Refuse: a state that is served is not emptied."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the checks, and close the store."""
        self._stop.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._store is not None:
            self._store.close()

    def look(self) -> None:
        """Check whether a store in trouble works again, or whether another state is served; never raises."""
        if self.trouble is None:
            self._follow()
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
        except Exception as error:  # the thread must go on, whatever error opening a store raises
            self._trip(StoreError("unreachable", f"{type(error).__name__}: {error}"))
            log.exception("checking the store failed")
            return
        log.info("the state can be read")
        self.about, self.trouble = about, None

    def _reopen(self) -> None:
        lost, self._store = self._store, None
        if lost is not None:
            time.sleep(LAST_READ_SECONDS)
            lost.close()
        self._name = None if self._places is None else self._places.served()
        self._store = self._open()

    def _follow(self) -> None:
        """Move to the state that has replaced this one, or revive this one where its replacement was given up."""
        if self._store is None or self._places is None or self._name is None or not self._is_closed():
            return
        try:
            served = self._places.served()
            if served == self._name:
                self._places.revive(self._name, self._store)
            else:
                self._move(served)
        except StoreError as error:
            log.warning("the state that replaces this one can't be opened yet: %s", error)
        except UserError as error:
            refused = "the state that replaces this one can't be served: expected %s; found %s"
            log.error(refused, error.expected, error.found)  # noqa: TRY400 - the user's mistake
        except Exception:  # the thread must go on
            log.exception("moving to another state failed")

    def _is_closed(self) -> bool:
        try:
            return self.read(lambda snapshot: snapshot.get([state_records.CLOSED])) != [None]
        except StoreError:  # `read` has noted it
            return False

    def _move(self, served: str | None) -> None:
        new = self._open()
        try:
            about = _about(new)
            self._check(about)
        except BaseException:
            new.close()
            raise
        old, self._name = self._store, served
        self._store, self.about = new, about
        log.info("moved to the state that has replaced the one before")
        if old is not None:
            time.sleep(MOVED_READ_SECONDS)
            old.close()

    def _trip(self, error: StoreError) -> None:
        if self.trouble is None or self.trouble.cause != error.cause:
            log.error("the state can't be read: %s", error)
        self.trouble = error

    def _run(self) -> None:
        wait = self._look_seconds
        while not self._stop.is_set():
            self._woken.wait(wait)
            self._woken.clear()
            if self._stop.is_set():
                return
            away = self.trouble is not None
            self.look()
            wait = min(2 * wait, LONGEST_WAIT_SECONDS) if away and self.trouble is not None else self._look_seconds


def _about(store: Store | None) -> state_records.StateAbout:
    about = None if store is None else restore.current(store)
    if about is None:
        raise StoreError("unfinished", "the store holds no whole state")
    return about
