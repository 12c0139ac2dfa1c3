"""What there is to tell of the alarms: which began, got worse or ended since they were told last."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

WORSE_TIMES: Final = 1.5
"""How many times as much an alarm costs a month before it is told again."""


class Expected(Protocol):
    """A figure that is expected in the end, and its interval."""

    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102


class Alarm(Protocol):
    """An alarm as `serving.quality.found` has it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def told_at(self) -> datetime: ...  # noqa: D102
    @property
    def open(self) -> bool: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def slice(self) -> str: ...  # noqa: D102
    @property
    def since(self) -> datetime: ...  # noqa: D102
    @property
    def direction(self) -> str: ...  # noqa: D102
    @property
    def lines(self) -> int: ...  # noqa: D102
    @property
    def mean_probability(self) -> float: ...  # noqa: D102
    @property
    def rate(self) -> Expected: ...  # noqa: D102
    @property
    def cost_minor_a_month(self) -> int: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class Kind(StrEnum):
    """What is new about an alarm. ``TRY``: nothing, it only shows that messages arrive."""

    BEGUN = "begun"
    WORSE = "worse"
    ENDED = "ended"
    TRY = "try"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Model):
    """A figure that is expected in the end: its value, and the bounds that hold it."""

    value: float
    low: float
    high: float


class AlarmNews(_Model):
    """What is told of one alarm; also the ``data`` of a webhook's body, and so what its receivers may rely on."""

    news: Annotated[Kind, Field(description="what is new; `try`: nothing, it shows that messages arrive")]
    id: Annotated[str, Field(description="of the alarm: the same in all news of it")]
    model: Annotated[str, Field(description="the shop's model, by its name in the registry")]
    kind: Annotated[str, Field(description="of the segment, such as `brand`; `all`: all lines")]
    slice: Annotated[str, Field(description="the segment")]
    direction: Annotated[
        str,
        Field(
            description="`more` or `fewer` lines come back than said; or the scores are `too sure` or `not sure enough`"
        ),
    ]
    since: Annotated[datetime, Field(description="the day from which on evidence grew")]
    told_at: Annotated[datetime, Field(description="when it could be told first")]
    lines: Annotated[int, Field(description="of the segment, that it is measured on")]
    mean_probability: Annotated[float, Field(description="what the scores said of these lines")]
    rate: Annotated[Interval, Field(description="the share of them that is expected to come back in the end")]
    cost_minor_a_month: Annotated[
        int, Field(description="what the returns beyond the scores cost a month, in minor units; below 0: they save")
    ]
    currency: Annotated[str, Field(description="ISO code; empty where it is not known")]
    text: Annotated[str, Field(description="all of it in words, with what to do and what moved the scores")]

    @classmethod
    def of(cls, kind: Kind, alarm: Alarm, model: str, currency: str) -> "AlarmNews":
        """What is new about ``alarm``."""
        return cls(
            news=kind,
            id=alarm.id,
            model=model,
            kind=alarm.kind,
            slice=alarm.slice,
            direction=alarm.direction,
            since=alarm.since,
            told_at=alarm.told_at,
            lines=alarm.lines,
            mean_probability=alarm.mean_probability,
            rate=Interval(value=alarm.rate.value, low=alarm.rate.low, high=alarm.rate.high),
            cost_minor_a_month=alarm.cost_minor_a_month,
            currency=currency,
            text=alarm.text,
        )


class Key(NamedTuple):
    """What makes two alarms the same: later facts may move the day of an alarm that goes on, and with it its id."""

    kind: str
    slice: str
    direction: str


def key_of(alarm: Alarm | AlarmNews) -> Key:
    """Give what an alarm is known by while it goes on."""
    return Key(alarm.kind, alarm.slice, alarm.direction)


def news_of(alarms: Sequence[Alarm], told: Mapping[Key, AlarmNews], model: str, currency: str) -> Iterator[AlarmNews]:
    """Yield what there is to tell, what costs most first.

    ``told``: the last news of each alarm that goes on. An alarm that is over before it was told is not told.
    """
    going_on = {key_of(each): each for each in alarms if each.open}
    for key, alarm in sorted(going_on.items(), key=lambda pair: (-abs(pair[1].cost_minor_a_month), pair[0])):
        before = told.get(key)
        if before is None:
            yield AlarmNews.of(Kind.BEGUN, alarm, model, currency)
        elif abs(alarm.cost_minor_a_month) >= WORSE_TIMES * max(abs(before.cost_minor_a_month), 1):
            # The id stays the one that was told, so that receivers know it is the same alarm.
            yield AlarmNews.of(Kind.WORSE, alarm, model, currency).model_copy(update={"id": before.id})
    for key, before in sorted(told.items()):
        if key not in going_on:
            yield before.model_copy(update={"news": Kind.ENDED})
