import os
from itertools import pairwise
from pathlib import Path

import pytest

from data.progress import journal, machine
from data.progress.journal import POINTS, Entry
from data.progress.steps import step, watched


def test_a_journal_has_the_times_of_steps_and_the_curve_of_their_figures(tmp_path: Path) -> None:
    with journal.kept("training.train", tmp_path) as own, watched(own):
        journal.note(Path("training/bundle"), "ab12")
        with step("boosting", 3, "rounds") as rounds:
            for done in (1, 2, 3):
                rounds.move(done, log_loss=1 / done)

    entry = journal.read("training.train", tmp_path)
    assert entry is not None
    (span,) = entry.steps
    assert entry.digests == {"training/bundle": "ab12"}
    assert entry.started_us <= span.started_us <= span.ended_us <= entry.ended_us
    assert [(point.done, point.figures["log_loss"]) for point in span.curve] == [(1, 1.0), (2, 0.5), (3, 0.333333)]
    assert entry.peak_megabytes > 1


def test_a_long_curve_is_thinned_evenly(tmp_path: Path) -> None:
    with journal.kept("training.train", tmp_path) as own, watched(own), step("boosting", 1000, "rounds") as rounds:
        for done in range(1, 1001):
            rounds.move(done, log_loss=0.5)

    kept = [point.done for point in _read(tmp_path).steps[0].curve]
    assert len(kept) <= POINTS
    assert {later - earlier for earlier, later in pairwise(kept)} == {8}


def test_a_stage_that_breaks_off_leaves_the_journal_of_the_run_before(tmp_path: Path) -> None:
    with journal.kept("training.train", tmp_path):
        pass
    before = _read(tmp_path)

    with pytest.raises(KeyboardInterrupt), journal.kept("training.train", tmp_path):
        raise KeyboardInterrupt

    assert _read(tmp_path) == before
    assert [file.name for file in tmp_path.iterdir()] == ["training.train.json"]


def test_a_note_outside_a_stage_is_no_error() -> None:
    journal.note(Path("training/bundle"), "ab12")


@pytest.mark.parametrize("content", ["{", "{}", '{"stage": 1, "steps": [[1]]}', "[]"])
def test_a_damaged_journal_says_nothing(content: str, tmp_path: Path) -> None:
    (tmp_path / "training.train.json").write_text(content)

    assert journal.read("training.train", tmp_path) is None
    assert journal.read("training.split", tmp_path) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_stops_no_stage(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with journal.kept("training.train", tmp_path / "journal"):
        pass


def test_the_machine_is_sampled_while_a_stage_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psutil")
    monkeypatch.setattr(machine, "SECONDS", 0.02)

    with machine.sampled(first=0.01) as samples:
        while len(samples) < 3:
            pass

    assert [sample.at_us for sample in samples] == sorted(sample.at_us for sample in samples)
    assert samples[0].figures["process_memory_megabytes"] > 1
    assert 0 <= samples[0].figures["system_memory_usage_percentage"] <= 100


def test_without_psutil_nothing_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "find_spec", lambda _: None)

    with machine.sampled(first=0.0) as samples:
        pass

    assert samples == []


def _read(folder: Path) -> Entry:
    entry = journal.read("training.train", folder)
    assert entry is not None
    return entry
