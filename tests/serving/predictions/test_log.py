import errno
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from data.logged.predictions import PREDICTIONS, Prediction
from serving.predictions import rotating_file
from serving.predictions.log import PredictionLog

SAID = Prediction(
    scored_at=1_700_000_000_000_000,
    request_id="r1",
    basket=0,
    basket_id=None,
    customer="c1",
    ordered_at=1_700_000_000_000_000,
    line=0,
    line_id=None,
    lines=2,
    product_id="p1",
    size="m",
    color="blue",
    quantity=1,
    price_minor=2999,
    probability=0.25,
    low=0.2,
    high=0.3,
    expected_cost_minor=150.0,
    model_version="7",
    data_as_of=1_699_999_999_000_000,
)


def logged(folder: Path, *predictions: Prediction, max_file_bytes: int = 1_000_000, max_files: int = 10) -> int:
    """Log through one process's log, from start to stop, and return how many were dropped."""
    log = PredictionLog(folder, max_file_bytes, max_files)
    log.write(lines(*predictions))
    log.start()
    log.stop()
    return log.dropped


def lines(*predictions: Prediction) -> list[bytes | None]:
    return [orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in predictions]


def numbered(count: int) -> list[Prediction]:
    return [replace(SAID, line=number) for number in range(count)]


def test_a_prediction_is_read_as_it_was_written(tmp_path: Path) -> None:
    logged(
        tmp_path / "log",
        SAID,
        replace(
            SAID,
            line=1,
            degraded=("no_model",),
            reasons={"STYLE": 0.2, "OTHER": 0.05},
            features={"x": 0.5, "y": float("nan")},
        ),
    )

    first, second = PREDICTIONS.read(tmp_path / "log")
    assert first == {
        "scored_at": 1_700_000_000_000_000,
        "request_id": "r1",
        "basket": 0,
        "basket_id": None,
        "customer": "c1",
        "ordered_at": 1_700_000_000_000_000,
        "line": 0,
        "line_id": None,
        "lines": 2,
        "product_id": "p1",
        "size": "m",
        "color": "blue",
        "quantity": 1,
        "price_minor": 2999,
        "probability": 0.25,
        "low": 0.2,
        "high": 0.3,
        "expected_cost_minor": 150.0,
        "model_version": "7",
        "data_as_of": 1_699_999_999_000_000,
        "degraded": [],
        "reasons": None,
        "features_sha256": None,
        "features": None,
        "level_shift": 0.0,
    }
    assert (second["line"], second["degraded"], second["features"]) == (1, ["no_model"], {"x": 0.5, "y": None})
    assert second["reasons"] == {"STYLE": 0.2, "OTHER": 0.05}


def test_what_comes_on_a_full_queue_is_dropped_and_counted(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path, 1_000_000, 10, queue_size=5)

    log.write(lines(*numbered(3)))
    log.write(lines(*numbered(3)))
    log.write(lines(*numbered(2)))

    assert log.dropped == 3
    log.start()
    log.stop()
    assert [each["line"] for each in PREDICTIONS.read(tmp_path)] == [0, 1, 2, 0, 1]


def test_a_file_that_is_full_is_followed_by_another_and_the_oldest_go(tmp_path: Path) -> None:
    two_lines = 2 * len(orjson.dumps(SAID)) + 2

    dropped = logged(tmp_path, *numbered(7), max_file_bytes=two_lines, max_files=3)

    assert dropped == 0
    assert len(list(tmp_path.iterdir())) == 3
    assert [each["line"] for each in PREDICTIONS.read(tmp_path)] == [2, 3, 4, 5, 6]


def test_the_files_of_all_processes_are_counted_together(tmp_path: Path) -> None:
    line = len(orjson.dumps(SAID)) + 1

    for _ in range(4):
        logged(tmp_path, SAID, max_file_bytes=line, max_files=3)

    assert len(list(tmp_path.iterdir())) == 3


def test_many_starts_that_wrote_little_keep_what_was_written(tmp_path: Path) -> None:
    for _ in range(8):
        logged(tmp_path, SAID, max_files=2)

    assert len(list(PREDICTIONS.read(tmp_path))) == 8


def test_a_file_of_another_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "predictions-notes.txt").touch()

    logged(tmp_path, SAID, max_files=1)

    assert len(list(PREDICTIONS.read(tmp_path))) == 1
    assert (tmp_path / "predictions-notes.txt").exists()


def test_a_clock_that_went_back_makes_no_file_the_oldest(tmp_path: Path) -> None:
    (tmp_path / "predictions-3000000000000000-1.jsonl").write_text('{"line": -1}\n')

    logged(tmp_path, SAID, max_files=2)

    assert [each["line"] for each in PREDICTIONS.read(tmp_path)] == [-1, 0]


def test_a_file_that_was_removed_is_followed_by_another(tmp_path: Path) -> None:
    file = rotating_file.RotatingFile(PREDICTIONS, tmp_path, 1_000, 5)
    file.append([b"{}\n"])
    (written,) = tmp_path.iterdir()
    written.unlink()

    file.append([b'{"line": 1}\n'])

    assert list(PREDICTIONS.read(tmp_path)) == [{"line": 1}]
    file.close()


def test_a_disk_that_is_full_costs_what_comes_meanwhile_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    file = rotating_file.RotatingFile(PREDICTIONS, tmp_path, 1_000, 5)
    file.append([b'{"line": 0}\n'])

    def half(handle: int, content: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return whole(handle, content[: len(content) // 2])

    def full(_handle: int, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space left"):
        file.append([b'{"line": 1}\n'])
    monkeypatch.setattr(os, "write", whole)
    file.append([b'{"line": 2}\n'])

    assert list(PREDICTIONS.read(tmp_path)) == [{"line": 0}, {"line": 2}]
    file.close()


def test_the_log_counts_what_a_broken_disk_cost_and_goes_on_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log").write_text("a file where the folder should be")
    log = PredictionLog(tmp_path / "log", 1_000_000, 10)
    for _ in range(2):
        log._write(lines(*numbered(2)))
    trouble = log.trouble

    (tmp_path / "log").unlink()
    log._write(lines(*numbered(1)))

    assert trouble is not None
    assert log.trouble is None
    assert log.dropped == 4
    assert len(list(PREDICTIONS.read(tmp_path / "log"))) == 1
    assert caplog.text.count("predictions are dropped") == 1
    log._file.close()


def test_a_line_that_could_not_be_written_as_json_costs_no_other(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path, 1_000_000, 10)
    first, last = lines(SAID, replace(SAID, line=2))

    log.write([first, None, last])
    log.start()
    log.stop()

    assert log.dropped == 1
    assert log.trouble is not None
    assert [each["line"] for each in PREDICTIONS.read(tmp_path)] == [0, 2]
