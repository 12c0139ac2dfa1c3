"""What a quality watch might have found, by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from serving.quality.found import Alarm, Expected, Part, Quality

NOW = datetime(2024, 6, 30, 12, tzinfo=UTC)


def expected(value: float, reach: float = 0.02) -> Expected:
    return Expected(value=value, low=value - reach, high=value + reach)


def part(kind: str, name: str, **changes: Any) -> Part:
    usual: dict[str, Any] = {
        "meaning": "",
        "lines": 1234,
        "settled": 700,
        "known": 0.6,
        "mean_probability": 0.3,
        "rate": expected(0.35),
        "log_loss": expected(0.52),
        "expected_log_loss": 0.51,
        "level": 0.1,
        "slope": 1.0,
        "beyond": 2.5,
        "found": None,
    }
    return Part(kind=kind, name=name, **usual | changes)


def alarm(slice_: str, **changes: Any) -> Alarm:
    usual: dict[str, Any] = {
        "id": f"id of {slice_}",
        "told_at": NOW - timedelta(days=3),
        "last_told_at": NOW,
        "open": True,
        "kind": "brand",
        "since": NOW - timedelta(days=12),
        "direction": "more",
        "lines": 300,
        "mean_probability": 0.3,
        "rate": expected(0.41),
        "cost_minor_a_month": 123_400,
        "text": f"brand {slice_}: more lines come back than the scores say",
    }
    return Alarm(slice=slice_, **usual | changes)


def quality(**changes: Any) -> Quality:
    usual: dict[str, Any] = {
        "tried_at": NOW,
        "told_at": NOW,
        "known_until": NOW - timedelta(hours=1),
        "currency": "EUR",
        "scores": 5000,
        "joined": 4000,
        "parts": (
            part("all", "last 28 days"),
            part("week", "2024-06-17"),
            part("week", "2024-06-24", rate=expected(0.38, 0.1)),
            part("day", "2024-06-29"),
            part("part", "version 3"),
            part("part", "version 4"),
            part("brand", "Aquila", found=False, beyond=0.2),
            part("brand", "Bolt & <Sons>", found=True, beyond=4.0),
            part("customer", "new", found=False, beyond=-1.0),
        ),
        "alarms": (alarm("Bolt & <Sons>"), alarm("Corvo", open=False)),
    }
    return Quality(**usual | changes)
