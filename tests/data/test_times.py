import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from data.times import from_us, iso, now_us, table_time, to_us, utc_now

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = datetime(2023, 11, 14, 22, 13, 20, 500_001)
MOMENT_US = 1_700_000_000_500_001


@pytest.fixture
def at_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: MOMENT_US * 1000 + 999)


@pytest.mark.usefixtures("at_the_moment")
def test_the_clock_gives_whole_microseconds_and_the_same_time_with_its_zone() -> None:
    assert now_us() == MOMENT_US
    assert utc_now() == MOMENT.replace(tzinfo=UTC)
    assert utc_now().tzinfo is UTC


def test_a_time_without_a_zone_is_utc() -> None:
    assert to_us(MOMENT) == to_us(MOMENT.replace(tzinfo=UTC)) == MOMENT_US


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    tokyo = MOMENT.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    assert tokyo.hour == 7
    assert to_us(tokyo) == MOMENT_US


@pytest.mark.parametrize("microseconds", [-1, 0, MOMENT_US, 4_102_444_799_999_999])
def test_there_and_back_nothing_is_lost(microseconds: int) -> None:
    assert from_us(microseconds) - EPOCH == timedelta(microseconds=microseconds)
    assert to_us(from_us(microseconds)) == to_us(table_time(microseconds)) == microseconds
    assert table_time(microseconds).tzinfo is None


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(1_700_000_000_000_000, "2023-11-14T22:13:20Z"), (MOMENT_US, "2023-11-14T22:13:20.500001Z")],
)
def test_a_time_in_a_message_is_iso_8601_in_utc(microseconds: int, text: str) -> None:
    assert iso(microseconds) == text
