"""The product report in the service: the whole report is in memory, so that a new one can be written at any time.

DuckDB holds the report compressed. A query runs in the thread of its caller, on one core; the other cores are for
scoring.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import duckdb
from pyarrow import parquet
from pyarrow.lib import ArrowException

from data import attributes as declarations
from data import files
from data.attributes import Attribute
from data.errors import UserError
from data.logs import log
from training.products import columns
from training.products.tables.about import About
from training.products.tables.overview import Overview

LOOK_SECONDS: Final = 2.0
"""The least time between two checks of the folder, in seconds."""
MEMORY_LIMIT: Final = "2GB"
"""A report on 100,000 products takes 0.35 GB, and somewhat more while it is read."""
CHUNK: Final = 1000
MOST_ANSWERS: Final = 1000
"""Most answers in the cache of one report: when there are more, all are dropped."""
T = TypeVar("T")
Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


class NoReportError(UserError):
    """There is no report to show: ``expected``, ``found`` and ``fix`` give the cause and the remedy."""


@dataclass(frozen=True)
class Report:
    """One report, which never changes. Several threads may query it at once.

    ``attributes``: those of products that the shop declares, each a further column of ``items``.
    """

    about: About
    overview: Overview
    attributes: tuple[Attribute, ...]
    _database: duckdb.DuckDBPyConnection = field(repr=False, compare=False)
    _answers: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a report.

        Raises
        ------
        NoReportError
            There is no report, or the report is broken, of another version, or was replaced during the reading.
        """
        try:
            about = About.read(folder)
            overview = Overview.read(folder)
            attributes = declarations.read(folder)
            database = _import(folder, attributes)
            if About.read(folder) != about:
                raise _broken(folder, "another report took its place while it was read")
        except NoReportError:
            raise
        except UserError as error:
            raise NoReportError(expected=error.expected, found=error.found, fix=error.fix) from None
        except (duckdb.Error, ArrowException, OSError) as error:
            raise _broken(folder, f"{type(error).__name__}: {error}") from None
        return cls(about, overview, attributes, database)

    @property
    def default_period(self) -> int:
        """The period shown first, in days: the middle one, which is recent and has many lines."""
        return self.about.periods_days[(len(self.about.periods_days) - 1) // 2]

    @property
    def longest_period(self) -> int:
        """The longest period, in days: that of sizes, colors, buyers, prices and alerts."""
        return self.about.periods_days[-1]

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Query rows; tables are named ``report.items`` and so on, parameters are bound by place or by name."""
        with self._database.cursor() as cursor:
            rows: list[Row] = cursor.execute(sql, parameters).fetchall()
            return rows

    def chunks(self, sql: str, parameters: Parameters = ()) -> Iterator[list[Row]]:
        """Query rows, some at a time."""
        with self._database.cursor() as cursor:
            cursor.execute(sql, parameters)
            while rows := cursor.fetchmany(CHUNK):
                yield rows

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Cache: call ``ask`` once for each ``key`` and give its answer from then on, as the report never changes."""
        answer: T | None = self._answers.get(key)  # an answer of None is not cached
        if answer is None:
            answer = ask()
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = answer
        return answer


class ReportFolder:
    """Gives the report in a folder, and the next report once it is complete.

    While a new report is being written, or where the new one is broken, the last good report stays; a broken one is
    logged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._report: Report | None = None
        self._stamp: files.Stamp | None = None
        self._refusal: NoReportError | None = None
        self._next_look = 0.0
        self._turn = threading.Lock()

    def current(self) -> Report:
        """Give the current report. The first call reads the report; later calls read only a new one, one call for all.

        Raises
        ------
        NoReportError
            There is no report yet.
        """
        report = self._report
        if report is not None and (time.monotonic() < self._next_look or not self._turn.acquire(blocking=False)):
            return report
        if report is None:
            self._turn.acquire()
        try:
            if time.monotonic() >= self._next_look:
                self._look()
                self._next_look = (
                    time.monotonic() + LOOK_SECONDS
                )  # counted from the end of a check, as reading may take longer than LOOK_SECONDS
        finally:
            self._turn.release()
        return self._held()

    def _held(self) -> Report:
        if self._report is not None:
            return self._report
        if self._refusal is None:
            raise RuntimeError("a check of the folder ends with a report or with an error")
        raise NoReportError(expected=self._refusal.expected, found=self._refusal.found, fix=self._refusal.fix)

    def _look(self) -> None:
        """Read the report in the folder where it is another one than before."""
        stamp = files.stamp(self._folder / columns.ABOUT)
        if self._report is not None and stamp == self._stamp:
            return
        try:
            self._report = Report.load(self._folder)
        except NoReportError as error:
            self._refusal = error.with_traceback(None)
            if self._report is not None:
                log.warning("the new product report can't be read, the last one stays: %s", error)
        else:
            log.info("product report read: %s", self._report.about.report_id)
        self._stamp = stamp


def _broken(folder: Path, found: str) -> NoReportError:
    return NoReportError(
        expected=f"a whole product report in {folder}", found=found, fix="make the report again: dvc repro"
    )


def _import(folder: Path, attributes: tuple[Attribute, ...]) -> duckdb.DuckDBPyConnection:
    """Read all tables into a database in memory, which has no access to files afterwards."""
    database = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY_LIMIT})
    database.execute("ATTACH ':memory:' AS report (COMPRESS)")
    for table in columns.tables(attributes):
        path = folder / table.file
        if not path.is_file():
            raise _broken(folder, f"no {table.file}")
        if not parquet.read_schema(path).equals(table.schema):
            raise _broken(folder, f"other columns in {table.file} than in this version")
        database.execute(f"CREATE TABLE report.{table.name} AS FROM read_parquet(?)", [str(path)])
        database.execute("CHECKPOINT report")  # compresses the table before the next one is read
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database
