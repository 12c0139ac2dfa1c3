"""The process that writes events: killed at any step, it loses and repeats nothing that was acknowledged."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from data.reading.reading import Reading
from data.times import iso, now_us
from features.online_state import order_record, records
from features.stores.memory import MemoryStore
from features.stores.store import Agenda, Snapshot, Store, Transaction
from serving.exchange_rates import ExchangeRates
from serving.http.problems import ProblemError
from serving.http.writer import client
from serving.http.writer.client import WriterClient
from serving.http.writer.event_writer import EventWriter
from serving.ports import AsGiven
from serving.state.event_feed import EventFeed
from serving.state.home import StateHome
from serving.state.served_state import ServedState
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import opened, served_shop
from tests.workspace import TOP, environment

T = TypeVar("T")
EVER = 1 << 62
BACK_SECONDS = 120
ANOTHER_READING = Reading(guests=("guest",)).as_json()
SCENE = """
import os, signal, sys
from functools import partial
from pathlib import Path
from features.online_state.live import LiveState
from serving import writer
from serving.assembly import parts
from serving.http.writer import server
from serving.exchange_rates import ExchangeRates
from serving.http.writer.event_writer import EventWriter
from serving.process.child import Role
from serving.process.listener import Listener
from serving.process.private_listener import PrivateListener
from serving.process.supervisor import Supervisor
from serving.settings import Settings
from serving.shops import Shop
from serving.state.home import StateHome
from serving.state.served_state import ServedState

folder = Path(sys.argv[1])
parts.home = lambda given: StateHome(given.settings.state, 730, folder / "seed")

def deadly(owner, name, *, before="", after=""):
    whole = getattr(owner, name)
    def run(*arguments):
        die_at(before)
        result = whole(*arguments)
        die_at(after)
        return result
    setattr(owner, name, run)

def die_at(step):
    wanted = folder / "step"
    if step and wanted.exists() and wanted.read_text() == step:
        wanted.unlink()
        os.kill(os.getpid(), signal.SIGKILL)

deadly(EventWriter, "write", before="when a body has come")
deadly(ServedState, "apply", before="before the transaction", after="after the transaction")
deadly(LiveState, "_take", after="within the transaction")
deadly(server, "write_answer", before="before the answer")
with PrivateListener() as listener:
    (folder / "socket.partial").write_text(str(listener.path))
    (folder / "socket.partial").rename(folder / "socket")
    role = Role("the event writer", partial(writer.write_events, listener, Shop.only(Settings.from_environment())))
    Supervisor([role], Listener("127.0.0.1", 0, 1), 10).run()
"""
STEPS = {
    "when a body has come": "applied",
    "before the transaction": "applied",
    "within the transaction": "applied",
    "after the transaction": "duplicate",
    "before the answer": "duplicate",
}
"""What is said of the same events when they are sent again, by the step at which the writer was killed."""


def order(name: str, at: int | None = None) -> dict[str, object]:
    """An order of two lines, placed just now, or at a time (microseconds since 1970)."""
    placed = [
        {"line_id": f"{name}-{place}", "product_id": f"p{place}", "quantity": 1, "price_minor": 2000}
        for place in range(2)
    ]
    ordered_at = iso(now_us() if at is None else at)
    named = {"event_id": name, "order_id": name, "customer_id": "c1"}
    return {"type": "order_placed", **named, "ordered_at": ordered_at, "lines": placed}


def body(*events: dict[str, object]) -> bytes:
    return json.dumps({"events": events}).encode()


def statuses(answer: bytes) -> list[str]:
    return [each["status"] for each in json.loads(answer)["results"]]


@dataclass(frozen=True)
class Writing:
    """A writer that is kept alive, and kills itself once it comes to the step that `die_at` named."""

    folder: Path
    home: StateHome

    @property
    def socket(self) -> Path:
        return Path((self.folder / "socket").read_text())

    def die_at(self, step: str) -> None:
        (self.folder / "step.partial").write_text(step)
        (self.folder / "step.partial").rename(self.folder / "step")


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """A supervisor with the writer, on the state of a small shop whose ids are not hashed."""
    folder = tmp_path_factory.mktemp("writing")
    shutil.copytree(served_shop().seed, folder / "seed")
    about = folder / "seed/about.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"id_key": None}))
    home = StateHome(f"lmdb:{folder / 'store'}", MAX_DELAY_DAYS, folder / "seed")
    home.prepare()
    variables = environment(RETURN_RISK_STATE=home.address, OMP_NUM_THREADS="1", PYTHONPATH=str(TOP))
    process = subprocess.Popen([sys.executable, "-c", SCENE, str(folder)], cwd=TOP, env=variables)
    for _ in range(6000):
        if (folder / "socket").exists() or process.poll() is not None:
            break
        time.sleep(0.01)
    yield Writing(folder, home)
    process.terminate()
    process.wait(30)


async def connected(socket: Path) -> WriterClient:
    async def know(_: str) -> None: ...

    worker = WriterClient(socket, know)
    await worker.start()
    return worker


async def acknowledged(worker: WriterClient, sent: bytes) -> list[str]:
    """Send a body until it is acknowledged, for as long as a writer may take to come back."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            try:
                return statuses((await worker.write(sent)).answer)
            except ProblemError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("step", STEPS)
def test_a_writer_that_is_killed_has_acknowledged_nothing_that_is_lost_and_counts_nothing_twice(
    writing: Writing, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "START_SECONDS", 60)
    names = [f"{step}, {number}" for number in range(3)]
    sent, other = body(order(names[0]), order(names[1])), body(order(names[2]))

    async def scene() -> tuple[Any, list[list[str]]]:
        worker = await connected(writing.socket)
        writing.die_at(step)
        asked = [asyncio.create_task(worker.write(each)) for each in (sent, other)]
        refused = await asyncio.gather(*asked, return_exceptions=True)
        again = [await acknowledged(worker, each) for each in (sent, sent, other)]
        await worker.stop()
        return refused, again

    refused, (first, second, third) = asyncio.run(scene())

    assert {type(each) for each in refused} == {ProblemError}
    assert {each.headers["Retry-After"] for each in refused} == {"1"}
    assert first == [STEPS[step]] * 2
    assert second == ["duplicate"] * 2
    assert third in (["applied"], ["duplicate"])  # it may have been in the same group
    with writing.home.reading() as store:
        assert [counted_lines(store, name) for name in names] == [2, 2, 2]


def counted_lines(store: Store, order_id: str) -> int:
    """How many lines of the order the counters hold: each has its one event, that of the order."""
    (value,) = store.read(lambda snapshot: snapshot.get([records.order_key(order_id)]))
    counted = {} if value is None else order_record.read(value).counted
    return sum(len(each.entries) for each in counted.values())


def test_no_event_is_refused_or_lost_while_the_state_of_a_new_run_takes_over(
    writing: Writing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "START_SECONDS", 60)
    before = writing.home.served()
    new = replace(writing.home, seed=shutil.copytree(writing.home.seed, tmp_path / "seed"))
    about = tmp_path / "seed/about.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"reading": ANOTHER_READING}))
    states: list[str | None] = []

    async def send_until(done: Callable[[], bool], worker: WriterClient) -> None:
        while not done():
            written = await worker.write(body(order(f"moving-{len(states)}")))
            assert written.counts == {"applied": 1}
            states.append(written.state)

    async def scene() -> None:
        worker = await connected(writing.socket)
        renewal = asyncio.create_task(asyncio.to_thread(new.renew, 3.0))
        async with asyncio.timeout(BACK_SECONDS):
            await send_until(renewal.done, worker)
            assert await renewal
            await send_until(lambda: states[-1] != before, worker)
        await worker.stop()

    asyncio.run(scene())

    assert (states[0], states[-1]) == (before, new.served())
    with new.reading() as store:
        assert {counted_lines(store, f"moving-{number}") for number in range(len(states))} == {2}


class Counted(MemoryStore):
    """A store in memory that counts its transactions."""

    transactions = 0

    def write(self, change: Callable[[Transaction], T]) -> T:
        self.transactions += 1
        return super().write(change)


def restored() -> Counted:
    store, shop = Counted(), served_shop().store()
    store.load(_records(shop), shop.read(_entries))
    return store


def _records(store: Store) -> list[tuple[bytes, bytes]]:
    keys = store.keys([b""])
    values = store.read(lambda snapshot: snapshot.get(keys))
    return [(key, value) for key, value in zip(keys, values, strict=True) if value is not None]


def _entries(snapshot: Snapshot) -> list[tuple[Agenda, int, bytes]]:
    return [(agenda, at, key) for agenda in Agenda for at, key in snapshot.due(agenda, EVER, EVER)]


def contents(store: Store) -> tuple[object, object]:
    return _records(store), store.read(_entries)


def test_events_of_several_requests_are_one_transaction_and_leave_the_bytes_that_each_alone_would() -> None:
    now, alone, together = now_us(), restored(), restored()
    returned: dict[str, object] = {"type": "line_returned", "event_id": "back", "line_id": "n3-0"}
    returned["returned_at"] = iso(now)
    first, last = [body(order(f"n{number}", now)) for number in range(6)], body(order("n6", now), order("n7", now))
    requests = [*first, body(returned), last]

    async def written(store: Counted, group_size: int) -> list[str]:
        feed = EventFeed(ServedState(opened(store), MAX_DELAY_DAYS), 100, group_size, clock=lambda: now)
        writer = EventWriter(feed, AsGiven(), tuple, ExchangeRates("EUR"))
        asked = [asyncio.create_task(writer.write(each)) for each in requests]
        await asyncio.sleep(0)  # all of them wait
        feed.start()
        answers = await asyncio.gather(*asked)
        await feed.stop(5)
        return [status for each in answers for status in statuses(each.answer)]

    before = alone.transactions, together.transactions
    assert asyncio.run(written(alone, 1)) == asyncio.run(written(together, 100)) == ["applied"] * 9

    assert alone.transactions - before[0] == len(requests)
    assert together.transactions - before[1] == 1
    assert contents(alone) == contents(together)
