"""The line that moves: what a stage is at, for whoever watches a terminal or reads a log.

On a terminal one line stays at the bottom and is drawn anew some times a second; it goes when the stage ends.
Elsewhere, as in a file or on CI, a line is logged after some seconds, and then rarely.
"""

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from time import monotonic
from typing import TYPE_CHECKING, Final

from data.logs import log
from data.number_format import ENGLISH
from data.progress.steps import Step

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

QUIET_SECONDS: Final = 5.0
"""How long a stage may be silent before the first line of a log says what it is at."""
BETWEEN_SECONDS: Final = 30.0
"""Least seconds between two such lines of a log."""
DRAWINGS_A_SECOND: Final = 4.0
BAR: Final = 24
"""Characters of the bar."""
FORMAT, TIMES = "%(asctime)s %(message)s", "%H:%M:%S"


class Position:
    """Where a stage is by now: the steps that are open, outermost first."""

    def __init__(self, stage: str, clock: Callable[[], float] = monotonic) -> None:
        self.stage, self.clock = stage, clock
        self._open: list[Step] = []
        self._started = clock()

    def began(self, step: Step) -> None:
        """Go into a step."""
        self._open.append(step)

    def moved(self, step: Step) -> None:
        """Nothing: a step is read when the line is drawn."""

    def ended(self, step: Step) -> None:
        """Come out of a step."""
        self._open = [other for other in self._open if other is not step]

    def elapsed(self) -> float:
        """Seconds since the stage began."""
        return self.clock() - self._started

    def share(self) -> float | None:
        """The share that is done of the innermost step that knows it; None where none does."""
        known = (step.share() for step in reversed(self._open.copy()))
        return next((min(max(share, 0.0), 1.0) for share in known if share is not None), None)

    def words(self) -> str:
        """The steps, how far the innermost one is, and its figures; empty between steps."""
        steps = self._open.copy()
        if not steps:
            return ""
        where = " · ".join(_named(step) for step in steps)
        figures = "".join(f", {name.replace('_', '-')} {value:.4f}" for name, value in steps[-1].figures.items())
        share = steps[-1].share() if steps[-1].polled else None
        return where + ("" if share is None else f" {ENGLISH.percent(share, 0)}") + figures


def _named(step: Step) -> str:
    if step.total is None:
        return f"{step.path[-1]} {step.done:,} {step.unit}" if step.done else step.path[-1]
    return f"{step.path[-1]} {step.done:,} of {step.total:,} {step.unit}".rstrip()


def seconds(elapsed: float) -> str:
    """Write a duration as people do: ``8 s``, ``2 min 05 s``, ``1 h 04 min``."""
    whole = int(elapsed)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


@contextmanager
def shown(position: Position, console: "Console | None" = None) -> Iterator[None]:
    """Show the position while the context lasts, and log on stderr: as a line that moves, or as rare lines.

    ``console``: where to draw; None takes stderr, and draws only where that is a terminal.
    """
    console = console or _terminal()
    if console is None:
        logging.basicConfig(level=logging.INFO, format=FORMAT, datefmt=TIMES, stream=sys.stderr)
        with _ticking(Sparse(position), 1.0):
            yield
        return
    from rich.live import Live  # noqa: PLC0415 - only a terminal pays for its import

    live = Live(
        console=console,
        get_renderable=lambda: drawn(position, console.width),
        refresh_per_second=DRAWINGS_A_SECOND,
        transient=True,
        redirect_stdout=False,
    )
    logging.basicConfig(level=logging.INFO, handlers=[_Above(console)])
    with live, ExitStack() as stack:
        if sys.stdout.isatty():
            above = stack.enter_context(_Printed(console))
            stack.enter_context(redirect_stdout(above))
        yield


class Sparse:
    """The position as rare lines of a log."""

    def __init__(self, position: Position) -> None:
        self._position, self._said, self._word = position, "", position.clock()
        self._wait = QUIET_SECONDS

    def tick(self) -> None:
        """Log where the stage is, if that was not said of late and there is something new to say."""
        words = self._position.words()
        if not words or self._position.clock() - self._word < self._wait:
            return
        log.info("%s: %s (%s)", self._position.stage, words, seconds(self._position.elapsed()))
        self._word, self._wait = self._position.clock(), BETWEEN_SECONDS


@contextmanager
def _ticking(sparse: Sparse, every: float) -> Iterator[None]:
    over = threading.Event()

    def tick() -> None:
        while not over.wait(every):
            sparse.tick()

    thread = threading.Thread(target=tick, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def drawn(position: Position, width: int) -> "Text":
    """Draw the line: the stage, a bar where the share is known, the steps, and the time since the stage began."""
    from rich.text import Text  # noqa: PLC0415

    share, time = position.share(), seconds(position.elapsed())
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{position.stage} ", style="bold")
    if share is not None and width > 3 * BAR:
        full = round(share * BAR)
        text.append("━" * full, style="green").append("━" * (BAR - full), style="bright_black").append(" ")
    text.append(position.words() or "…")
    text.truncate(max(width - len(time) - 3, 1), overflow="ellipsis")
    return text.append(f"  {time}", style="bright_black")


def _terminal() -> "Console | None":
    if not sys.stderr.isatty():
        return None
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    return console if console.is_terminal and not console.is_dumb_terminal else None


class _Above(logging.Handler):
    """Prints log lines above the line that moves."""

    def __init__(self, console: "Console") -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(FORMAT, TIMES))
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(self.format(record), markup=False, highlight=False, soft_wrap=True)


class _Printed(io.TextIOBase):
    """Standard output of a terminal, above the line that moves; a long line, such as a command to copy, stays one."""

    def __init__(self, console: "Console") -> None:
        self._console, self._begun = console, ""

    def isatty(self) -> bool:
        """Colours are welcome, as without the line."""
        return True

    def write(self, text: str) -> int:
        """Print the lines that are whole by now."""
        *lines, self._begun = (self._begun + text).split("\n")
        for each in lines:
            self._print(each)
        return len(text)

    def close(self) -> None:
        """Print the rest, too."""
        if self._begun:
            self._print(self._begun)
            self._begun = ""
        super().close()

    def _print(self, text: str) -> None:
        from rich.text import Text  # noqa: PLC0415

        self._console.print(Text.from_ansi(text), soft_wrap=True)
