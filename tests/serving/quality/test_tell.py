"""The command that tells alarms by hand, and the announcer that tells them beside the service."""

import sys
from pathlib import Path

import pytest

from data.errors import UserError
from serving.quality import tell
from serving.quality.announcer import Announcer
from serving.telling.book import Book
from serving.telling.telling import Telling
from tests.serving.quality.small_quality import NOW, alarm, quality
from tests.serving.telling.alarms import MODEL, Clock, FakeChannel
from tests.serving.telling.smtp_server import MailServer, mail_server


def command(monkeypatch: pytest.MonkeyPatch, folder: Path, server: MailServer | None, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["tell", *arguments])
    monkeypatch.setenv("RETURN_RISK_QUALITY", str(folder))
    if server is not None:
        monkeypatch.setenv("RETURN_RISK_ALARM_MAIL_TO", "ops@shop.example")
        monkeypatch.setenv("RETURN_RISK_SMTP_PORT", str(server.port))
        monkeypatch.setenv("RETURN_RISK_SMTP_SECURITY", "none")
    tell.main()


def test_a_try_arrives_and_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    with mail_server() as server:
        command(monkeypatch, tmp_path, server, "--try")

    assert "a try: nothing is wrong" in server.got[0]["Subject"]
    assert tell.TRY in server.got[0].get_content().replace("\n", " ")
    assert capsys.readouterr().out == "told by mail\n"


def test_by_hand_the_alarms_of_the_last_look_are_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    quality().write(tmp_path)

    with mail_server() as server:
        command(monkeypatch, tmp_path, server)
        command(monkeypatch, tmp_path, server)

    assert len(server.got) == 1
    assert "1 news of alarms\n" in capsys.readouterr().out


def test_a_message_that_did_not_arrive_is_said_with_the_cause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with mail_server() as server:
        server.busy = True
        with pytest.raises(UserError, match="mail: the server answered 451"):
            command(monkeypatch, tmp_path, server, "--try")


def test_without_a_channel_or_a_look_the_command_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with pytest.raises(UserError, match="neither of them"):
        command(monkeypatch, tmp_path, None)
    with mail_server() as server, pytest.raises(UserError, match="make quality"):
        command(monkeypatch, tmp_path, server)


def test_the_announcer_tells_what_each_new_file_has_and_a_failed_look_ends_no_alarm(tmp_path: Path):
    channel = FakeChannel()
    announcer = Announcer(tmp_path, Telling(tmp_path, [channel], MODEL, Clock(NOW)))
    announcer.turn()  # no file yet

    quality().write(tmp_path)
    announcer.turn()
    quality(problem="the tables can't be read", alarms=()).write(tmp_path)
    announcer.turn()
    quality(alarms=(alarm("Corvo"),)).write(tmp_path)
    announcer.turn()

    assert channel.told == [("begun", "Bolt & <Sons>"), ("begun", "Corvo"), ("ended", "Bolt & <Sons>")]
    assert Book.of(tmp_path).waiting == ()
