from pathlib import Path

import pytest
from rich.console import Console

from serving.scores import Explain
from tests.benchmarks import figures, serving
from tests.benchmarks.figures import LIMITS, Limit
from tests.benchmarks.load import Result

P50, MOST = "5 lines, one worker, 200/s: p50", "5 lines, one worker: most"


def test_the_history_keeps_every_run_and_gives_the_last_value_of_each_figure(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    assert figures.last(history) == {}

    figures.add({MOST: 1234.56, P50: 1.0}, history)
    figures.add({P50: 0.9}, history)

    rows = history.read_text().splitlines()
    assert rows[0].split(",") == list(figures.COLUMNS)
    assert [row.split('"')[1] for row in rows[1:]] == [P50, MOST, P50]
    assert figures.last(history) == {P50: 0.9, MOST: 1235.0}


def test_a_figure_without_a_limit_is_not_kept(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    with pytest.raises(KeyError, match="figures without a limit: other"):
        figures.add({P50: 1.0, "other": 1.0}, history)
    assert not history.exists()


def test_the_table_says_which_limits_are_held() -> None:
    console = Console(width=140)
    with console.capture() as printed:
        console.print(figures.against_limits({P50: LIMITS[P50].bound, MOST: 1999.0}, {MOST: 850.0}))
    rows = [line.split() for line in printed.get().splitlines()]
    assert rows[-3][-2:] == ["yes", "-"]
    assert rows[-2][-2:] == ["NO", "850"]


def test_a_limit_is_held_at_its_bound() -> None:
    assert Limit("ms", 1.0).holds(1.0)
    assert not Limit("ms", 1.0).holds(1.1)
    assert Limit("/s", 10, least=True).holds(10)
    assert not Limit("/s", 10, least=True).holds(9)


def test_the_kept_history_can_be_read() -> None:
    assert set(figures.last()) <= set(LIMITS)


def test_every_limit_of_the_service_is_a_figure_of_its_benchmark() -> None:
    found = Result(1, 0, 1, {"200": 1}, {}, 0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, None)
    names = {
        name
        for workers in serving.WORKERS
        for what in [*(serving.basket(lines, workers) for lines in serving.SIZES), *_explained(workers)]
        for rate in (serving.RATE, None)
        for name in serving.named(what, rate, found)
    }
    assert {name for name in LIMITS if " worker" in name and ": " in name} <= names


def _explained(workers: int) -> list[str]:
    return [serving.explained(each, workers) for each in (Explain.REASONS, Explain.ALL)]
