import io
import logging
import sys

import pytest
from rich.console import Console

from data.progress import line
from data.progress.line import Position, Sparse, drawn, seconds
from data.progress.steps import step, watched

ERASED = "\r\x1b[1A\x1b[2K"
"""Ends a terminal's line one row up, and clears it."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_words_name_the_steps_how_far_they_are_and_their_figures() -> None:
    position = Position("training.backtest")

    with watched(position), step("backtest", 5, "folds") as folds, step("boosting", 1000, "rounds") as rounds:
        folds.move(1)
        rounds.move(140, log_loss=0.54321)
        words, share = position.words(), position.share()

    assert words == "backtest 1 of 5 folds · boosting 140 of 1,000 rounds, log-loss 0.5432"
    assert share == pytest.approx(0.14)
    assert position.words() == ""


def test_a_query_is_polled_and_one_without_an_estimate_leaves_the_share_of_the_step_around_it() -> None:
    position = Position("features.build")

    with watched(position), step("features", 4, "tables") as tables:
        tables.move(2)
        with step("lines", polled=lambda: 0.25):
            assert position.words() == "features 2 of 4 tables · lines 25%"
            assert position.share() == pytest.approx(0.25)
        with step("cases", polled=lambda: None):
            assert position.words() == "features 2 of 4 tables · cases"
            assert position.share() == pytest.approx(0.5)


def test_the_line_fits_the_terminal_and_shows_stage_bar_and_time() -> None:
    clock = Clock()
    position = Position("training.train", clock)
    clock.now = 65.0

    with watched(position), step("boosting", 10, "rounds") as rounds:
        rounds.move(5)
        wide, narrow = (drawn(position, width).plain for width in (120, 40))

    assert wide == "training.train ━━━━━━━━━━━━━━━━━━━━━━━━ boosting 5 of 10 rounds  1 min 05 s"
    assert len(narrow) <= 40
    assert narrow.startswith("training.train ")
    assert narrow.endswith("  1 min 05 s")


@pytest.mark.parametrize(
    ("elapsed", "written"), [(8.9, "8 s"), (65, "1 min 05 s"), (3600, "1 h 00 min"), (7500, "2 h 05 min")]
)
def test_durations_are_written_as_people_do(elapsed: float, written: str) -> None:
    assert seconds(elapsed) == written


def test_a_log_hears_of_a_long_stage_after_five_seconds_and_then_rarely(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    position = Position("training.train", clock)
    sparse = Sparse(position)

    with caplog.at_level(logging.INFO), watched(position), step("boosting", 10, "rounds") as rounds:
        for second in range(1, 71):
            clock.now = float(second)
            rounds.move(second // 10)
            sparse.tick()

    assert caplog.messages == [
        "training.train: boosting 0 of 10 rounds (5 s)",
        "training.train: boosting 3 of 10 rounds (35 s)",
        "training.train: boosting 6 of 10 rounds (1 min 05 s)",
    ]


def test_a_short_stage_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    position = Position("training.split", clock)
    sparse = Sparse(position)

    with caplog.at_level(logging.INFO), watched(position), step("cutting"):
        clock.now = 4.0
        sparse.tick()
    clock.now = 60.0
    sparse.tick()

    assert caplog.messages == []


def test_on_a_terminal_the_line_is_taken_away_and_log_lines_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: list[logging.Handler] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **given: handlers.extend(given["handlers"]))
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    position = Position("training.train")

    with line.shown(position, console), watched(position), step("boosting", 10, "rounds"):
        handlers[0].emit(logging.LogRecord("x", logging.INFO, "", 0, "5 trees [on] lines", None, None))
        while "boosting 0 of 10 rounds" not in out.getvalue():
            pass

    assert "5 trees [on] lines\n" in out.getvalue()
    assert out.getvalue().endswith(ERASED)


def test_what_a_program_prints_stands_above_the_line_and_a_command_to_copy_stays_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out, command = io.StringIO(), "  dvc exp run -S data.source=mapped -S data.path=/shop -S data.mapping=shop.yaml"
    console = Console(file=out, force_terminal=True, width=40, color_system=None)
    position = Position("data.draft")

    with line.shown(position, console), watched(position), step("trial"):
        print("next: [go]\n" + command)
        print("the end", end="")

    assert "next: [go]\n" in out.getvalue()
    assert f"{command}\n" in out.getvalue()
    assert "the end\n" in out.getvalue()
    assert out.getvalue().endswith(ERASED)
