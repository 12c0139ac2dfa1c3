from dataclasses import replace

import numpy as np
import pytest

from tests.training.products.made_shop import AS_OF, Sold, made_lines
from tests.training.products.small_context import drawn_lines
from training.products.estimates.settling import RECENT_DAYS, delays, visible


def test_of_a_closed_line_everything_can_be_seen():
    lines, _ = drawn_lines()

    seen = visible(lines, delays(lines))

    assert (seen[lines.closed] == 1).all()
    assert (seen[~lines.closed] < 1).any()


def test_what_can_be_seen_is_the_share_of_returns_that_are_known_by_then():
    # Returns take 4 to 18 days, all days alike: after t days (t - 4) / 14 of them are known.
    lines, _ = drawn_lines(0.5, count=40_000)
    open_lines = ~lines.closed
    age = (lines.as_of - lines.day)[open_lines]

    seen = visible(lines, delays(lines))[open_lines]

    # Counted at whole days, so up to a day's share of a return (1/14) less sharp.
    assert seen == pytest.approx(np.clip((age - 4) / 14, 0, 1), abs=0.06)


def test_no_less_can_be_seen_of_an_older_line():
    lines, _ = drawn_lines()
    found = delays(lines)

    for window in (*found.windows[:3], 999):
        seen = found.by(np.linspace(0, 60, 200), np.full(200, window))
        assert (np.diff(seen) >= 0).all()
        assert seen[-1] == pytest.approx(1)


def test_a_line_whose_window_closes_late_comes_back_late():
    prompt = [Sold(ago=60 + place / 10, returned=True) for place in range(200)]  # ten days each
    lines = made_lines(
        [*prompt, *(Sold(ago=60 + place / 10, returned=True) for place in range(200))], {"shirt": "tops"}
    )
    tardy = np.arange(400) % 2 == 0
    lines = replace(
        lines,
        returned_day=np.where(tardy, lines.day + 20, lines.day + 10),
        closes_day=np.where(tardy, lines.day + 28, lines.day + 18),
    )
    found = delays(lines)
    by_then = found.by(np.full(3, 12.0), np.array([18.0, 28.0, 90.0]))

    # 10 returns with the shop's delays, half of them known by then, beside 200 of its own; unknown lengths: the shop's.
    assert by_then == pytest.approx([205 / 210, 5 / 210, 0.5])


def test_only_the_last_years_delays_count():
    slow = [Sold(ago=RECENT_DAYS + 30 + place, returned=True) for place in range(50)]  # ten days each
    lines = made_lines([*slow, *(Sold(ago=60 + place, returned=True) for place in range(50))], {"shirt": "tops"})
    quick = replace(lines, returned_day=np.where(lines.day > AS_OF - RECENT_DAYS, lines.day + 2, lines.returned_day))

    assert delays(quick).by(np.array([2.0]), lines.window_days[:1])[0] == pytest.approx(1)
    assert delays(lines).by(np.array([2.0]), lines.window_days[:1])[0] == pytest.approx(0)


def test_without_any_return_all_is_taken_to_be_known_at_once():
    lines = made_lines([Sold(ago=3), Sold(ago=50)], {"shirt": None})

    assert visible(lines, delays(lines)).tolist() == [1, 1]
