"""What a channel sends, and how it fails."""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from serving.telling.news import AlarmNews


class SendError(Exception):
    """A message did not arrive, as far as the sender knows; ``for_good``: no later try can do better."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Message(BaseModel):
    """A message of one ``channel`` about ``news``; ``id`` stays the same in all tries, so that receivers know it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    channel: str
    made_at: datetime
    news: tuple[AlarmNews, ...]


class Channel(Protocol):
    """A way on which messages leave."""

    @property
    def name(self) -> str:
        """What it is called: ``mail`` or ``webhook``."""

    def messages(self, news: tuple[AlarmNews, ...]) -> list[tuple[AlarmNews, ...]]:
        """Say which news go together in one message."""

    def send(self, message: Message) -> None:
        """Send a message; `SendError` where it may not have arrived."""
