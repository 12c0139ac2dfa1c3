"""A running service moves to the state of a new run: no event is lost, and the end is that of all events."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from data import validate
from data.sources import snapshot
from data.times import now_us, to_us
from features.exporting.export import Base, export
from features.online.features import OnlineFeatures
from features.online_state.events import Event, Receipt, Status
from features.online_state.live import LiveState
from features.online_state.seed_file import read_about
from features.stores.memory import MemoryStore
from features.stores.store import Agenda, Snapshot, Store, StoreError
from serving.state import claim
from serving.state.event_feed import EventFeed
from serving.state.guarded_store import GuardedStore
from serving.state.home import StateHome
from serving.state.served_state import ServedState
from tests.features.crowded_shop import OUTCOME, PARAMS
from tests.features.event_log import event_log
from tests.features.exporting.test_export import (
    ALL,
    ANY,
    COLUMNS,
    CUT,
    OF_SHOP,
    SHOP,
    assert_same,
    built,
    of_events,
    rows,
    with_rejects,
)
from tests.features.seeds import advance, cut, recipe_of, restored
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import any_state

EVER = 1 << 62
ONLINE = OnlineFeatures(recipe_of(COLUMNS))
REMEMBER_DAYS = 3650
RENEW = """
import os, signal, sys
from pathlib import Path
from features.online_state import restore
from serving.state import claim, home

address, seed, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
claim.CLAIM_SECONDS, claim.RENEW_SECONDS = 1.0, 0.2
carry_over, calls = restore.carry_over, []

def dying(*arguments):
    calls.append(1)
    if len(calls) == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return carry_over(*arguments)

restore.carry_over = dying
home.StateHome(address, 730, seed).renew(wait_seconds=3.0)
"""
"""Renews; killed at the carrying over of the number ``last``, of which the second finds the older state closed."""


@dataclass
class Service:
    """What a worker holds of the state, with a caller that sends one event after the other until all have counted.

    ``allowed``: the share of the events that may be sent by now.
    """

    home: StateHome
    events: Sequence[Event]
    receipts: list[Receipt] = field(default_factory=list)
    failures: int = 0
    troubles: set[str | None] = field(default_factory=set)
    allowed: float = 0.25
    pause: float = 0.02

    def __post_init__(self) -> None:
        self.store = GuardedStore(self.home.open, any_state, look_seconds=0.1, places=self.home)
        self.store.start()
        self.feed = EventFeed(ServedState(self.store, MAX_DELAY_DAYS), 100)
        self.sender = threading.Thread(target=lambda: asyncio.run(self._send()), daemon=True)

    async def _send(self) -> None:
        self.feed.start()
        for number, event in enumerate(self.events):
            while number >= self.allowed * len(self.events):  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(0.01)
            while True:
                try:
                    self.receipts += await self.feed.submit([event])
                    break
                except StoreError:
                    self.failures += 1
                    await asyncio.sleep(0.05)
            self.troubles.add(None if self.store.trouble is None else self.store.trouble.cause)
            await asyncio.sleep(self.pause)
        await self.feed.stop(10)

    def send(self, share: float) -> None:
        """Allow a share of the events, and wait until they were answered."""
        self.allowed = share
        _wait_for(lambda: len(self.receipts) >= share * len(self.events))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables at `CUT` and a state of them, all tables of the shop, and a state of these: no test changes them."""
    folder = tmp_path_factory.mktemp("tables")
    _built(folder / "base", of_events(cut(SHOP, CUT)).write(folder / "base/validated"))
    _built(folder / "all", of_events(SHOP).write(folder / "all/validated"))
    return folder


@pytest.fixture
def case(tables: Path, tmp_path: Path) -> "Case":
    events = [
        event for moment in event_log(tables / "all/validated") if moment.at > to_us(CUT) for event in moment.events
    ]
    home = StateHome(f"lmdb:{tmp_path / 'store'}", MAX_DELAY_DAYS, tables / "base/state")
    home.prepare()
    return Case(tables, tmp_path, home, events)


def _built(folder: Path, validated: Path) -> Path:
    return built(folder, validated, ONLINE, REMEMBER_DAYS)


@dataclass(frozen=True)
class Case:
    tables: Path
    folder: Path
    home: StateHome
    events: list[Event]

    def next_run(self, store: Store, number: int = 1) -> Path:
        """The seed of tables that the present state amounts to."""
        out = self.folder / f"run{number}"
        base = Base(self.tables / "base/validated", OF_SHOP)
        export(store, base, out / "snapshot", now_us(), MAX_DELAY_DAYS, PARAMS)
        validate.validate(with_rejects(out / "snapshot"), out / "validated", out / "report", ANY, OUTCOME)
        return _built(out, out / "validated")

    def renew(self, seed: Path, last: int = 0) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", RENEW, self.home.address, str(seed), str(last)])


def assert_the_end_is_that_of_all_events(case: Case) -> None:
    """The state that is served at the end is the one of a bulk import of the same facts."""
    copied = MemoryStore()
    with case.home.reading() as store:
        copied.load(_records(store), store.read(_entries))
    assert_the_tables_are_those_of_all_events(case, copied)
    live = advance(LiveState(copied, ONLINE.contents, REMEMBER_DAYS, MAX_DELAY_DAYS), now_us())
    whole = restored(case.tables / "all/state", ONLINE)
    whole = advance(LiveState(whole.store, ONLINE.contents, REMEMBER_DAYS, MAX_DELAY_DAYS), now_us())
    assert_same(live, whole, ONLINE)


def assert_the_tables_are_those_of_all_events(case: Case, store: Store) -> None:
    """The snapshot that was written before the takeover, and the events since, are the bulk import."""
    out = case.folder / "run1/snapshot"
    export(store, Base(out, snapshot.read(out)), out, now_us(), MAX_DELAY_DAYS, PARAMS)
    for table in ALL:
        assert rows(table, out, set()) == rows(table, case.tables / "all/validated", set()), table.name


def _records(store: Store) -> list[tuple[bytes, bytes]]:
    keys = store.keys([b""])
    values = store.read(lambda snapshot: snapshot.get(keys))
    return [(key, value) for key, value in zip(keys, values, strict=True) if value is not None]


def _entries(snapshot: Snapshot) -> list[tuple[Agenda, int, bytes]]:
    return [(agenda, at, key) for agenda in Agenda for at, key in snapshot.due(agenda, EVER, EVER)]


def test_no_event_is_lost_while_the_state_of_a_new_run_takes_over(case: Case) -> None:
    service = Service(case.home, case.events)
    service.sender.start()
    service.send(0.25)

    seed = case.next_run(service.store)
    service.send(0.5)
    renewal = case.renew(seed)
    service.allowed = 1.0
    assert renewal.wait(120) == 0
    service.sender.join(120)

    _wait_for(lambda: service.store.about == read_about(seed))
    service.store.close()
    assert service.failures == 0
    assert service.troubles == {None}
    assert {each.status for each in service.receipts} <= {Status.APPLIED, Status.NOT_COUNTED, Status.DUPLICATE}
    assert_the_end_is_that_of_all_events(case)


@pytest.mark.parametrize("last", [1, 2], ids=["while events are carried over", "while the older state is closed"])
def test_a_takeover_that_is_killed_leaves_the_service_as_it_was(
    case: Case, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "CLAIM_SECONDS", 1.0)
    service = Service(case.home, case.events)
    service.sender.start()
    service.send(0.25)
    before, seed = service.store.about, case.next_run(service.store)

    service.allowed = 0.5
    assert case.renew(seed, last).wait(120) == -signal.SIGKILL
    service.send(0.75)
    assert service.store.about == before
    service.allowed = 1.0
    assert case.renew(seed).wait(120) == 0
    service.sender.join(120)

    _wait_for(lambda: service.store.about == read_about(seed))
    service.store.close()
    assert service.failures == 0
    assert service.troubles == {None}
    assert_the_end_is_that_of_all_events(case)


def _wait_for(what: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)
