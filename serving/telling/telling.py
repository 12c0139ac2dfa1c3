"""Tells alarms by all channels: writes down what is to be told, then sends it until it arrives or is too old.

What is to be told is on the disk before it is sent, and marked as sent after it was. So a kill in between sends it once
more, with the same id, and loses nothing.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from data.logs import log
from data.times import utc_now
from serving.telling.book import Book, Waiting, locked
from serving.telling.news import Alarm, AlarmNews, Kind, key_of, news_of
from serving.telling.sending import Channel, Message, SendError

PAUSES: Final = (10, 60, 300, 1800, 7200)
"""Seconds before the second, third, … try; after the last of them, it stays."""
GIVE_UP: Final = timedelta(hours=48)
"""Age from which on a message is not tried again: its alarm is on the page and in the metrics."""
MOST_NEWS: Final = 50
"""News that are told at a time, those that cost most; others follow with the next look."""


class Telling:
    """Tells alarms.

    Parameters
    ----------
    folder
        Where the book is kept.
    channels
        By which messages leave; with none, nothing is told and nothing is written down.
    model
        The name of the shop's model in the registry, by which receivers know the shop.
    """

    def __init__(
        self,
        folder: Path,
        channels: Sequence[Channel],
        model: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._folder, self._model, self._clock = folder, model, clock
        self._channels = {channel.name: channel for channel in channels}

    def note(self, alarms: Sequence[Alarm], currency: str) -> int:
        """Write down what there is to tell of ``alarms``, and return how many news that are."""
        if not self._channels:
            return 0
        with locked(self._folder):
            book = Book.of(self._folder)
            told = {key_of(each): each for each in book.told}
            news = tuple(news_of(alarms, told, self._model, currency))[:MOST_NEWS]
            if not news:
                return 0
            for each in news:
                told[key_of(each)] = each
            going_on = tuple(each for each in told.values() if each.news is not Kind.ENDED)
            book = book.model_copy(update={"told": going_on, "waiting": (*book.waiting, *self._waiting(news))})
            book.write(self._folder)
        return len(news)

    def add(self, news: AlarmNews) -> list[str]:
        """Write down one message for each channel, whatever was told before, and give their ids."""
        with locked(self._folder):
            book, waiting = Book.of(self._folder), self._waiting((news,))
            book.model_copy(update={"waiting": (*book.waiting, *waiting)}).write(self._folder)
        return [each.message.id for each in waiting]

    def deliver(self) -> int:
        """Try each message whose time has come once, and return how many wait for a later try."""
        for each in Book.of(self._folder).waiting:
            if each.next_at <= self._clock():
                self._try(each)
        return len(Book.of(self._folder).waiting)

    def _waiting(self, news: tuple[AlarmNews, ...]) -> list[Waiting]:
        now = self._clock()
        return [
            Waiting(
                message=Message(id=f"msg_{secrets.token_hex(12)}", channel=channel.name, made_at=now, news=part),
                next_at=now,
            )
            for channel in self._channels.values()
            for part in channel.messages(news)
        ]

    def _try(self, waiting: Waiting) -> None:
        """Send without the lock, as a server may take its time; then write down what came of it."""
        message = waiting.message
        channel = self._channels.get(message.channel)
        if channel is None:
            self._failed(waiting, SendError(f"the settings name no {message.channel} any more", for_good=True))
            return
        try:
            channel.send(message)
        except SendError as error:
            self._failed(waiting, error)
        else:
            log.info("told by %s: %s", message.channel, message.id)
            self._replace(waiting, None)

    def _failed(self, waiting: Waiting, error: SendError) -> None:
        message, now, tries = waiting.message, self._clock(), waiting.tries + 1
        if error.for_good or now - message.made_at >= GIVE_UP:
            log.error("alarms were not told by %s (%s): %s", message.channel, message.id, error)
            self._replace(waiting, None, given_up=1)
            return
        pause = PAUSES[min(tries, len(PAUSES)) - 1]
        log.warning("alarms are told by %s (%s) in %d s once more: %s", message.channel, message.id, pause, error)
        later = waiting.model_copy(
            update={"tries": tries, "next_at": now + timedelta(seconds=pause), "problem": str(error)[:300]}
        )
        self._replace(waiting, later)

    def _replace(self, waiting: Waiting, later: Waiting | None, given_up: int = 0) -> None:
        with locked(self._folder):
            book = Book.of(self._folder)
            others = [each if each.message.id != waiting.message.id else later for each in book.waiting]
            kept = tuple(each for each in others if each is not None)
            book.model_copy(update={"waiting": kept, "given_up": book.given_up + given_up}).write(self._folder)
