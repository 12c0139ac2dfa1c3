"""The outcome rule: when a line's outcome is decided, and what counts as returned."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import params
from data.errors import UserError
from data.outcome import OutcomeParams, as_of, closes_at, closes_at_time, counting_returns, outcomes
from data.times import to_us

START = datetime.fromisoformat("2024-03-01")
RULE = OutcomeParams(return_window_days=14, delivery_allowance_days=7, returned_from_share=0)
US = pa.timestamp("us")
MICROSECOND = timedelta(microseconds=1)


def day(number: float) -> datetime:
    """The moment ``number`` days after the start."""
    return START + timedelta(days=number)


@dataclass(frozen=True)
class Line:
    """One order line in days after the start, with the days of its returns, of one piece each."""

    ordered: float = 0
    delivered: float | None = None
    closes: float | None = None
    recorded: bool | None = True
    returned: tuple[float, ...] = ()
    cancelled: float | None = None
    pieces: int = 1


@dataclass(frozen=True)
class Outcome:
    """A line's outcome, in days after the start, and the pieces kept."""

    closes: float
    returned_at: float | None
    settled: float | None
    returned: bool | None
    label: int | None
    kept: int | None = None
    cancelled: float | None = None


@cache
def duckdb() -> ibis.BaseBackend:
    """One connection for all tests here: they register nothing that stays."""
    return ibis.duckdb.connect()


def moments(days: list[float | None]) -> pa.Array:
    """Days after the start as timestamps."""
    return pa.array([None if d is None else day(d) for d in days], US)


def tables(lines: list[Line], *, without: tuple[str, ...] = ()) -> tuple[ibis.Table, ibis.Table]:
    """The order lines and returns as Ibis tables, ``without`` some optional columns."""
    columns = {
        "line_id": pa.array([str(i) for i in range(len(lines))], pa.string()),
        "ordered_at": moments([line.ordered for line in lines]),
        "delivered_at": moments([line.delivered for line in lines]),
        "closes_at": moments([line.closes for line in lines]),
        "outcome_recorded": pa.array([line.recorded for line in lines], pa.bool_()),
        "cancelled_at": moments([line.cancelled for line in lines]),
        "quantity": pa.array([line.pieces for line in lines], pa.int64()),
    }
    returned = [(str(i), at) for i, line in enumerate(lines) for at in line.returned]
    returns = {
        "return_id": pa.array([f"{place:03}" for place in range(len(returned))], pa.string()),
        "line_id": pa.array([i for i, _ in returned], pa.string()),
        "returned_at": moments([a for _, a in returned]),
        "quantity": pa.array([1] * len(returned), pa.int64()),
    }
    kept = {name: values for name, values in columns.items() if name not in without}
    return ibis.memtable(pa.table(kept)), ibis.memtable(pa.table(returns))


def from_share(share: float) -> OutcomeParams:
    """The rule where a line is returned from this share of its pieces on."""
    return RULE.model_copy(update={"returned_from_share": share})


def decide(lines: list[Line], *, without: tuple[str, ...] = (), rule: OutcomeParams = RULE) -> list[Outcome]:
    """The outcome of each line, in the order given."""
    table, returns = tables(lines, without=without)
    rows = duckdb().to_pyarrow(outcomes(table, returns, rule)).to_pylist()
    assert sorted(int(row["line_id"]) for row in rows) == list(range(len(lines)))
    return [read(row) for row in sorted(rows, key=lambda row: int(row["line_id"]))]


def read(row: dict[str, Any]) -> Outcome:
    """A row of outcomes, its times as days after the start."""
    days_of = {name: (at - START) / timedelta(days=1) for name, at in row.items() if isinstance(at, datetime)}
    return Outcome(
        closes=days_of["closes_at"],
        returned_at=days_of.get("returned_at"),
        settled=days_of.get("settled_at"),
        returned=row["returned"],
        label=row["label"],
        kept=row["pieces_kept"],
        cancelled=days_of.get("cancelled_at"),
    )


LATER = Line(ordered=1000)
"""An order long after: it moves the data's as_of, so that every window before it has closed."""


def test_a_delivered_line_that_stays_is_kept_at_the_end_of_its_window() -> None:
    assert decide([Line(delivered=3), LATER])[0] == Outcome(17, None, 17, False, 0, kept=1)


def test_without_a_delivery_the_window_opens_after_the_allowance() -> None:
    assert decide([Line(), LATER])[0] == Outcome(21, None, 21, False, 0, kept=1)


def test_a_delivery_after_the_deadline_does_not_move_the_close() -> None:
    assert decide([Line(delivered=21.5), LATER])[0].closes == 21


def test_a_delivery_at_the_deadline_still_moves_the_close() -> None:
    assert decide([Line(delivered=21), LATER])[0].closes == 35


def test_the_source_s_own_close_comes_first() -> None:
    assert decide([Line(delivered=3, closes=30), LATER])[0].closes == 30


def test_a_return_within_the_window_is_known_when_it_is_made() -> None:
    assert decide([Line(delivered=3, returned=(9,)), LATER])[0] == Outcome(17, 9, 9, True, 1, kept=0)


def test_a_return_at_the_very_close_counts() -> None:
    assert decide([Line(delivered=3, returned=(17,)), LATER])[0] == Outcome(17, 17, 17, True, 1, kept=0)


def test_a_return_after_the_close_changes_nothing() -> None:
    late = Line(delivered=3, returned=(17 + 1e-6,))
    assert decide([late, LATER])[0] == Outcome(17, None, 17, False, 0, kept=1)


def test_the_first_of_several_returns_decides() -> None:
    assert decide([Line(delivered=3, returned=(40, 9, 12)), LATER])[0] == Outcome(17, 9, 9, True, 1, kept=0)


def test_a_line_of_unrecorded_outcome_never_settles() -> None:
    unrecorded = Line(delivered=3, recorded=False, returned=(9,))
    assert decide([unrecorded, LATER])[0] == Outcome(17, None, None, None, None)


def test_a_missing_word_on_recording_means_recorded() -> None:
    assert decide([Line(recorded=None), LATER])[0].label == 0


def test_an_open_window_is_unsettled() -> None:
    assert decide([Line(), Line(ordered=20)])[0] == Outcome(21, None, None, None, None)


def test_a_line_that_is_back_within_an_open_window_is_settled_but_no_label() -> None:
    assert decide([Line(returned=(9,)), Line(ordered=20)])[0] == Outcome(21, 9, 9, True, None)


def test_a_window_that_closes_at_as_of_is_settled() -> None:
    assert decide([Line(), Line(ordered=21)])[0] == Outcome(21, None, 21, False, 0, kept=1)


THREE = Line(delivered=3, pieces=3, returned=(9, 12, 15))


@pytest.mark.parametrize(("share", "at"), [(0, 9), (1 / 3, 9), (0.34, 12), (0.5, 12), (2 / 3, 12), (0.67, 15), (1, 15)])
def test_a_line_is_returned_with_the_return_that_reaches_the_share(share: float, at: float) -> None:
    assert decide([THREE, LATER], rule=from_share(share))[0] == Outcome(17, at, at, True, 1, kept=0)


def test_below_the_share_the_line_is_kept_at_its_close_and_its_pieces_are_counted() -> None:
    partly = replace(THREE, returned=(9, 17 + 1e-6))

    assert decide([partly, LATER], rule=from_share(0.5))[0] == Outcome(17, None, 17, False, 0, kept=2)
    assert decide([partly, LATER])[0] == Outcome(17, 9, 9, True, 1, kept=2)


def test_below_the_share_an_open_line_is_unsettled() -> None:
    young = replace(THREE, delivered=None, returned=(9,))

    assert decide([young, Line(ordered=20)], rule=from_share(0.5))[0] == Outcome(21, None, None, None, None)


def test_returns_count_by_time_and_with_pieces_that_the_line_still_has() -> None:
    lines = [
        Line(pieces=2, returned=(12, 9, 9)),
        Line(returned=(40,)),
        Line(recorded=False, returned=(3,)),
        Line(cancelled=2, returned=(5,)),
        LATER,
    ]

    rows = duckdb().to_pyarrow(counting_returns(*tables(lines), from_share(1))).to_pylist()

    found = [((row["returned_at"] - START).days, row["pieces"], row["pieces_back"], row["whole"]) for row in rows]
    assert {row["line_id"] for row in rows} == {"0"}
    assert sorted(found) == [(9, 1, 1, False), (9, 1, 2, True)]


def test_a_cancelled_line_has_no_outcome_whatever_its_returns_say() -> None:
    cancelled = Line(cancelled=4, returned=(4, 9))

    assert decide([cancelled, LATER])[0] == Outcome(21, None, None, None, None, cancelled=4)


@pytest.mark.parametrize("line", [Line(cancelled=9.5, returned=(9,)), Line(cancelled=21 + 1e-6)])
def test_a_cancellation_after_a_return_or_the_close_changes_nothing(line: Line) -> None:
    assert decide([line, LATER]) == decide([replace(line, cancelled=None), LATER])


@pytest.mark.parametrize("without", [("delivered_at",), ("closes_at",), ("outcome_recorded",), ("cancelled_at",)])
def test_an_absent_optional_column_is_an_empty_one(without: tuple[str, ...]) -> None:
    lines = [Line(returned=(3,)), Line(ordered=1), LATER]

    assert decide(lines, without=without) == decide(lines)


@pytest.mark.parametrize(
    ("line", "latest"),
    [
        (Line(ordered=50), 50),
        (Line(delivered=60), 60),
        (Line(closes=70), 70),
        (Line(returned=(80, 2)), 80),
        (Line(cancelled=90), 90),
    ],
)
def test_as_of_is_the_latest_time_anywhere(line: Line, latest: float) -> None:
    found = duckdb().to_pyarrow(as_of(*tables([Line(), line])))

    assert found.as_py() == day(latest)


@pytest.mark.parametrize(("until", "settled"), [(30, None), (70, 70), (90, 70)])
def test_a_close_after_the_tables_were_written_decides_nothing(until: float, settled: float | None) -> None:
    table, returns = tables([Line(closes=70), Line(ordered=25)])

    end = duckdb().to_pyarrow(as_of(table, returns, day(until))).as_py()
    rows = duckdb().to_pyarrow(outcomes(table, returns, RULE, day(until))).to_pylist()

    assert end == day(min(until, 70))
    (ahead,) = [read(row) for row in rows if row["line_id"] == "0"]
    assert (ahead.settled, ahead.label) == (settled, None if settled is None else 0)


def test_empty_tables_have_no_outcomes() -> None:
    assert decide([]) == []


def reference(line: Line, now: float, share: float) -> Outcome:
    """The rule once more, line by line in plain Python."""
    deadline = line.ordered + RULE.delivery_allowance_days + RULE.return_window_days
    closes = deadline
    if line.delivered is not None and line.delivered <= deadline:
        closes = line.delivered + RULE.return_window_days
    if line.closes is not None:
        closes = line.closes
    early = min([closes, *line.returned])
    if line.cancelled is not None and line.cancelled <= early:
        return Outcome(closes, None, None, None, None, cancelled=line.cancelled)
    if line.recorded is False:
        return Outcome(closes, None, None, None, None)
    back = sorted(at for at in line.returned if at <= closes)[: line.pieces]
    kept = line.pieces - len(back) if closes <= now else None
    needed = max(1, math.ceil(Fraction(share).limit_denominator(100) * line.pieces))
    if len(back) >= needed:
        at = back[needed - 1]
        return Outcome(closes, at, at, True, 1 if closes <= now else None, kept)
    return Outcome(closes, None, closes, False, 0, kept) if closes <= now else Outcome(closes, None, None, None, None)


days = st.integers(0, 60).map(float)
some_lines = st.lists(
    st.builds(
        Line,
        ordered=days,
        delivered=st.none() | days,
        closes=st.none() | days,
        recorded=st.none() | st.booleans(),
        returned=st.lists(days, max_size=3).map(tuple),
        cancelled=st.none() | days,
        pieces=st.integers(1, 4),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(some_lines, st.sampled_from([0, 0.3, 0.5, 1]))
def test_every_mixture_of_lines_follows_the_rule(lines: list[Line], share: float) -> None:
    now = max(d for x in lines for d in (x.ordered, x.delivered, x.closes, x.cancelled, *x.returned) if d is not None)

    assert decide(lines, rule=from_share(share)) == [reference(line, now, share) for line in lines]


@settings(max_examples=20, deadline=None)
@given(some_lines, days, st.sampled_from([0, 0.5, 1]))
def test_facts_from_after_the_close_never_change_a_label(lines: list[Line], cut: float, share: float) -> None:
    """Forget all that became known after ``cut``: what had closed by then keeps its label."""
    known = [
        Line(
            x.ordered,
            x.delivered if x.delivered is not None and x.delivered <= cut else None,
            None,
            x.recorded,
            tuple(d for d in x.returned if d <= cut),
            x.cancelled if x.cancelled is not None and x.cancelled <= cut else None,
            x.pieces,
        )
        for x in lines
    ]
    whole = [replace(x, closes=None) for x in lines]

    then, now = (decide([*each, LATER], rule=from_share(share)) for each in (known, whole))

    for before, after in zip(then, now, strict=True):
        if min(before.closes, after.closes) <= cut and after.closes <= cut:
            assert before == after


def test_the_close_is_a_timestamp_in_microseconds() -> None:
    table, _ = tables([Line()])

    arrow = duckdb().to_pyarrow(closes_at(table, RULE).name("closes_at").as_table())

    assert arrow.schema.field("closes_at").type == US


@pytest.mark.parametrize("bad", ["return_window_days: 0", "return_window_days: -3", "return_window_days: soon"])
def test_a_window_out_of_range_is_one_clear_message(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(f"outcome:\n  {bad}\n  delivery_allowance_days: 7\n  returned_from_share: 0\n")

    with pytest.raises(UserError, match=r"outcome\.return_window_days"):
        params.load("outcome", OutcomeParams, file)


DAYS = st.none() | st.integers(0, 60)


@given(ordered=st.integers(0, 40), delivered=DAYS, said=DAYS, window=st.integers(1, 30), allowance=st.integers(0, 20))
@settings(max_examples=60)
def test_one_line_closes_when_it_does_in_a_table(
    ordered: int, delivered: int | None, said: int | None, window: int, allowance: int
) -> None:
    chosen = OutcomeParams(return_window_days=window, delivery_allowance_days=allowance, returned_from_share=0)
    times = [None if number is None else day(number) for number in (ordered, delivered, said)]
    names = ("ordered_at", "delivered_at", "closes_at")
    table = pa.table({name: pa.array([time], US) for name, time in zip(names, times, strict=True)})
    lines = ibis.memtable(table).select(*names)

    in_table = lines.select(at=closes_at(lines, chosen)).to_pyarrow()["at"][0].as_py()

    first, *others = [None if time is None else to_us(time) for time in times]
    assert first is not None
    assert closes_at_time(first, others[0], others[1], chosen) == to_us(in_table)
