"""The claim on the states of a store: the lock of the one process that loads a state and points to it.

A claim expires when its process has died. So whoever points to a state has to hold the claim in that very transaction.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from data.logs import log
from data.times import now_us
from features.stores.store import Store, StoreError, Transaction

CLAIM = b"loading"
CLAIM_SECONDS = 30.0
"""A claim expires after this time without renewal: its process has died."""
RENEW_SECONDS = 5.0
LOOK_SECONDS = 0.5


@contextmanager
def claimed(home: Store) -> Iterator[str]:
    """Hold the claim during the block: wait until no other process holds it, and renew it until the end."""
    token = uuid.uuid4().hex
    taking = partial(take, token=token)
    waited = False
    while not home.write(taking):
        if not waited:
            log.info("waiting for another process that loads a state")
        waited = True
        time.sleep(LOOK_SECONDS)
    done = threading.Event()
    renewal = threading.Thread(target=partial(_renew, home, taking, done), daemon=True)
    renewal.start()
    try:
        yield token
    finally:
        done.set()
        renewal.join()
        home.write(partial(release, token=token))


def take(store: Transaction, token: str) -> bool:
    """Take or renew the claim; false where another process holds it."""
    (taken,) = store.get([CLAIM])
    holder, _, at = (taken or b"").decode().partition(" ")
    now = now_us() / 1e6
    if taken is not None and holder != token and abs(now - float(at)) < CLAIM_SECONDS:
        return False
    store.put(CLAIM, f"{token} {now}".encode())
    return True


def release(store: Transaction, token: str) -> None:
    """Give the claim back, unless another process holds it by now."""
    if holds(store, token):
        store.delete(CLAIM)


def holds(store: Transaction, token: str) -> bool:
    """Whether the claim is still the one of ``token``."""
    (taken,) = store.get([CLAIM])
    return taken is not None and taken.startswith(token.encode())


def _renew(home: Store, taking: Callable[[Transaction], bool], done: threading.Event) -> None:
    while not done.wait(RENEW_SECONDS):
        try:
            home.write(taking)
        except StoreError as error:
            log.warning("the claim on the state can't be renewed: %s", error)
