"""The home of the online state: loads the seed of the last run, and applies the events that came since.

Each seed gets a namespace of its own in the store, and a pointer in the store names the namespace that is served. So a
state is never a mixture of two seeds, and running workers keep their state until a start has prepared the next one.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.errors import UserError
from data.identity import KEY_VARIABLE
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeys, fingerprint_of_store
from data.pseudonyms.pseudonyms import Pseudonyms
from data.reading.reading import Reading
from data.times import now_us
from features.online_state import records, restore
from features.online_state.contents import StateContents
from features.online_state.live import LiveState
from features.online_state.records import BY_THE_CLOCK, Latest, Silence, StateAbout
from features.online_state.seed_file import STATE, read_about
from features.recipe import Recipe
from features.stores.address import namespaces, open_store, remove, verify
from features.stores.store import Store, StoreError, Transaction
from serving.state.claim import claimed, holds, release, take

HOME = "home"
"""Namespace of the pointer, and of the claim: the lock of the process that loads a state."""
OF_DECISIONS = "decisions"
"""Namespace of what was chosen for baskets, which outlives every state."""
POINTER = b"serving"
MOVE_SECONDS = 5.0
"""Time that running workers get to move from an older state to the new one; they look every second."""
CLOCKS_APART = 300_000_000
"""How far the clocks of machines that write events may differ, in microseconds: so much is carried over twice."""
PATIENCE_SECONDS = 30.0
"""Time limit for one answer of a remote store while a state is loaded, as much is read at once."""


@dataclass(frozen=True)
class StateHome:
    """The store at ``address``, for the seed in the folder ``seed``.

    ``max_delay_days`` and ``silence`` are as `LiveState` takes them.

    ``pseudonyms``: those of the shop. Where they come of secrets, a state that is loaded forgets customers without one:
    they were erased after the tables of its seed were written.
    """

    address: str
    max_delay_days: int
    seed: Path = STATE
    pseudonyms: Pseudonyms | None = None
    silence: Silence = BY_THE_CLOCK

    def prepare(self) -> None:
        """Make sure that the store holds the state of the seed, or a later one, and point to it.

        Raises
        ------
        UserError
            There is neither a seed nor a state, or the seed is broken, or of another version of the code.
        StoreError
            The store can't be read or written.
        """
        with self._opened(HOME) as home:
            served = _pointer(home)
            if not self.seed.is_dir():
                if served is None:
                    raise UserError(
                        expected=f"the seed of the online state in {self.seed}, or a state in the store",
                        found="neither",
                        fix="make the seed: dvc repro",
                    )
                return
            about = read_about(self.seed)
            with claimed(home) as token:
                served = _pointer(home)
                if not self._is_later(served, about):
                    self._serve(home, served, about, token)

    def renew(self, wait_seconds: float = MOVE_SECONDS) -> bool:
        """Replace the state that a running service serves by that of the seed; give whether it was another one.

        The service takes events all the while, but for the moment in which the last of them are carried over: then it
        lets them wait. Its workers move within a second; after ``wait_seconds`` the older state is removed. A process
        that is killed on the way leaves the service as it was.

        Raises
        ------
        UserError
            There is no seed, it is broken or of another version, or its tables are older than those of the state.
        StoreError
            The store can't be read or written.
        """
        about = read_about(self.seed)
        with self._opened(HOME) as home, claimed(home) as token:
            served = _pointer(home)
            if served == name_of(about):
                return False
            if self._is_later(served, about):
                raise UserError(
                    expected="a seed with later tables than those of the state that is served",
                    found=f"tables that end earlier in {self.seed}",
                    fix="export the tables again, and run the pipeline on them: make retrain",
                )
            self._serve(home, served, about, token, wait_seconds)
        return True

    def served(self) -> str | None:
        """Name the namespace of the state that is served; None where there is none."""
        with self._opened(HOME) as home:
            return _pointer(home)

    def revive(self, name: str, store: Store) -> bool:
        """Let the state ``name`` in ``store`` take events again, where the process that was replacing it is gone."""
        with self._opened(HOME) as home:
            token = uuid.uuid4().hex
            if not home.write(partial(take, token=token)):
                return False
            try:
                if _pointer(home) != name:
                    return False
                store.write(lambda transaction: transaction.delete(records.CLOSED))
            finally:
                home.write(partial(release, token=token))
        log.warning("a state that was being replaced takes events again: the process that replaced it is gone")
        return True

    def open(self) -> Store:
        """Verify the state that is served, and open it.

        Raises
        ------
        StoreError
            There is no state, or it is broken.
        """
        name = self.served()
        if name is None:
            raise StoreError("unfinished", "no state was prepared in the store yet")
        verify(self.address, name)
        return open_store(self.address, name)

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """Open the state that is served to read much of it, beside the service.

        Raises
        ------
        StoreError
            There is no state, or the store can't be read.
        """
        name = self.served()
        if name is None:
            raise StoreError("unfinished", "no state was prepared in the store yet")
        with self._opened(name) as store:
            yield store

    def about(self) -> StateAbout | None:
        """Describe what the served state was built from; None where there is no state."""
        name = self.served()
        if name is None:
            return None
        with self._opened(name) as store:
            return restore.current(store)

    def latest(self) -> Latest:
        """Give the times of the latest facts in the served state; of no state, no time is known."""
        name = self.served()
        if name is None:
            return Latest()
        with self._opened(name) as store:
            return records.read_latest(store.read(lambda snapshot: snapshot.get([records.LATEST]))[0])

    def _is_later(self, served: str | None, about: StateAbout) -> bool:
        """Whether the store already serves a state that was built from later tables than this machine's seed."""
        if served is None or served == name_of(about):
            return False
        with self._opened(served) as store:
            present = restore.current(store)
        if present is None or (present.as_of or 0) <= (about.as_of or 0):
            return False
        try:
            recipe_of(present)
        except UserError as error:
            log.warning(
                "the seed replaces the state in the store, which has later tables but can't be read: %s", error.found
            )
            return False
        log.warning("the state in the store has later tables than the seed here: the state in the store is served")
        return True

    def _serve(self, home: Store, served: str | None, about: StateAbout, token: str, wait_seconds: float = 0.0) -> None:
        """Load the seed beside the served state, apply the events that came since, and point to the new state."""
        name = name_of(about)
        recipe_of(about), reading_of(about)  # a seed that can't be read is refused before it is loaded
        with self._opened(name) as store:
            if restore.current(store) is None:
                log.info("loading the state of the last run")
                store.clear()  # an earlier start may have left it half loaded
                restore.restore(self.seed, store)
            live = live_state(store, about, self.max_delay_days, self.silence)
            if served not in (None, name):
                self._take_over(home, str(served), live, name, token)
            else:
                _advance(live)
                self._forget_erased(live, about)
                home.write(partial(_point, name=name, token=token))
        time.sleep(0 if served in (None, name) else wait_seconds)
        for other in namespaces(self.address):
            if other not in (name, HOME, OF_DECISIONS):
                remove(self.address, other)

    def _take_over(self, home: Store, older: str, live: LiveState, name: str, token: str) -> None:
        """Apply the events of the older state to the new one, and point to it; an interruption leaves the older one.

        While most events are applied, the older state takes new ones. It refuses them only while those that came
        meanwhile are applied.
        """
        with self._opened(older) as old:
            began = now_us()
            _log(restore.carry_over(old, live, began))
            _advance(live)  # windows that closed while nothing ran: so no read has to close them
            self._forget_erased(live, restore.current(live.store))
            old.write(lambda transaction: transaction.put(records.CLOSED, b"1"))
            try:
                restore.carry_over(old, live, now_us(), began - CLOCKS_APART)
                home.write(partial(_point, name=name, token=token))
            except BaseException:
                old.write(lambda transaction: transaction.delete(records.CLOSED))
                raise
        log.info("the state of the last run is served")

    def _forget_erased(self, live: LiveState, about: StateAbout | None) -> None:
        """Forget the customers of the seed who have no secret; those of another file of secrets are refused later."""
        keys = self.pseudonyms
        if about is None or not isinstance(keys, CustomerKeys) or keys.fingerprint != about.id_key:
            return
        living = set(keys.living())
        if erased := [each for each in live.customers() if each not in living]:
            live.forget(erased, now_us())
            log.info("forgot %d customers who were erased since the tables were written", len(erased))

    @contextmanager
    def _opened(self, name: str) -> Iterator[Store]:
        store = open_store(self.address, name, PATIENCE_SECONDS)
        try:
            yield store
        finally:
            store.close()


def live_state(store: Store, about: StateAbout, max_delay_days: int, silence: Silence = BY_THE_CLOCK) -> LiveState:
    """The state that events keep current, with the counters that it was built for.

    Raises
    ------
    UserError
        The state is of another version of the code.
    """
    return LiveState(store, StateContents(recipe_of(about)), about.remember_days, max_delay_days, silence)


def recipe_of(about: StateAbout) -> Recipe:
    """The recipe of features that a state's counters were made for.

    Raises
    ------
    UserError
        The state is of another version of the code.
    """
    try:
        return Recipe.from_json(about.recipe)
    except UserError as error:
        raise _of_another_version(f"a state whose recipe of features this version can't read: {error.found}") from None


def reading_of(about: StateAbout) -> Reading:
    """How keys and labels were read from the shop's files for the tables that a state was built from.

    Raises
    ------
    UserError
        The state is of another version of the code.
    """
    try:
        return Reading.from_json(about.reading)
    except UserError as error:
        found = f"a state with a reading of keys and labels that this version doesn't know: {error.found}"
        raise _of_another_version(found) from None


def _of_another_version(found: str) -> UserError:
    return UserError(
        expected="an online state of this version of the code",
        found=found,
        fix="make its seed with this version (dvc repro), and restart the service",
    )


def check(about: StateAbout | None, pseudonyms: Pseudonyms) -> None:
    """Check that the state can be served: it is of this version, and its customers' pseudonyms are those of the shop.

    Raises
    ------
    UserError
        The state is of another version of the code; or the environment holds another key, or another file of secrets.
    """
    if about is not None:
        recipe_of(about)
        reading_of(about)
    check_identity(about, pseudonyms)


def check_identity(about: StateAbout | None, pseudonyms: Pseudonyms) -> None:
    """Check that the customers of the state have the ``pseudonyms`` of the shop.

    Raises
    ------
    UserError
        The environment holds another key, or another file of secrets, or it was lost: no customer would be known. Or
        the state is of a version with hashes.
    """
    if about is None or about.id_key is None or pseudonyms.fingerprint == about.id_key:
        return
    if isinstance(pseudonyms, CustomerKeys) and pseudonyms.key_fingerprint == about.id_key:
        raise UserError(
            expected="a state whose customers' pseudonyms are of secrets",
            found=f"hashes by the shop's key ({about.id_key}), as pseudonyms were up to the version before",
            fix="run dvc repro --force on the shop's export (docs/how-to/privacy.md, From a version with hashes)",
        )
    found, store = pseudonyms.fingerprint, fingerprint_of_store(about.id_key)
    if store is not None and (found is None or found.startswith(about.id_key.removesuffix(store))):
        raise UserError(
            expected=f"the file of customers' secrets by which the orders' customers are known ({store})",
            found="no such file" if found is None else f"another file ({fingerprint_of_store(found)})",
            fix="bring the file back from a backup, and correct RETURN_RISK_CUSTOMER_KEYS; where it is lost, run dvc"
            " repro --force: each customer then begins anew under another pseudonym, with the history of the tables",
        )
    raise UserError(
        expected=f"{KEY_VARIABLE} to be the key of the orders' customers ({about.id_key})",
        found="no file of customers' secrets" if found is None else f"a key with the fingerprint {found}",
        fix=f"export {KEY_VARIABLE} as it was when dvc repro ran, or run dvc repro --force with this one",
    )


def _point(store: Transaction, name: str, token: str) -> None:
    """Point to the state ``name``, unless the claim was lost: then workers may have gone on with the older one."""
    if not holds(store, token):
        raise StoreError("locked", "another process took the claim on the state while this one stood still")
    store.put(POINTER, name.encode())


def _advance(live: LiveState) -> None:
    while live.advance(now_us()):
        pass


def _log(carried: restore.CarriedOver) -> None:
    log.info(
        "events of the state before that were applied again: %s, %d skipped",
        ", ".join(f"{count} {status}" for status, count in carried.statuses.items()) or "none",
        carried.skipped,
    )
    if not carried.complete:
        log.warning("the tables end before the oldest event that is remembered: events in between may be lost")


def _pointer(home: Store) -> str | None:
    (name,) = home.read(lambda snapshot: snapshot.get([POINTER]))
    return None if name is None else name.decode()


def name_of(about: StateAbout) -> str:
    """The namespace of a state. Another mapping may give the same seed, and has another reading of requests."""
    name = f"{about.seed[:12]}-{about.state_digest[:8]}"
    if not about.reading:
        return name
    reading = json.dumps(about.reading, sort_keys=True).encode()
    return f"{name}-{hashlib.sha256(reading).hexdigest()[:8]}"
