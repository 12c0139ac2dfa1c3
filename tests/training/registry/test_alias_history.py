from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from training.registry.alias_history import AliasChange, Cause, changes, holders, table, withdrawn


def change(sequence: int, previous: int | None, version: int, cause: Cause = Cause.COMPARED) -> AliasChange:
    return AliasChange(sequence, "champion", "2024-06-01T12:00:00+00:00", "Ada (ada)", cause, previous, version, "why")


def test_a_rollback_takes_away_what_it_left() -> None:
    history = [change(1, None, 1), change(2, 1, 2), change(3, 2, 3), change(4, 3, 2, Cause.ROLLED_BACK)]

    assert holders(history, 2) == [1, 2]


def test_a_version_that_came_back_by_hand_is_rolled_back_to_the_one_before_it() -> None:
    history = [change(1, None, 1), change(2, 1, 2), change(3, 2, 1, Cause.BY_HAND)]

    assert holders(history, 1) == [1, 2, 1]


def test_a_recorded_change_that_was_not_carried_out_does_not_count() -> None:
    history = [change(1, None, 1), change(2, 1, 2)]

    assert holders(history, 1) == [1]


def test_a_holder_from_outside_stands_on_top_of_the_record() -> None:
    assert holders([change(1, None, 1)], 5) == [1, 5]
    assert holders([change(1, None, 1), change(2, 5, 1)], 1) == [1, 5, 1]


def test_a_version_is_withdrawn_until_it_is_given_back() -> None:
    history = [change(1, None, 1), change(2, 1, 2), change(3, 2, 1, Cause.ROLLED_BACK)]

    assert withdrawn(history, 2) == history[2]
    assert withdrawn(history, 1) is None
    assert withdrawn([*history, change(4, 1, 2, Cause.BY_HAND)], 2) is None


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20))
def test_rolling_back_step_by_step_retraces_every_promotion(versions: list[int]) -> None:
    promoted = [version for index, version in enumerate(versions) if index == 0 or version != versions[index - 1]]
    history = [
        change(n, before, now) for n, (before, now) in enumerate(zip([None, *promoted], promoted, strict=False), 1)
    ]
    retraced = [promoted[-1]]
    for _ in promoted[1:]:
        before = holders(history, retraced[-1])[-2]
        history.append(change(len(history) + 1, retraced[-1], before, Cause.ROLLED_BACK))
        retraced.append(before)

    assert retraced == promoted[::-1]
    assert holders(history, retraced[-1]) == promoted[:1]


@given(st.text(max_size=1000), st.text(min_size=1, max_size=50))
def test_a_change_reads_back_as_it_was_written_and_fits_into_a_tag(why: str, by: str) -> None:
    written = AliasChange(3, "champion", "2024-06-01T12:00:00+00:00", by, Cause.BY_HAND, 1, 2, why)

    key, value = written.tag()

    assert changes({key: value, "other": "tag"}, "champion") == [written]
    assert changes({key: value}, "challenger") == []
    assert len(value) < 5000


def test_two_writers_of_the_same_number_both_keep_their_entry() -> None:
    one, two = change(1, None, 1), change(1, None, 2)

    assert len(changes(dict([one.tag(), two.tag()]), "champion")) == 2


def test_a_tag_that_was_tampered_with_is_named() -> None:
    with pytest.raises(UserError, match=r"alias_change\.000001\.ab"):
        changes({"alias_change.000001.ab": "{}"}, "champion")


def test_the_table_has_a_line_a_change() -> None:
    text = table([change(1, None, 1), change(2, 1, 2)])

    assert text.splitlines()[2].split()[:3] == ["2024-06-01T12:00:00+00:00", "v1", "v2"]


def test_a_long_reason_stands_below_its_line_in_120_columns() -> None:
    long = replace(change(1, None, 1), why="log-loss of version 2 on the same lines, " * 6)

    first, *below = table([long, change(2, 1, 2)]).splitlines()[1:-1]

    assert first.split()[-2:] == ["Ada", "(ada)"]
    assert below[0].startswith("    log-loss of version 2")
    assert len(below) == 3
    assert max(map(len, [first, *below])) <= 120
