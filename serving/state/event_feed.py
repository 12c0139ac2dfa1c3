"""Group commit of events: a bounded queue, and one thread that writes waiting events to the online state in groups.

A group is one durable transaction, so that its callers share the cost of one write to disk. While the disk writes, the
event loop reads the next requests. The feed runs in the process that writes events (`serving.writer`), where nothing is
scored.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from data.logs import log
from data.times import now_us
from features.online_state.events import Event, Receipt, Status
from features.stores.store import StoreError
from serving.ports import FeedFull
from serving.state.guarded_store import MOVING
from serving.state.served_state import ServedState

GROUP: Final = 100
"""Most events of a group, unless a single submission has more.

Measured with orders of 5 lines: alone, an order takes 0.6 ms and a write to disk several; groups of 20, 100 and 400
reached 4400, 6200 and 7000 lines a second. A group of 100 holds its callers for less than 0.1 s.
"""
ADVANCE_SECONDS: Final = 1.0
MOVING_SECONDS: Final = 5.0
"""Longest time that events wait while the state of a new run replaces the one that is served."""
PAUSE_SECONDS: Final = 0.05
FORGET_SECONDS: Final = 60.0
FAILED: Final = "the service failed on this event, and its log has the error: send the event again later, as it is"


@dataclass(eq=False)
class _Submission:
    """Events of one call; the future is set once all of them are durable, or once the write has failed."""

    events: Sequence[Event]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[list[Receipt]]
    outcome: list[Receipt] | Exception = field(default_factory=list)

    def answer(self) -> None:
        """Set the future, in the event loop's own thread; a caller that has given up is skipped."""
        if self.future.done():
            return
        if isinstance(self.outcome, Exception):
            self.future.set_exception(self.outcome)
        else:
            self.future.set_result(self.outcome)


class EventFeed:
    """Writes events from the event loop to ``state``, and closes return windows that are due.

    Parameters
    ----------
    queue_size
        Most events that may wait. A larger submission is accepted while nothing else waits.
    group_size
        Most events of one transaction, unless a single submission has more.
    clock
        Gives the time in microseconds since 1970, UTC.
    """

    def __init__(
        self,
        state: ServedState,
        queue_size: int,
        group_size: int = GROUP,
        advance_seconds: float = ADVANCE_SECONDS,
        moving_seconds: float = MOVING_SECONDS,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._state, self._clock = state, clock
        self._queue_size, self._group_size, self._advance_seconds = queue_size, group_size, advance_seconds
        self._moving_seconds = moving_seconds
        self._queue: deque[_Submission] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.waiting = 0
        self._busy_since: float | None = None
        self._troubles: dict[str, tuple[StoreError, float]] = {}

    @property
    def trouble(self) -> StoreError | None:
        """The error of a failed write; None after a write that succeeds, or `FORGET_SECONDS` after the failure."""
        for error, at in tuple(self._troubles.values()):
            if time.monotonic() - at < FORGET_SECONDS:
                return error
        return None

    def busy_seconds(self) -> float:
        """How long the write that is under way has taken; 0 where none is."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    async def submit(self, events: Sequence[Event]) -> list[Receipt]:
        """Apply ``events``, and return once they are durable, with a receipt for each, in their order.

        Raises
        ------
        FeedFull
            The queue is full, or the service is stopping; nothing was taken.
        StoreError
            The store can't take the events. The caller may send them again, whether or not they were written.
        """
        loop = asyncio.get_running_loop()
        submission = _Submission(events, loop, loop.create_future())
        with self._changed:
            if self._stopping:
                raise FeedFull("the service is stopping")
            if self.waiting and self.waiting + len(events) > self._queue_size:
                raise FeedFull(f"{self.waiting} events wait to be written")
            self._queue.append(submission)
            self.waiting += len(events)
            self._changed.notify()
        return await submission.future

    async def stop(self, seconds: float) -> None:
        """Accept no more events, write the waiting ones for at most ``seconds``, then refuse the rest."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, seconds)
        with self._changed:
            left, self.waiting = list(self._queue), 0
            self._queue.clear()
        for submission in left:
            submission.outcome = FeedFull("the service stopped before the events were written")
            submission.answer()
        if left:
            log.error("%d submissions of events were refused at shutdown", len(left))

    def _run(self) -> None:
        due = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._stopping, timeout=due - time.monotonic())
                group = self._take()
                if not group and self._stopping:
                    return
            if group:
                self._write(group)
            if time.monotonic() >= due:
                due = time.monotonic() + (0 if self._advance() else self._advance_seconds)

    def _take(self) -> list[_Submission]:
        """Take whole submissions from the queue, up to the size of a group, but at least one."""
        group: list[_Submission] = []
        size = 0
        while self._queue and (not group or size + len(self._queue[0].events) <= self._group_size):
            group.append(self._queue.popleft())
            size += len(group[-1].events)
        self.waiting -= size
        return group

    def _write(self, group: Sequence[_Submission]) -> None:
        try:
            receipts = iter(self._apply([event for submission in group for event in submission.events]))
            for submission in group:
                submission.outcome = [next(receipts) for _ in submission.events]
        except StoreError as error:
            for submission in group:
                submission.outcome = StoreError(
                    error.cause, error.detail
                )  # each caller raises an error object of its own
        except Exception:  # a bug with one of these events: the others are still written
            log.exception("a group of events failed; each event is now applied alone")
            for submission in group:
                submission.outcome = self._one_by_one(submission.events)
        _answer(group)

    def _one_by_one(self, events: Sequence[Event]) -> list[Receipt] | Exception:
        receipts: list[Receipt] = []
        for event in events:
            try:
                receipts += self._apply([event])
            except StoreError as error:
                return error
            except Exception:
                log.exception("event %s can't be applied", event.event_id)
                receipts.append(Receipt(event.event_id, Status.FAILED, FAILED))
        return receipts

    def _apply(self, events: Sequence[Event]) -> list[Receipt]:
        until = time.monotonic() + self._moving_seconds
        while True:
            try:
                with self._busy():
                    receipts = self._state.apply(events, self._clock())
                break
            except StoreError as error:
                if error.cause == MOVING and time.monotonic() < until:
                    time.sleep(PAUSE_SECONDS)  # another state replaces this one: events wait for it
                    continue
                self._note("events can't be written", error)
                raise
        self._note("events can't be written", None)
        return receipts

    def _advance(self) -> bool:
        """Close windows that are due; return whether more are due."""
        try:
            with self._busy():
                done = self._state.advance(self._clock())
        except StoreError as error:
            self._note("windows can't be closed", error)
        except Exception:
            log.exception("windows that are due can't be closed")
        else:
            self._note("windows can't be closed", None)
            return done > 0
        return False

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self._busy_since = time.monotonic()
        try:
            yield
        finally:
            self._busy_since = None

    def _note(self, what: str, error: StoreError | None) -> None:
        """Keep the error, and log when the trouble begins and when it ends."""
        before = self._troubles.pop(what, None)
        if error is not None:
            self._troubles[what] = (error, time.monotonic())
        if error is not None and (before is None or before[0].cause != error.cause):
            log.error("%s: %s", what, error)
        elif error is None and before is not None:
            log.info("resolved: %s", what)


def _answer(group: Sequence[_Submission]) -> None:
    """Wake all callers of a group by one call into the event loop, as each call costs a system call."""

    def answer_all() -> None:
        for submission in group:
            submission.answer()

    try:
        group[0].loop.call_soon_threadsafe(answer_all)
    except RuntimeError:  # the event loop has ended, and its callers with it
        log.warning("%d submissions of events were written after their callers had gone", len(group))
