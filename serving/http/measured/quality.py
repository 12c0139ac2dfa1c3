"""How good the scores are, as metrics: what the quality watch found last, and what of its alarms is not told yet."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Final, Literal, Protocol

from prometheus_client import Gauge

from data.errors import UserError
from data.files import Stamp, stamp
from data.logs import log
from data.times import now_us, to_us
from serving.quality import found
from serving.quality.found import Expected, Quality
from serving.telling import book
from serving.telling.book import Book

ENDS: Final = ("value", "low", "high")


@dataclass(frozen=True)
class QualityMetrics:
    """The metrics of `QualityGauges`; ``log_loss`` and ``rate`` have the label ``end``, ``alarms`` the ``kind``."""

    log_loss: Gauge
    rate: Gauge
    said: Gauge
    level: Gauge
    known: Gauge
    age: Gauge
    alarms: Gauge
    untold: Gauge


class MakeGauge(Protocol):
    """Makes a gauge of one shop each that shows what the worker with the latest sample has."""

    def __call__(self, name: str, meaning: str, mode: Literal["livemostrecent"], *labels: str) -> Gauge:
        """Make it; its ``meaning`` names its unit."""


def quality_metrics(gauge: MakeGauge) -> QualityMetrics:
    """Make the metrics."""
    recent: Literal["livemostrecent"] = "livemostrecent"
    return QualityMetrics(
        gauge(
            "quality_log_loss", "Log-loss to expect of recent lines, nats a line; ends of its interval.", recent, "end"
        ),
        gauge("quality_rate", "Share of recent lines to expect back, 0 to 1; ends of its interval.", recent, "end"),
        gauge("quality_mean_probability", "What the scores said of these lines, mean, 0 to 1.", recent),
        gauge("quality_level", "Shift that would make the scores of recent lines true, in log-odds.", recent),
        gauge("quality_known", "Share of their expected returns that could be known by then, 0 to 1.", recent),
        gauge("quality_age_seconds", "Age of the last look at the quality that told something, in seconds.", recent),
        gauge("alarms_open", "Alarms that go on, by the kind of their segment.", recent, "kind"),
        gauge("alarms_untold", "Messages of alarms that did not arrive: waiting, or given up.", recent, "state"),
    )


class QualityGauges:
    """Shows what the files in ``folder`` say, of one shop; read when they change. ``of``: the labels of the shop."""

    def __init__(self, metrics: QualityMetrics, of: Sequence[str], folder: Path) -> None:
        self._metrics, self._of, self._folder = metrics, of, folder
        self._stamps: dict[str, Stamp | None] = {found.FILE: None, book.FILE: None}
        self._told_at: int | None = None
        self._kinds: frozenset[str] = frozenset()
        for gauge in (metrics.said, metrics.level, metrics.known, metrics.age):
            self._set(gauge, nan)  # 0 would be a figure

    def show(self) -> None:
        """Show what is there by now; called about every second."""
        self._where_changed(found.FILE, self._show_quality)
        self._where_changed(book.FILE, self._show_book)
        if self._told_at is not None:
            self._set(self._metrics.age, (now_us() - self._told_at) / 1e6)

    def _where_changed(self, file: str, show: Callable[[], None]) -> None:
        now = stamp(self._folder / file)
        if now == self._stamps[file]:
            return
        self._stamps[file] = now
        try:
            show()
        except UserError as error:
            log.error("the metrics of the quality stay as they were: %s", error)  # noqa: TRY400 - no fault of the code

    def _show_quality(self) -> None:
        quality = Quality.read(self._folder)
        if quality is None or quality.told_at is None:
            return
        self._told_at = to_us(quality.told_at)
        whole, metrics = quality.whole, self._metrics
        self._ends(metrics.log_loss, None if whole is None else whole.log_loss)
        self._ends(metrics.rate, None if whole is None else whole.rate)
        self._set(metrics.said, nan if whole is None else whole.mean_probability)
        self._set(metrics.level, nan if whole is None else whole.level)
        self._set(metrics.known, nan if whole is None else whole.known)
        self._show_alarms(Counter(alarm.kind for alarm in quality.open_alarms))

    def _show_alarms(self, by_kind: Mapping[str, int]) -> None:
        # The kind of all lines stands in for none: without a series, no alarms and no watch would look the same.
        for kind in {found.ALL, *by_kind} | self._kinds:
            self._set(self._metrics.alarms, by_kind.get(kind, 0), kind)
        self._kinds |= by_kind.keys()

    def _show_book(self) -> None:
        told = Book.of(self._folder)
        self._set(self._metrics.untold, len(told.waiting), "waiting")
        self._set(self._metrics.untold, told.given_up, "given up")

    def _ends(self, gauge: Gauge, expected: Expected | None) -> None:
        for end in ENDS:
            self._set(gauge, nan if expected is None else getattr(expected, end), end)

    def _set(self, gauge: Gauge, value: float, *labels: str) -> None:
        of = (*self._of, *labels)
        (gauge.labels(*of) if of else gauge).set(value)
