import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from tests.training.small_matrix import SPLIT, START, matrix_frame, write_matrix
from training import split as stage
from training.model import split
from training.model.split import DAY, SplitParams, cut, final_split

PARAMS = st.builds(
    SplitParams,
    test_days=st.integers(1, 20),
    gap_days=st.integers(0, 15),
    calibration_days=st.integers(1, 20),
    stop_days=st.integers(1, 20),
)
LINES = st.lists(
    st.tuples(st.integers(0, 120 * 24), st.integers(0, 60 * 24), st.sampled_from([0, 1, None])), min_size=1, max_size=80
)
TEST_FROM = START + 100 * DAY


def frame_of(lines: list[tuple[int, int, int | None]]) -> pd.DataFrame:
    """Lines of (hours from the start to the order, hours on to its close, label)."""
    ordered = START + pd.to_timedelta([hours for hours, _, _ in lines], unit="h")
    closes = ordered + pd.to_timedelta([hours for _, hours, _ in lines], unit="h")
    label = pd.array([label for _, _, label in lines], dtype="Int8")
    return pd.DataFrame({"ordered_at": ordered, "closes_at": closes, "label": label})


@given(PARAMS, LINES)
def test_parts_never_overlap_and_hold_settled_lines_alone(
    days: SplitParams, lines: list[tuple[int, int, int | None]]
) -> None:
    times = frame_of(lines)
    found = cut(START, TEST_FROM, TEST_FROM + days.test_days * DAY, days)
    parts = [part.holds(times) for part in (found.fit, found.stop, found.calibration)]

    assert not any((one & other).any() for one, other in combinations([*parts, found.test(times)], 2))
    assert not (found.train.holds(times) & found.test(times)).any()
    assert not (np.logical_or.reduce(parts) & ~found.train.holds(times)).any()
    assert not (np.logical_or.reduce([*parts, found.test(times)]) & times["label"].isna()).any()


@given(PARAMS, LINES)
def test_a_part_ends_a_gap_before_the_next_and_every_outcome_in_it_was_known_by_then(
    days: SplitParams, lines: list[tuple[int, int, int | None]]
) -> None:
    times = frame_of(lines)
    found = cut(START, TEST_FROM, TEST_FROM + days.test_days * DAY, days)
    followed = [
        (found.fit, found.stop.since),
        (found.stop, found.calibration.since),
        (found.calibration, found.test_from),
        (found.train, found.test_from),
    ]

    for part, after in followed:
        inside = times[part.holds(times)]
        assert part.until + days.gap_days * DAY == after
        assert (inside["ordered_at"] + days.gap_days * DAY < after).all()
        assert (inside["closes_at"] <= after).all()


def test_parts_last_as_long_as_the_parameters_say() -> None:
    found = cut(
        START, TEST_FROM, TEST_FROM + 20 * DAY, SplitParams(test_days=20, gap_days=3, calibration_days=5, stop_days=7)
    )

    assert (found.stop.until - found.stop.since, found.calibration.until - found.calibration.since) == (
        7 * DAY,
        5 * DAY,
    )
    assert (found.fit.since, found.train.since) == (START, START)
    assert found.fit.until == TEST_FROM - (3 + 5 + 3 + 7 + 3) * DAY


def test_the_test_ends_where_windows_are_still_open() -> None:
    times = matrix_frame()[["ordered_at", "closes_at", "label"]]
    still_open = times[times["closes_at"] > times["ordered_at"].max()]

    found = final_split(times, SPLIT)

    assert found.test_until == still_open["ordered_at"].min().normalize()
    assert found.test_from == found.test_until - 20 * DAY
    assert set(found.test(times)) == {True, False}


def test_a_line_whose_outcome_was_never_recorded_does_not_end_the_test() -> None:
    times = frame_of([(hours, 24, None if hours == 1000 else hours % 2) for hours in range(0, 2000, 10)])

    assert final_split(times, SPLIT.model_copy(update={"gap_days": 1})).test_until == START + 83 * DAY


def test_a_cancelled_line_is_not_open_and_does_not_end_the_test() -> None:
    times = matrix_frame()[["ordered_at", "closes_at", "label"]]
    first = times.index[times["closes_at"] > times["ordered_at"].max()][0]
    standing = times.assign(cancelled_at=pd.Series(pd.NaT, index=times.index))
    standing.loc[first - 100, ["closes_at", "label"]] = [times["closes_at"].max() + DAY, None]
    cancelled = standing.copy()
    cancelled.loc[first - 100, "cancelled_at"] = times["ordered_at"].max()

    assert final_split(cancelled, SPLIT).test_until == final_split(times, SPLIT).test_until
    assert final_split(standing, SPLIT).test_until < final_split(times, SPLIT).test_until


def test_where_every_window_has_closed_the_test_ends_with_the_day_of_the_last_order() -> None:
    times = frame_of([(hours, 0, hours % 2) for hours in range(0, 120 * 24, 5)])

    assert final_split(times, SPLIT).test_until == START + 120 * DAY


def test_too_short_a_history_is_one_message_that_names_the_empty_parts() -> None:
    times = matrix_frame()[["ordered_at", "closes_at", "label"]]
    late = times[times["ordered_at"] >= START + 110 * DAY]

    with pytest.raises(UserError, match="none in fit, stop;") as caught:
        final_split(late, SPLIT)

    assert "orders run from 2024-04-20 to 2024-07-18" in caught.value.found


@pytest.mark.parametrize("history", [120, 100, 85])
def test_the_spans_that_too_short_a_history_is_told_to_set_fit_it(history: int) -> None:
    times = matrix_frame()[["ordered_at", "closes_at", "label"]]
    late = times[times["ordered_at"] >= START + (200 - history) * DAY]

    with pytest.raises(UserError) as caught:
        final_split(late, SPLIT)

    named = {name: int(value) for name, value in re.findall(r"split\.(\w+): (\d+)", caught.value.fix)}
    found = final_split(late, SplitParams(**named))
    assert found.fit.until - found.fit.since >= 7 * DAY
    assert all(value <= getattr(SPLIT, name) for name, value in named.items())


def test_a_history_that_no_spans_fit_is_told_for_how_long_to_wait() -> None:
    times = matrix_frame()[["ordered_at", "closes_at", "label"]]
    late = times[times["ordered_at"] >= START + 165 * DAY]

    with pytest.raises(UserError) as caught:
        final_split(late, SPLIT)

    more = int(re.findall(r"wait for (\d+) more days", caught.value.fix)[0])
    assert "split." not in caught.value.fix
    longer = times[times["ordered_at"] >= START + (165 - more) * DAY]
    assert final_split(longer, SPLIT).fit.until - longer["ordered_at"].min().normalize() >= 7 * DAY


def test_orders_of_which_nothing_has_settled_are_one_message() -> None:
    with pytest.raises(UserError, match="return window has closed"):
        final_split(frame_of([(0, 24, None), (5, 24, None)]), SPLIT)


def test_the_stage_writes_what_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = matrix_frame()
    write_matrix(frame, tmp_path / "features/matrix/lines.parquet")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"split": SPLIT.model_dump()}))

    stage.main()

    assert split.load() == final_split(frame, SPLIT)


@pytest.mark.parametrize("read", [split.load, split.read_times])
def test_a_missing_file_is_one_message_that_names_the_stage(
    read: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert callable(read)

    with pytest.raises(UserError, match=r"no such file[\s\S]*stage: dvc repro"):
        read()
