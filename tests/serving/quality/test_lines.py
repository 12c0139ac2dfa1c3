import pandas as pd

from features.online_state.records import BY_THE_CLOCK, Silence
from serving.quality.lines import known_until

DAY, START = pd.Timedelta(days=1), pd.Timestamp("2026-01-01")
MICROSECOND = pd.Timedelta(microseconds=1)


def times() -> pd.DataFrame:
    """A return of an open window on day 5, a line that closed as kept on day 10, and an order on day 20."""
    return pd.DataFrame(
        {
            "ordered_at": [START, START + DAY, START + 20 * DAY],
            "settled_at": [START + 5 * DAY, START + 10 * DAY, pd.NaT],
            "label": pd.array([None, 0, None], dtype="Int8"),
        }
    )


def test_facts_are_known_until_the_latest_of_any_kind() -> None:
    assert known_until(times(), BY_THE_CLOCK) == START + 20 * DAY + MICROSECOND
    assert known_until(times(), Silence(outcome=30 * 86_400_000_000)) == START + 20 * DAY + MICROSECOND


def test_where_outcomes_stopped_nothing_is_known_long_after_the_last_return() -> None:
    assert known_until(times(), Silence(outcome=3 * 86_400_000_000)) == START + 8 * DAY + MICROSECOND


def test_without_any_return_outcomes_never_stopped() -> None:
    nothing = times().assign(label=pd.array([0, 0, None], dtype="Int8"))

    assert known_until(nothing, Silence(outcome=1)) == START + 20 * DAY + MICROSECOND
