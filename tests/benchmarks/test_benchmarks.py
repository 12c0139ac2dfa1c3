import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.benchmarks import __main__ as pipeline
from tests.benchmarks.__main__ import BESIDE_TRAINING, Shop, limited, table, verdicts
from tests.benchmarks.figures import LIMITS
from tests.benchmarks.measured import Measured, ProgramFailedError, measure
from tests.checks.pipeline import bodies
from tests.workspace import environment


def a_shop(lines: int, *, each: float, bare: float) -> Shop:
    runs = tuple(Measured(name, each, 10**9, "") for name in ("ingest", "train"))
    return Shop(lines, runs, bare, rounds=100, train_lines=lines // 2)


def test_the_ratios_hold_the_pipeline_against_the_bare_training() -> None:
    shops = [a_shop(1_000, each=3.0, bare=4.0), a_shop(4_000, each=9.0, bare=12.0)]

    said = list(verdicts(shops))

    assert "1,000 lines: whole pipeline to bare training (500 lines, 100 rounds): 1.50;" in said[0]
    assert said[0].endswith("without making the shop: 0.75")
    # 18 s for 4,000 lines are 4.5 ms a line, 6 s for 1,000 lines 6 ms
    assert said[2] == "cost of a line at 4,000 lines, to that at 1,000: 0.75"


def test_the_figures_of_a_shop_are_those_of_its_size() -> None:
    runs = tuple(Measured(name, 3.0, 10**9, "") for name in ("ingest", "features", "state", "train", "stability"))

    found = dict(limited(Shop(1_000_213, runs, bare=6.0, rounds=100, train_lines=500_000)))

    assert found["1,000,000 lines: features and state"] == 6.0
    assert found["1,000,000 lines: all stages, against bare training"] == 2.5
    assert found["1,000,000 lines: ingest to register, against bare training"] == 2.0
    assert found.keys() - LIMITS.keys() == {"1,000,000 lines: most memory of a stage"}


def test_every_stage_is_measured_so_that_each_finds_what_an_earlier_one_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = '{"lines": 1000000, "train_lines": 800000, "rounds": 100, "seconds": 30.0}'
    monkeypatch.setattr(pipeline, "measure", lambda name, *_: Measured(name, 1.0, 10**9, bare))

    found = pipeline.shop(1_000_000, tmp_path)

    assert [run.name for run in found.runs] == list(bodies())
    assert {run.name for run in found.runs} > BESIDE_TRAINING
    assert {"1,000,000 lines: features and state", "1,000,000 lines: all stages, against bare training"} <= set(
        dict(limited(found))
    )


def test_the_table_has_a_row_a_stage_and_the_cost_of_a_line() -> None:
    console = Console(width=120)

    with console.capture() as printed:
        console.print(table([a_shop(1_000, each=3.0, bare=4.0)]))

    rows = [line.split() for line in printed.get().splitlines()]
    assert ["train", "3.0", "3000.0", "1.00"] in rows


def test_the_peak_is_the_programs_own(tmp_path: Path) -> None:
    size = 300_000_000

    run = measure("big", [sys.executable, "-c", f"x = bytearray({size}); print(len(x))"], tmp_path, environment())

    assert size < run.peak_bytes < 2 * size
    assert run.output == f"{size}\n"


def test_a_program_that_fails_is_an_error_with_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailedError, match="broken ended with 3:\nwhy"):
        measure("broken", [sys.executable, "-c", "print('why'); raise SystemExit(3)"], tmp_path, environment())
