"""The way of events into the online state: a bounded queue, and one thread that writes all that waits as one group.

A group is one durable transaction, so that the price of reaching the disk is shared by all who wait for it. The thread
holds the interpreter's lock while it computes, as does the event loop that scores: `serving.http.worker` sets how often
they take turns.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from data.logs import log
from data.times import now_us
from features.online_state.events import Event, Receipt, Status
from features.stores.store import StoreError
from serving.ports import FeedFull
from serving.state.served_state import ServedState

GROUP: Final = 32
"""Events of a group, unless a single submission has more.

Groups of 16 single events reached 90% of the rate of groups of 64 where an event takes 0.4 ms and the disk 0.5 ms; but
who waits is woken group by group, and 64 at once added 2 ms to the slowest scores.
"""
ADVANCE_SECONDS: Final = 1.0
FORGET_SECONDS: Final = 60.0
FAILED = "the service failed on this event, and its log says how: send it again later"


@dataclass(eq=False)
class _Submission:
    """Events that came together; the future is answered when all of them are durable, or none will be."""

    events: Sequence[Event]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[list[Receipt]]
    outcome: list[Receipt] | Exception = field(default_factory=list)

    def answer(self) -> None:
        """Wake who waits, in the event loop's own thread; who has given up meanwhile is left alone."""
        if self.future.done():
            return
        if isinstance(self.outcome, Exception):
            self.future.set_exception(self.outcome)
        else:
            self.future.set_result(self.outcome)


class EventFeed:
    """Takes events from the event loop to ``state``, and lets windows close as time passes.

    Parameters
    ----------
    queue_size
        Events that may wait. A submission that is larger is taken when nothing else waits.
    group_size
        Events of one transaction, unless a single submission has more.
    clock
        Gives the time in microseconds since 1970, UTC.
    """

    def __init__(
        self,
        state: ServedState,
        queue_size: int,
        group_size: int = GROUP,
        advance_seconds: float = ADVANCE_SECONDS,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._state, self._clock = state, clock
        self._queue_size, self._group_size, self._advance_seconds = queue_size, group_size, advance_seconds
        self._queue: deque[_Submission] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.waiting = 0
        self._troubles: dict[str, tuple[StoreError, float]] = {}

    @property
    def trouble(self) -> StoreError | None:
        """What the store last said when it could not be written to; None once it could, or was not asked for long."""
        for error, at in tuple(self._troubles.values()):
            if time.monotonic() - at < FORGET_SECONDS:
                return error
        return None

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    async def submit(self, events: Sequence[Event]) -> list[Receipt]:
        """Apply ``events`` and come back when they are durable, with a receipt for each, in their order.

        Raises
        ------
        FeedFull
            The queue is full, or the service is stopping; nothing was taken.
        StoreError
            The store can't take them; they may be sent again, whatever became of them.
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
        """Take no more, write what was taken, and let it take no longer than ``seconds``; then refuse what is left."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, seconds)
        with self._changed:
            left, self.waiting = list(self._queue), 0
            self._queue.clear()
        for submission in left:
            submission.outcome = FeedFull("the service stopped before it could be written")
            submission.answer()
        if left:
            log.error("%d submissions of events were refused at the end", len(left))

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
        """Take what waits, whole submissions, up to the size of a group and one at least."""
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
                submission.outcome = StoreError(error.cause, error.detail)  # raised by each who waits: one of its own
        except Exception:  # a fault of ours, on one of these events: it must not take the others with it
            log.exception("a group of events failed and is taken apart")
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
                receipts.append(Receipt(event.event_id, Status.REFUSED, FAILED))
        return receipts

    def _apply(self, events: Sequence[Event]) -> list[Receipt]:
        try:
            receipts = self._state.apply(events, self._clock())
        except StoreError as error:
            self._note("events can't be written", error)
            raise
        self._note("events can't be written", None)
        return receipts

    def _advance(self) -> bool:
        """Let time pass; whether there is more to do at once."""
        try:
            done = self._state.advance(self._clock())
        except StoreError as error:
            self._note("windows can't be closed", error)
        except Exception:
            log.exception("windows that are due can't be closed")
        else:
            self._note("windows can't be closed", None)
            return done > 0
        return False

    def _note(self, what: str, error: StoreError | None) -> None:
        """Keep a trouble, and log when it begins and when it ends."""
        before = self._troubles.pop(what, None)
        if error is not None:
            self._troubles[what] = (error, time.monotonic())
        if error is not None and (before is None or before[0].cause != error.cause):
            log.error("%s: %s", what, error)
        elif error is None and before is not None:
            log.info("no longer so: %s", what)


def _answer(group: Sequence[_Submission]) -> None:
    """Wake all of a group at once: a call into the event loop for each would cost a system call each."""

    def answer_all() -> None:
        for submission in group:
            submission.answer()

    try:
        group[0].loop.call_soon_threadsafe(answer_all)
    except RuntimeError:  # the event loop has ended, and with it those who waited
        log.warning("%d submissions of events were written when nobody waited any more", len(group))
