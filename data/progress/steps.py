"""Steps of a stage: what it is at, how far it is, and the figures by which one sees that it goes well.

Code that takes long opens a step and moves it. Whoever watches (`data.progress.line`, `data.progress.journal`) is told
of it; where nobody watches, a step costs nothing. Steps never change what is computed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from data.times import now_us

T = TypeVar("T")


@dataclass
class Step:
    """One step: ``done`` of ``total`` units, and its latest ``figures``, by name.

    ``path``: the names of the steps around it and its own. ``total`` is None where nobody knows how long it takes.
    ``polled``: reads the share that is done, from 0 to 1, of a computation that cannot call back; None where unknown.
    """

    path: tuple[str, ...]
    total: int | None
    unit: str
    polled: Callable[[], float | None] | None = None
    done: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)
    started_us: int = 0

    def move(self, done: int, **figures: float) -> None:
        """Say that ``done`` units are done by now, and what the figures are."""
        self.done, self.figures = done, figures
        for watcher in _WATCHERS.get():
            watcher.moved(self)

    def share(self) -> float | None:
        """The share that is done, from 0 to 1; None where unknown."""
        if self.polled is not None:
            return self.polled()
        return self.done / self.total if self.total else None


class Watcher(Protocol):
    """Who is told of steps, in the thread of the stage."""

    def began(self, step: Step) -> None:
        """A step began; it lies within those that began and did not end."""

    def moved(self, step: Step) -> None:
        """A step moved."""

    def ended(self, step: Step) -> None:
        """The step that began last ended, also by an error."""


_WATCHERS: ContextVar[tuple[Watcher, ...]] = ContextVar("watchers", default=())
_PATH: ContextVar[tuple[str, ...]] = ContextVar("path", default=())


@contextmanager
def watched(*watchers: Watcher) -> Iterator[None]:
    """Tell these watchers, and no others, of all steps inside the context."""
    before = _WATCHERS.get()
    _WATCHERS.set(watchers)
    try:
        yield
    finally:
        _WATCHERS.set(before)


@contextmanager
def step(
    name: str, total: int | None = None, unit: str = "", polled: Callable[[], float | None] | None = None
) -> Iterator[Step]:
    """Open a step called ``name`` of ``total`` units; it ends with the context."""
    outer = _PATH.get()
    opened = Step((*outer, name), total, unit, polled, started_us=now_us())
    _PATH.set(opened.path)
    for watcher in _WATCHERS.get():
        watcher.began(opened)
    try:
        yield opened
    finally:
        for watcher in _WATCHERS.get():
            watcher.ended(opened)
        _PATH.set(outer)


def counted(items: Iterable[T], name: str, unit: str, total: int | None = None) -> Iterator[T]:
    """Yield ``items`` within a step that moves by one with each of them that is done."""
    total = len(items) if total is None and isinstance(items, Sized) else total
    with step(name, total, unit) as opened:
        for done, item in enumerate(items, 1):
            yield item
            opened.move(done)


@contextmanager
def boosting(name: str, rounds: int, metric: str = "") -> Iterator[Callable[[Any], None]]:
    """Open a step for at most ``rounds`` of boosting; the context's value is a callback of ``lightgbm.train``.

    Parameters
    ----------
    metric
        What to call the first metric on the lines that stop the training; empty where there are none.
    """
    with step(name, rounds, "rounds") as opened:

        def after_round(environment: Any) -> None:
            measured = environment.evaluation_result_list if metric else None
            figures = {metric: float(measured[0][2])} if measured else {}
            opened.move(environment.iteration + 1, **figures)

        yield after_round
