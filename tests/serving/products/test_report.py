"""The report's folder: a report is read whole, a new one replaces it, and a broken one does not."""

import json
import shutil
import threading
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from data.attributes import Attribute
from serving.products import report as report_module
from serving.products.report import NoReportError, Report, ReportFolder
from tests.serving.products import small_report
from training.products import columns


@pytest.fixture
def folder(tmp_path: Path, report_folder: Path) -> Path:
    return Path(shutil.copytree(report_folder, tmp_path / "products"))


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "LOOK_SECONDS", 0.0)


def test_a_report_is_read_whole(report):
    assert report.about.as_of == datetime(2026, 6, 1)
    assert [period.days for period in report.overview.periods] == [30, 90, 365]
    assert (report.default_period, report.longest_period) == (90, 365)
    assert report.rows("SELECT count(*) FROM report.items WHERE level = 'product'") == [(40 * 3,)]


def test_the_made_up_report_is_the_same_each_time(folder, tmp_path):
    again = small_report.write(tmp_path / "again")

    assert all((again / path.name).read_bytes() == path.read_bytes() for path in folder.iterdir())


def test_without_a_report_the_command_that_makes_one_is_named(tmp_path):
    with pytest.raises(NoReportError) as raised:
        ReportFolder(tmp_path / "nowhere").current()

    assert "dvc repro" in raised.value.fix
    assert "nowhere" in raised.value.expected


@pytest.mark.parametrize("name", ["items.parquet", "alerts.parquet", "overview.json"])
def test_a_report_that_lacks_a_file_is_refused(folder, name):
    (folder / name).unlink()

    with pytest.raises(NoReportError, match=name):
        Report.load(folder)


def test_a_report_with_other_columns_is_refused(folder):
    path = folder / columns.SEGMENTS.file
    table = parquet.read_table(path)
    parquet.write_table(table.append_column("more", pa.nulls(len(table), pa.string())), path)

    with pytest.raises(NoReportError, match=r"other columns in segments\.parquet"):
        Report.load(folder)


def test_a_broken_file_is_refused(folder):
    (folder / columns.WEEKLY.file).write_bytes(b"PAR1 this is none")

    with pytest.raises(NoReportError, match="a whole product report"):
        Report.load(folder)


def test_a_new_report_is_taken_over_and_an_old_one_answers_on(folder):
    reports = ReportFolder(folder)
    old = reports.current()
    assert reports.current() is old

    small_report.write(folder, 50, report_id="small-2")
    new = reports.current()

    assert (old.about.products, new.about.products) == (40, 50)
    assert old.rows("SELECT count(*) FROM report.variants") == [(40 * 8,)]  # 5 sizes and 3 colors
    assert new.rows("SELECT count(*) FROM report.variants") == [(50 * 8,)]


def test_while_a_new_report_is_made_the_old_one_stays_and_the_log_says_so(folder, caplog):
    reports = ReportFolder(folder)
    old = reports.current()

    shutil.rmtree(folder)

    assert reports.current() is reports.current() is old
    assert caplog.text.count("the new product report can't be read, the last one stays") == 1
    small_report.write(folder, report_id="small-2")
    assert reports.current().about.report_id == "small-2"


def test_a_report_that_changes_while_it_is_read_is_not_mixed(folder, monkeypatch):
    reading = report_module._import

    def replaced_meanwhile(path: Path, declared: tuple[Attribute, ...]) -> duckdb.DuckDBPyConnection:
        about = json.loads((path / columns.ABOUT).read_text())
        (path / columns.ABOUT).write_text(json.dumps(about | {"report_id": "small-2"}))
        return reading(path, declared)

    monkeypatch.setattr(report_module, "_import", replaced_meanwhile)

    with pytest.raises(NoReportError, match="another report took its place"):
        Report.load(folder)


def test_many_threads_ask_at_once(folder):
    reports, totals = ReportFolder(folder), list[int]()

    def ask() -> None:
        for _ in range(20):
            totals.append(reports.current().rows("SELECT sum(lines)::BIGINT FROM report.weekly")[0][0])

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(totals) == 120
    assert len(set(totals)) == 1


def test_the_database_reaches_no_file(report, report_folder):
    with pytest.raises(duckdb.PermissionException):
        report.rows("SELECT * FROM read_parquet(?)", [str(report_folder / "items.parquet")])


def test_what_is_asked_once_is_kept(folder):
    report, asked = Report.load(folder), list[int]()

    def ask() -> int:
        asked.append(1)
        return 7

    assert [report.once("key", ask), report.once("key", ask)] == [7, 7]
    assert len(asked) == 1


def test_a_broken_report_is_not_read_again_for_each_request(folder, monkeypatch):
    (folder / "weekly.parquet").unlink()
    reads, load = list[Path](), Report.load

    def counted(path: Path) -> Report:
        reads.append(path)
        return load(path)

    monkeypatch.setattr(Report, "load", counted)
    monkeypatch.setattr(report_module, "LOOK_SECONDS", 600.0)
    held = ReportFolder(folder)
    for _ in range(3):
        with pytest.raises(NoReportError, match=r"weekly\.parquet"):
            held.current()

    assert len(reads) == 1
