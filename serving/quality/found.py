"""What was found last of the quality of the served scores: a file that `serving.quality.watch` writes, for all readers.

Workers, pages, metrics and those who tell alarms read it, and none of them computes anything of it anew.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from serving.process.looks import LookFile

FILE: Final = "quality.json"
ALL: Final = "all"
"""The kind of the part that holds all recent lines."""
WEEK: Final = "week"
DAY: Final = "day"

Share = Annotated[float, Field(ge=0, le=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expected(_Model):
    """A figure that is expected once all outcomes are known: its value, and the interval that holds it."""

    value: float
    low: float
    high: float


class Part(_Model):
    """Some of the scored lines: all recent ones, those of a day, a week, a version or a label.

    ``settled``: lines whose outcome is known; ``known``: the share of their expected returns that could be known by
    now. ``mean_probability`` is what was said, ``rate`` and ``log_loss`` (nats a line) what is expected in the end.
    ``expected_log_loss``: if every score were the true chance. ``level`` and ``slope``: of the log-odds that would make
    the scores true. ``beyond``: by how many standard deviations more comes back than was said. ``found``: whether that
    stands out among all slices; None for days, weeks, versions and all, which follow each other in time.
    """

    kind: str
    name: str
    meaning: str
    lines: int
    settled: int
    known: Share
    mean_probability: Share
    rate: Expected
    log_loss: Expected
    expected_log_loss: float
    level: float
    slope: float
    beyond: float
    found: bool | None


class Moved(_Model):
    """A feature that moved the log-odds of an alarm's lines, as `training.monitoring.moved.Moved` has it."""

    feature: str
    moved: float
    before: float | None
    after: float | None
    missing_before: Share
    missing_after: Share


class Alarm(_Model):
    """Evidence that more or fewer lines come back than the scores say, or that these are too sure, or not sure enough.

    ``id`` stays the same while the alarm goes on. ``told_at``: the midnight (UTC) at which it could be told first,
    ``last_told_at``: the last one that it went on at; ``open``: whether it still does. ``since``: the day from which on
    evidence grew; figures are those of ``last_told_at``. ``direction``: ``more``, ``fewer``, ``too sure`` or ``not sure
    enough``.
    ``cost_minor_a_month``: what the returns beyond the scores cost in a month, or warnings by wrong scores, in minor
    units of the currency; below 0, it saves. ``text``: all of it in words, with what to do. ``moved``: the features
    that moved the scores since then, most first; empty: none surely did; None: it is over, or that is not known.
    """

    id: str
    told_at: datetime
    last_told_at: datetime
    open: bool
    kind: str
    slice: str
    since: datetime
    direction: str
    lines: int
    mean_probability: Share
    rate: Expected
    cost_minor_a_month: int
    text: str
    moved: tuple[Moved, ...] | None = None


class Quality(LookFile):
    """The quality as it was found at ``told_at`` (UTC), from facts up to ``known_until``.

    ``scores``: in the log, of the last `Quality.days`; ``joined``: those whose order line is known, and which a model
    gave. ``parts`` and ``alarms`` are empty where nothing could be told yet. ``problem``: why the last try, at
    ``tried_at``, told nothing; then the others are those of the time before, and none where there was none.
    """

    NAME: ClassVar[str] = FILE
    WRITER: ClassVar[str] = "the quality watch"
    CURE: ClassVar[str] = "remove the file: the quality watch writes a new one (make quality writes it at once)"

    told_at: datetime | None = None
    known_until: datetime | None = None
    interval: Share = 0.9
    currency: str = ""
    scores: int = 0
    joined: int = 0
    parts: tuple[Part, ...] = ()
    alarms: tuple[Alarm, ...] = ()

    @property
    def whole(self) -> Part | None:
        """All recent lines; None where nothing could be told yet."""
        return next((each for each in self.parts if each.kind == ALL), None)

    @property
    def open_alarms(self) -> tuple[Alarm, ...]:
        """The alarms that still go on."""
        return tuple(each for each in self.alarms if each.open)
