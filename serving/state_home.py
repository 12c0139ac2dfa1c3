"""Where the online state lives: filled from the seed of the last run, with the events that came since.

Each seed gets a namespace of its own in the store, so that a state is never half of one and half of another. What the
state before was told since is told to the new one, too; only then is the old one removed.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.errors import UserError
from data.identity import KEY_VARIABLE, key_from_environment
from features import facts, restore
from features.facts import About
from features.live import LiveState
from features.online import OnlineFeatures
from features.recipe import Recipe
from features.seed_file import STATE, read_about
from features.stores.address import namespaces, open_store, verify
from features.stores.store import Store, Transaction

LOADING = "loading"
"""Namespace in which a machine says that it loads a seed, so that no other one does so at the same time."""
LOADING_SECONDS = 900
"""After this a machine that said so is taken for dead."""
LOOK_SECONDS = 0.5

log = logging.getLogger("return_risk")


@dataclass(frozen=True)
class StateHome:
    """The store at ``address``, for the seed in the folder ``seed``."""

    address: str
    remember_days: int
    seed: Path = STATE

    def prepare(self) -> None:
        """Make sure that the store holds the state of the seed.

        Raises
        ------
        UserError
            There is neither a seed nor a state, or the seed is broken.
        StoreError
            The store can't be read or written.
        """
        if not self.seed.is_dir():
            self._only_one()
            return
        about = read_about(self.seed)
        with self._alone(about), _opened(self.address, _name(about)) as store:
            if restore.current(store) is None:
                log.info("loading the state of the last run")
                store.clear()  # what a start before may have left half done
                restore.restore(self.seed, store)
            live = live_state(store, about, self.remember_days)
            for older in self._others(about):
                self._take_over(older, live)

    def open(self) -> Store:
        """Open the store that `prepare` filled, once it is found to be sound.

        Raises
        ------
        StoreError
            It is not there, or broken.
        """
        name = self._present()
        verify(self.address, name)
        return open_store(self.address, name)

    def about(self) -> About | None:
        """Say what the state was built of; None where it is unfinished."""
        with _opened(self.address, self._present()) as store:
            return restore.current(store)

    def _present(self) -> str:
        return _name(read_about(self.seed)) if self.seed.is_dir() else self._only_one()

    def _take_over(self, older: str, live: LiveState) -> None:
        """Tell the new state what the older one was told, and remove that; repeated after an interruption."""
        with _opened(self.address, older) as old:
            old.write(lambda transaction: transaction.put(facts.CLOSED, b"1"))  # whoever still writes there is refused
            told = restore.carry_over(old, live, time.time_ns() // 1000)
            log.info("events that an older state had been told: %s", told)
            old.clear()

    def _others(self, about: About) -> list[str]:
        return [name for name in namespaces(self.address) if name not in (_name(about), LOADING)]

    def _only_one(self) -> str:
        """The one state that is there, where no seed says which."""
        found = [name for name in namespaces(self.address) if name != LOADING]
        if len(found) != 1:
            raise UserError(
                expected=f"the seed of the online state in {self.seed}, or one state in the store",
                found=f"no such folder, and {len(found)} states",
                fix="make the seed: dvc repro",
            )
        return found[0]

    @contextmanager
    def _alone(self, about: About) -> Iterator[None]:
        """Wait until no other machine loads this seed."""
        key = _name(about).encode()

        def claim(store: Transaction) -> bool:
            (taken,) = store.get([key])
            now = time.time()
            if taken is not None and now - float(taken) < LOADING_SECONDS:
                return False
            store.put(key, str(now).encode())
            return True

        with _opened(self.address, LOADING) as store:
            while not store.write(claim):
                time.sleep(LOOK_SECONDS)
            try:
                yield
            finally:
                store.write(lambda transaction: transaction.delete(key))


def live_state(store: Store, about: About, remember_days: int) -> LiveState:
    """The state that events keep current, with the counters that it was built for."""
    return LiveState(store, OnlineFeatures(Recipe.from_json(about.recipe)), remember_days)


def check_identity(about: About | None) -> None:
    """See to it that customer ids are hashed as those of the state were.

    Raises
    ------
    UserError
        The environment holds another key than the state's ids were hashed with: no customer would be known.
    """
    if about is None or about.id_key is None:
        return
    key = key_from_environment(warn=False)
    if key.fingerprint != about.id_key:
        raise UserError(
            expected=f"{KEY_VARIABLE} to be the key that the orders' customers were hashed with ({about.id_key})",
            found=f"a key with the fingerprint {key.fingerprint}",
            fix=f"export {KEY_VARIABLE} as it was when dvc repro ran, or run dvc repro --force with this one",
        )


def _name(about: About) -> str:
    return f"{about.seed[:12]}-{about.state_digest[:8]}"


@contextmanager
def _opened(address: str, name: str) -> Iterator[Store]:
    store = open_store(address, name)
    try:
        yield store
    finally:
        store.close()
