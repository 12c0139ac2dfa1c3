"""Sessions and wrong logins in one file."""

import sqlite3
import stat
from pathlib import Path

import pytest

from data.times import now_us
from serving.http.guards import sessions as module
from serving.http.guards.sessions import Session, Sessions, SessionsError

SECOND = 1_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time; a test changes its one element."""
    now = [now_us()]
    monkeypatch.setattr(module, "now_us", lambda: now[0])
    return now


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "sessions.sqlite")


def test_a_session_has_a_random_id_and_ends_when_it_is_ended(sessions):
    first, second = sessions.begin("read", "aa"), sessions.begin("read", "aa")
    assert first != second
    assert sessions.find(first) == Session("read", "aa")

    sessions.end(first)

    assert sessions.find(first) is None
    assert sessions.find(second) is not None
    assert sessions.find("") is sessions.find("unknown") is None


def test_a_session_ends_by_itself_and_is_forgotten(sessions, clock, tmp_path):
    session = sessions.begin("read", "aa")
    clock[0] += module.SESSION_SECONDS * SECOND

    assert sessions.find(session) is None
    sessions.begin("read", "aa")
    with sqlite3.connect(tmp_path / "sessions.sqlite") as database:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    database.close()


def test_the_file_is_for_its_owner_and_holds_no_id(sessions, tmp_path):
    session = sessions.begin("read", "aa")

    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert session.encode() not in path.read_bytes()


def test_each_wrong_try_waits_twice_as_long_up_to_a_minute(sessions, clock):
    waits = []
    for _ in range(12):
        waits.append(seconds := sessions.try_login("192.0.2.1"))
        clock[0] += seconds * SECOND
        if seconds:
            assert sessions.try_login("192.0.2.1") == 0

    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_tries_are_forgotten_after_a_quarter_of_an_hour_or_a_right_key(sessions, clock):
    for _ in range(3):
        sessions.try_login("192.0.2.1")
        sessions.try_login("192.0.2.2")
    assert sessions.try_login("192.0.2.1") == 1

    sessions.forget_tries("192.0.2.1")

    assert (sessions.try_login("192.0.2.1"), sessions.try_login("192.0.2.2")) == (0, 1)
    clock[0] += module.FORGET_SECONDS * SECOND
    assert sessions.try_login("192.0.2.2") == 0


def test_one_network_of_ipv6_is_one_source(sessions):
    for number in range(3):
        sessions.try_login(f"2001:db8::{number}")

    assert sessions.try_login("2001:db8::ffff") == 1
    assert sessions.try_login("2001:db8:0:1::1") == 0


def test_a_file_that_can_not_be_used_is_an_error_with_the_setting(tmp_path):
    (tmp_path / "sessions.sqlite").mkdir()

    with pytest.raises(SessionsError, match="RETURN_RISK_SESSIONS"):
        Sessions(tmp_path / "sessions.sqlite").find("x")
