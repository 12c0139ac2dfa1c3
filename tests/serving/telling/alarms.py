"""Alarms, channels and receivers for tests of telling."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.telling.news import AlarmNews, Interval, Kind
from serving.telling.sending import Message, SendError

NOW = datetime(2024, 6, 30, 12, tzinfo=UTC)
MODEL = "return-risk-shop"
RATE = Interval(value=0.41, low=0.36, high=0.46)


@dataclass(frozen=True)
class FakeAlarm:
    """An alarm by hand."""

    slice: str = "Bolt"
    id: str = "id-1"
    open: bool = True
    kind: str = "brand"
    direction: str = "more"
    cost_minor_a_month: int = 123_400
    told_at: datetime = NOW - timedelta(days=3)
    since: datetime = NOW - timedelta(days=12)
    lines: int = 300
    mean_probability: float = 0.3
    rate: Interval = RATE
    text: str = "brand Bolt: more lines come back than the scores say. Look at its items in the product review."


def news(kind: Kind = Kind.BEGUN, **changes: Any) -> AlarmNews:
    return AlarmNews.of(kind, FakeAlarm(**changes), MODEL, "EUR")


def message(*of: AlarmNews, channel: str = "webhook") -> Message:
    return Message(id="msg_1", channel=channel, made_at=NOW, news=of or (news(),))


@dataclass
class Clock:
    """A clock that stands until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeChannel:
    """Keeps what it sends; ``fails``: how the next tries fail."""

    name: str = "webhook"
    sent: list[Message] = field(default_factory=list)
    fails: list[SendError] = field(default_factory=list)

    def messages(self, of: tuple[AlarmNews, ...]) -> list[tuple[AlarmNews, ...]]:
        return [(each,) for each in of]

    def send(self, message: Message) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append(message)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(each.news, each.slice) for message in self.sent for each in message.news]
