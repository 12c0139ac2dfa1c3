"""A worker and the process that writes events, both in this process, over a real socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from features.online_state.events import Event, LineReturned, Receipt, Status
from features.stores.store import StoreError
from serving.exchange_rates import ExchangeRates
from serving.http.problems import ProblemError, ProblemKind
from serving.http.writer import client
from serving.http.writer.client import WriterClient
from serving.http.writer.event_writer import EventWriter
from serving.http.writer.messages import Notice
from serving.http.writer.server import WriterServer
from serving.ports import AsGiven
from serving.process.private_listener import PrivateListener
from tests.serving.fakes import FakeFeeding

AT = "2024-05-31T12:00:00Z"


def body(*names: str) -> bytes:
    """Returns of lines, as a request has them."""
    events = [{"type": "line_returned", "event_id": name, "line_id": "l", "returned_at": AT} for name in names]
    return json.dumps({"events": events}).encode()


@dataclass
class Writer:
    """The writer at ``listener``, which can end and begin again; ``known`` are the states that the worker was told."""

    listener: PrivateListener
    feeding: FakeFeeding = field(default_factory=FakeFeeding)
    notice: Notice = field(default_factory=Notice)
    state: str | None = None
    known: list[str] = field(default_factory=list)
    beats: int = 0

    def worker(self) -> WriterClient:
        async def know(state: str) -> None:
            self.known.append(state)

        return WriterClient(self.listener.path, know)

    def begin(self) -> tuple[asyncio.Task[None], asyncio.Event]:
        """Serve until the event is set; cancelled, it ends as if it were killed."""
        ended, writing = (
            asyncio.Event(),
            EventWriter(self.feeding, AsGiven(), tuple, ExchangeRates("EUR"), lambda: self.state),
        )
        server = WriterServer(writing, lambda: self.notice, self._beat)
        return asyncio.create_task(server.serve(self.listener.for_server(), ended, patience=5)), ended

    def _beat(self) -> None:
        self.beats += 1


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.01)
    monkeypatch.setattr("serving.http.writer.server.NOTICE_SECONDS", 0.01)
    with PrivateListener() as listener:
        yield Writer(listener)


def beside(writer: Writer, scene: Callable[[WriterClient], Awaitable[None]]) -> None:
    """Run ``scene`` with a worker that is connected, and end both."""

    async def run() -> None:
        task, ended = writer.begin()
        worker = writer.worker()
        await worker.start()
        await scene(worker)
        ended.set()
        await worker.stop()
        await asyncio.wait_for(task, 5)

    asyncio.run(run())


def test_a_worker_gets_the_answer_and_what_to_count(writer: Writer) -> None:
    writer.feeding.status = lambda event: Status.REFUSED if event.event_id == "b" else Status.APPLIED

    async def scene(worker: WriterClient) -> None:
        written = await worker.write(body("a", "b", "c"))

        assert [each["status"] for each in json.loads(written.answer)["results"]] == ["applied", "refused", "applied"]
        assert (written.counts, written.lines) == ({"applied": 2, "refused": 1}, 3)
        assert worker.trouble is None

    beside(writer, scene)
    assert writer.feeding.events == [LineReturned(name, "l", 1_717_156_800_000_000) for name in "abc"]


def test_each_request_gets_its_own_answer_whatever_their_order(writer: Writer) -> None:
    async def submit(events: Sequence[Event]) -> list[Receipt]:
        await asyncio.sleep(0.001 * (9 - int(events[0].event_id)))
        return [Receipt(each.event_id, Status.APPLIED) for each in events]

    async def scene(worker: WriterClient) -> None:
        answers = await asyncio.gather(*(worker.write(body(str(number))) for number in range(10)))

        named = [json.loads(each.answer)["results"][0]["event_id"] for each in answers]
        assert named == [str(number) for number in range(10)]

    writer.feeding.submit = submit  # type: ignore[method-assign]
    beside(writer, scene)


def test_what_is_wrong_with_a_body_is_said_as_if_the_worker_had_read_it(writer: Writer) -> None:
    async def scene(worker: WriterClient) -> None:
        with pytest.raises(ProblemError) as raised:
            await worker.write(b'{"events": [{"type": "line_returned", "event_id": "a"}]}')

        assert raised.value.kind is ProblemKind.INVALID
        assert {each.pointer for each in raised.value.errors} == {"/events/0/line_id", "/events/0/returned_at"}

    beside(writer, scene)


@pytest.mark.parametrize(
    ("failure", "kind", "seconds"),
    [
        (StoreError("full", "no space at /var/x"), ProblemKind.UNAVAILABLE, "5"),
        (KeyError("x"), ProblemKind.INTERNAL, ""),
    ],
)
def test_a_request_that_fails_in_the_writer_fails_alone(
    writer: Writer, failure: Exception, kind: ProblemKind, seconds: str
) -> None:
    async def scene(worker: WriterClient) -> None:
        writer.feeding.fails_with = failure
        with pytest.raises(ProblemError) as raised:
            await worker.write(body("a"))
        writer.feeding.fails_with = None

        assert (raised.value.kind, raised.value.headers.get("Retry-After", "")) == (kind, seconds)
        assert (await worker.write(body("a"))).counts == {"applied": 1}

    beside(writer, scene)


def test_a_worker_reads_the_state_that_was_written_to_before_it_answers(writer: Writer) -> None:
    async def scene(worker: WriterClient) -> None:
        writer.state = "of-the-new-run"
        await worker.write(body("a"))

        assert writer.known == ["of-the-new-run"]

    beside(writer, scene)


def test_a_worker_knows_when_events_cannot_be_written_and_when_they_can_again(writer: Writer) -> None:
    async def scene(worker: WriterClient) -> None:
        writer.notice = Notice("full", "no space left")
        await eventually(lambda: worker.trouble is not None)
        trouble = worker.trouble
        writer.notice = Notice()
        await eventually(lambda: worker.trouble is None)

        assert trouble is not None
        assert (trouble.cause, trouble.detail) == ("events_full", "no space left")

    beside(writer, scene)
    assert writer.beats > 1


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - a test looks from outside
            await asyncio.sleep(0.005)


def refused(answer: Any) -> bool:
    return (
        isinstance(answer, ProblemError)
        and answer.kind is ProblemKind.UNAVAILABLE
        and answer.headers == {"Retry-After": "1"}
    )


def test_while_the_writer_is_started_anew_events_are_refused_at_once_and_then_taken_again(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "START_SECONDS", 0.02)

    async def scene() -> None:
        worker = writer.worker()
        await worker.start()  # it connects, and nobody answers
        (answer,) = await asyncio.gather(worker.write(body("a")), return_exceptions=True)
        away = worker.trouble
        task, ended = writer.begin()
        await eventually(lambda: worker.trouble is None)

        assert refused(answer)
        assert away is not None
        assert away.cause == "events_away"
        assert (await worker.write(body("a"))).counts == {"applied": 1}
        ended.set()
        await worker.stop()
        await asyncio.wait_for(task, 5)

    asyncio.run(scene())


def test_what_the_writer_had_not_answered_when_it_ended_is_to_be_sent_again(writer: Writer) -> None:
    async def scene() -> None:
        worker = writer.worker()
        task, ended = writer.begin()
        await worker.start()
        writer.feeding.seconds = 60
        asked = asyncio.create_task(worker.write(body("a")))
        await asyncio.sleep(0.05)
        (connection,) = await open_connections(worker)
        connection.abort()
        (answer,) = await asyncio.gather(asked, return_exceptions=True)
        writer.feeding.seconds = 0
        await eventually(lambda: worker.trouble is None)

        assert refused(answer)
        assert (await worker.write(body("a"))).counts == {"applied": 1}
        ended.set()
        await worker.stop()
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scene())


async def open_connections(worker: WriterClient) -> list[asyncio.Transport]:
    connection = worker._connection
    return [] if connection is None or connection._transport is None else [connection._transport]


def test_the_writer_ends_after_the_last_request_of_the_workers(writer: Writer) -> None:
    async def scene() -> None:
        task, ended = writer.begin()
        worker = writer.worker()
        await worker.start()
        ended.set()
        await asyncio.sleep(0.05)
        late = await worker.write(body("late"))
        await worker.stop()
        await asyncio.wait_for(task, 5)

        assert late.counts == {"applied": 1}

    asyncio.run(scene())
