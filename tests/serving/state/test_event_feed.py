import asyncio
import logging
import threading
from collections.abc import Callable, Sequence

import pytest

from features.online_state.events import Event, LineReturned, Receipt, Status
from features.stores.store import StoreError
from serving.ports import FeedFull
from serving.state.event_feed import EventFeed
from serving.state.guarded_store import MOVING
from serving.state.served_state import ServedState


def returned(number: int) -> LineReturned:
    return LineReturned(f"e{number}", f"l{number}", 1_000_000)


class State(ServedState):
    """Applies events in memory; waits for ``gate`` before each group, and raises ``fault`` where it is set."""

    def __init__(self, fault: Callable[[Sequence[Event]], None] = lambda _: None) -> None:
        self.fault = fault
        self.gate = threading.Event()
        self.gate.set()
        self.busy = threading.Event()
        self.groups: list[list[str]] = []
        self.times: list[int] = []
        self.to_close: list[int] = []
        self.closing_fault: list[Exception] = []
        self.closed = threading.Event()

    def apply(self, events: Sequence[Event], now: int) -> list[Receipt]:
        self.busy.set()
        assert self.gate.wait(5)
        self.fault(events)
        self.groups.append([event.event_id for event in events])
        self.times.append(now)
        return [Receipt(event.event_id, Status.APPLIED) for event in events]

    def advance(self, now: int) -> int:
        if self.closing_fault:
            raise self.closing_fault.pop()
        self.times.append(now)
        if not self.to_close:
            self.closed.set()
            return 0
        return self.to_close.pop()


def running(state: State, queue_size: int = 100, **more: float | Callable[[], int]) -> EventFeed:
    feed = EventFeed(state, queue_size, **{"advance_seconds": 0.01} | more)  # type: ignore[arg-type]
    feed.start()
    return feed


async def behind_a_closed_gate(feed: EventFeed, state: State, *sizes: int) -> list[asyncio.Task[list[Receipt]]]:
    """Submit one event that blocks the writer, then submissions of ``sizes`` events, which wait."""
    state.gate.clear()
    first = asyncio.ensure_future(feed.submit([returned(0)]))
    await asyncio.to_thread(state.busy.wait, 5)
    tasks, number = [first], 1
    for size in sizes:
        tasks.append(asyncio.ensure_future(feed.submit([returned(number + i) for i in range(size)])))
        number += size
        await asyncio.sleep(0)
    return tasks


def test_a_write_that_hangs_shows() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state, advance_seconds=60)
        tasks = await behind_a_closed_gate(feed, state)
        hanging = feed.busy_seconds()
        state.gate.set()
        await asyncio.gather(*tasks)
        await feed.stop(5)

        assert feed.busy_seconds() == 0 < hanging

    asyncio.run(scene())


def test_each_submitter_gets_the_receipts_of_its_own_events_in_their_order() -> None:
    async def scene() -> None:
        feed = running(State())

        answers = await asyncio.gather(*(feed.submit([returned(2 * n), returned(2 * n + 1)]) for n in range(10)))

        for n, receipts in enumerate(answers):
            assert receipts == [Receipt(f"e{2 * n}", Status.APPLIED), Receipt(f"e{2 * n + 1}", Status.APPLIED)]
        assert feed.waiting == 0
        await feed.stop(5)

    asyncio.run(scene())


def test_what_waits_is_applied_as_one_group_of_whole_submissions() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state, group_size=5)
        tasks = await behind_a_closed_gate(feed, state, 2, 2, 2, 9, 1)

        state.gate.set()
        await asyncio.gather(*tasks)

        assert [len(group) for group in state.groups] == [1, 4, 2, 9, 1]  # 9 are more than a group, and come alone
        assert [name for group in state.groups for name in group] == [f"e{n}" for n in range(17)]
        await feed.stop(5)

    asyncio.run(scene())


def test_events_and_closes_are_given_the_time_of_the_clock() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state, clock=lambda: 1_700_000_000_000_000)

        await feed.submit([returned(1)])
        await asyncio.to_thread(state.closed.wait, 5)

        assert set(state.times) == {1_700_000_000_000_000}
        await feed.stop(5)

    asyncio.run(scene())


def test_a_store_that_fails_fails_those_who_were_in_the_group_and_no_others() -> None:
    async def scene() -> None:
        def fault(events: Sequence[Event]) -> None:
            if any(event.event_id == "e2" for event in events):
                raise StoreError("full", "no space left")

        state = State(fault)
        feed = running(state, group_size=2)
        tasks = await behind_a_closed_gate(feed, state, 1, 1, 1)

        state.gate.set()
        before, one, other, after = await asyncio.gather(*tasks, return_exceptions=True)

        assert isinstance(before, list)
        assert isinstance(after, list)
        assert isinstance(one, StoreError)
        assert isinstance(other, StoreError)
        assert one.cause == other.cause == "full"
        assert one is not other
        await feed.stop(5)

    asyncio.run(scene())


def test_events_wait_while_another_state_replaces_the_one_that_is_served() -> None:
    moving = [StoreError(MOVING, "another state is replacing this one") for _ in range(3)]

    def fault(_: Sequence[Event]) -> None:
        if moving:
            raise moving.pop()

    async def check() -> None:
        state = State(fault)
        feed = running(state)
        (receipt,) = await feed.submit([returned(1)])

        assert receipt.status is Status.APPLIED
        assert feed.trouble is None
        await feed.stop(5)

    asyncio.run(check())


def test_events_that_waited_too_long_for_another_state_are_to_be_sent_again() -> None:
    def fault(_: Sequence[Event]) -> None:
        raise StoreError(MOVING, "another state is replacing this one")

    async def check() -> None:
        feed = running(State(fault), moving_seconds=0.1)
        with pytest.raises(StoreError, match="moving"):
            await feed.submit([returned(1)])
        await feed.stop(5)

    asyncio.run(check())


def test_an_event_on_which_the_service_fails_is_not_called_wrong_and_the_others_of_its_group_are_applied(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene() -> None:
        def fault(events: Sequence[Event]) -> None:
            if any(event.event_id == "e2" for event in events):
                raise ZeroDivisionError

        state = State(fault)
        feed = running(state)
        tasks = await behind_a_closed_gate(feed, state, 3, 2)

        state.gate.set()
        _, three, two = await asyncio.gather(*tasks)

        assert [receipt.status for receipt in three] == [Status.APPLIED, Status.FAILED, Status.APPLIED]
        assert "send the event again later" in three[1].detail
        assert [receipt.status for receipt in two] == [Status.APPLIED, Status.APPLIED]
        assert "event e2 can't be applied" in caplog.text
        await feed.stop(5)

    asyncio.run(scene())


def test_a_full_queue_refuses_and_takes_again_when_it_was_written() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state, queue_size=4)
        tasks = await behind_a_closed_gate(feed, state, 3)

        with pytest.raises(FeedFull, match="3 events wait"):
            await feed.submit([returned(90), returned(91)])
        state.gate.set()
        await asyncio.gather(*tasks)

        assert len(await feed.submit([returned(90), returned(91)])) == 2
        await feed.stop(5)

    asyncio.run(scene())


def test_a_submission_larger_than_the_queue_is_taken_when_nothing_waits() -> None:
    async def scene() -> None:
        feed = running(State(), queue_size=4)

        receipts = await feed.submit([returned(n) for n in range(9)])

        assert len(receipts) == 9
        await feed.stop(5)

    asyncio.run(scene())


def test_a_submitter_that_gave_up_harms_nobody() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state)
        tasks = await behind_a_closed_gate(feed, state, 1, 1)

        tasks[1].cancel()
        state.gate.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)

        assert isinstance(done[1], asyncio.CancelledError)
        assert done[2] == [Receipt("e2", Status.APPLIED)]
        assert state.groups == [["e0"], ["e1", "e2"]]
        await feed.stop(5)

    asyncio.run(scene())


def test_windows_close_by_the_passing_of_time_until_none_is_due() -> None:
    async def scene() -> None:
        state = State()
        state.to_close = [3, 500, 500]
        feed = running(state, advance_seconds=60)

        assert await asyncio.to_thread(state.closed.wait, 5)

        assert state.to_close == []
        await feed.stop(5)

    asyncio.run(scene())


def test_closing_goes_on_after_a_failure_and_events_are_applied_meanwhile(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def scene() -> None:
        state = State()
        state.closing_fault = [KeyError("x"), StoreError("locked", "by another")]
        feed = running(state)

        assert await asyncio.to_thread(state.closed.wait, 5)
        assert await feed.submit([returned(1)]) == [Receipt("e1", Status.APPLIED)]

        assert "windows can't be closed: locked" in caplog.text
        assert "resolved: windows can't be closed" in caplog.text
        assert feed.trouble is None
        await feed.stop(5)

    asyncio.run(scene())


def test_a_trouble_is_told_until_the_store_takes_events_again_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene() -> None:
        faults = [StoreError("gone", "no file"), StoreError("gone", "no file")]

        def fault(_: Sequence[Event]) -> None:
            if faults:
                raise faults.pop()

        feed = running(State(fault))
        for _ in range(2):
            with pytest.raises(StoreError):
                await feed.submit([returned(1)])
        trouble = feed.trouble

        await feed.submit([returned(1)])

        assert trouble is not None
        assert trouble.cause == "gone"
        assert feed.trouble is None
        assert caplog.text.count("events can't be written: gone") == 1
        await feed.stop(5)

    asyncio.run(scene())


def test_stopping_writes_what_was_taken_and_takes_no_more() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state, group_size=1)
        tasks = await behind_a_closed_gate(feed, state, 1, 1)

        stopping = asyncio.ensure_future(feed.stop(5))
        await asyncio.sleep(0)
        with pytest.raises(FeedFull, match="stopping"):
            await feed.submit([returned(9)])
        state.gate.set()
        await stopping

        assert [receipt.event_id for (receipt,) in await asyncio.gather(*tasks)] == ["e0", "e1", "e2"]

    asyncio.run(scene())


def test_stopping_has_a_deadline_and_refuses_what_was_not_written() -> None:
    async def scene() -> None:
        state = State()
        feed = running(state)
        tasks = await behind_a_closed_gate(feed, state, 1)

        await feed.stop(0.05)

        with pytest.raises(FeedFull, match="stopped before"):
            await tasks[1]
        state.gate.set()
        assert await tasks[0] == [Receipt("e0", Status.APPLIED)]

    asyncio.run(scene())
