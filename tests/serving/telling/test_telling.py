"""Each alarm is told once, again where it got worse or ended, and at least once whatever happens in between."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from serving.telling.book import FILE, Book
from serving.telling.sending import Message, SendError
from serving.telling.telling import GIVE_UP, MOST_NEWS, PAUSES, Telling
from tests.serving.telling.alarms import MODEL, Clock, FakeAlarm, FakeChannel, news


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def telling(folder: Path, channel: FakeChannel, clock: Clock) -> Telling:
    return Telling(folder, [channel], MODEL, clock)


def test_an_alarm_that_goes_on_is_told_once(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    for _ in range(3):
        each = telling(tmp_path, channel, clock)  # as after a restart
        each.note([FakeAlarm()], "EUR")
        assert each.deliver() == 0

    assert channel.told == [("begun", "Bolt")]


def test_an_alarm_whose_day_moved_is_the_same_alarm(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    each = telling(tmp_path, channel, clock)
    each.note([FakeAlarm(id="id-1")], "EUR")

    assert each.note([FakeAlarm(id="id-2")], "EUR") == 0
    assert each.note([FakeAlarm(id="id-2", cost_minor_a_month=999_999)], "EUR") == 1
    each.deliver()
    assert [each.id for sent in channel.sent for each in sent.news] == ["id-1", "id-1"]


def test_it_is_told_again_where_it_got_worse_and_where_it_ended(
    tmp_path: Path, channel: FakeChannel, clock: Clock
) -> None:
    each = telling(tmp_path, channel, clock)
    for cost in (1000, 1400, 1500, 1600, 2249, 2250):
        each.note([FakeAlarm(cost_minor_a_month=cost)], "EUR")
    each.note([FakeAlarm(cost_minor_a_month=2250, open=False)], "EUR")
    each.note([], "EUR")
    each.note([FakeAlarm(id="later")], "EUR")  # another one, years after
    each.deliver()

    assert channel.told == [
        ("begun", "Bolt"),
        ("worse", "Bolt"),
        ("worse", "Bolt"),
        ("ended", "Bolt"),
        ("begun", "Bolt"),
    ]


def test_one_that_was_over_before_it_was_told_is_not_told(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    assert telling(tmp_path, channel, clock).note([FakeAlarm(open=False)], "EUR") == 0
    assert not (tmp_path / FILE).exists()


def test_what_costs_most_is_told_first_and_not_all_at_once(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    alarms = [FakeAlarm(slice=f"b{cost}", cost_minor_a_month=cost) for cost in range(MOST_NEWS + 5)]
    each = telling(tmp_path, channel, clock)

    assert [each.note(alarms, "EUR"), each.note(alarms, "EUR"), each.note(alarms, "EUR")] == [MOST_NEWS, 5, 0]
    each.deliver()
    assert channel.told[0] == ("begun", f"b{MOST_NEWS + 4}")
    assert len(channel.told) == len(set(channel.told)) == MOST_NEWS + 5


def test_what_did_not_arrive_is_tried_later_and_later_with_the_same_id(
    tmp_path: Path, channel: FakeChannel, clock: Clock
) -> None:
    each = telling(tmp_path, channel, clock)
    each.note([FakeAlarm()], "EUR")
    (waiting,) = Book.of(tmp_path).waiting
    channel.fails = [SendError("away")] * 7

    for pause in (*PAUSES, PAUSES[-1], PAUSES[-1]):
        assert each.deliver() == 1
        left = len(channel.fails)
        clock.pass_(pause - 1)
        assert each.deliver() == 1
        assert len(channel.fails) == left  # it is not tried before its time
        clock.pass_(1)
    assert Book.of(tmp_path).waiting[0].problem == "away"
    assert each.deliver() == 0

    assert [sent.id for sent in channel.sent] == [waiting.message.id]


def test_it_is_given_up_when_it_is_too_old_or_nothing_can_help(
    tmp_path: Path, channel: FakeChannel, clock: Clock
) -> None:
    each = telling(tmp_path, channel, clock)
    each.note([FakeAlarm(), FakeAlarm(slice="other")], "EUR")
    channel.fails = [SendError("gone", for_good=True), SendError("away")]
    assert each.deliver() == 1

    clock.pass_((GIVE_UP + timedelta(hours=3)).total_seconds())
    channel.fails = [SendError("away")]
    assert each.deliver() == 0

    assert (Book.of(tmp_path).given_up, channel.sent) == (2, [])
    assert each.note([FakeAlarm(), FakeAlarm(slice="other")], "EUR") == 0


def test_a_message_of_a_channel_that_is_no_more_is_given_up(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    telling(tmp_path, channel, clock).note([FakeAlarm()], "EUR")
    mail = FakeChannel("mail")

    assert telling(tmp_path, mail, clock).deliver() == 0
    assert (mail.sent, Book.of(tmp_path).given_up) == ([], 1)


def test_without_channels_nothing_is_kept_so_a_channel_that_comes_later_tells_what_goes_on(
    tmp_path: Path, channel: FakeChannel, clock: Clock
) -> None:
    assert Telling(tmp_path, [], MODEL, clock).note([FakeAlarm()], "EUR") == 0
    assert telling(tmp_path, channel, clock).note([FakeAlarm()], "EUR") == 1


class KilledAfterSending(FakeChannel):
    """Ends its process by SIGKILL when a message has left, before anything can be written down."""

    def send(self, message: Message) -> None:
        Path("sent").write_text(message.id, encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_kill_between_sending_and_writing_it_down_sends_it_once_more_with_the_same_id(
    tmp_path: Path, channel: FakeChannel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if (pid := os.fork()) == 0:
        each = telling(tmp_path, KilledAfterSending(), clock)
        each.note([FakeAlarm()], "EUR")
        each.deliver()
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL

    after = telling(tmp_path, channel, clock)
    assert after.note([FakeAlarm()], "EUR") == 0
    assert after.deliver() == 0

    assert [each.id for each in channel.sent] == [Path("sent").read_text(encoding="utf-8")]


def test_a_try_changes_nothing_about_what_was_told(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    each = telling(tmp_path, channel, clock)
    each.add(news())
    each.deliver()

    assert each.note([FakeAlarm()], "EUR") == 1


def test_the_book_is_private(tmp_path: Path, channel: FakeChannel, clock: Clock) -> None:
    telling(tmp_path, channel, clock).note([FakeAlarm()], "EUR")

    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
