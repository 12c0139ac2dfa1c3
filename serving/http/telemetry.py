"""Metrics for Prometheus. Several workers share them through the folder that PROMETHEUS_MULTIPROC_DIR names.

The variable has to be set before this module is imported: prometheus_client reads it only then.
"""

import os
from collections import Counter as Tallies
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from data.times import now_us
from features.online_state.events import Status
from features.online_state.records import Latest
from serving.http.measured.against_training import AgainstTraining, AskedCounts
from serving.http.measured.quality import QualityGauges, quality_metrics
from serving.http.measured.tallies import ManyValues, Values, pass_on
from serving.http.wire.requests.events import KINDS
from serving.ports import Ports, Tally
from serving.scores import BasketScore, ages_of

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
SECONDS: Final = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

SHARES: Final = tuple(place / 20 for place in range(1, 20))

Mode = Literal["livemostrecent", "livesum"]
MOST_RECENT: Final = "livemostrecent"
Metric = TypeVar("Metric", Counter, Gauge, ManyValues)
PREFIX: Final = "return_risk_"


class Described(NamedTuple):
    """A metric by its name in queries: its ``kind``, the names of its ``labels``, and its ``meaning`` with its unit."""

    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str


class Telemetry:
    """The metrics of one worker. ``shops``: their names, where there are several; each metric then says the shop."""

    def __init__(self, shops: Sequence[str] = ()) -> None:
        self._shop = ("shop",) if shops else ()
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a creation time for each counter, which has no use here
        self._registry = CollectorRegistry()
        self.described: dict[str, Described] = {}
        self._requests = self._counter("requests", "Requests by route and status.", "route", "status")
        self._seconds = self._histogram(
            "request_seconds", "Seconds from the head of a request to its answer, by route.", SECONDS, "route"
        )
        self.lines = self._counter_of("lines_scored", "Order lines that were scored.")
        self.baskets = self._counter_of("baskets_scored", "Baskets that were scored.")
        self.probability = self._histogram(
            "probability", "P(returned) of each line that was scored by a model.", SHARES, *self._shop
        )
        self.missing = self._counter_of("fields_missing", "Baskets or lines that lacked a field, by its name.", "field")
        self.unknown = self._counter_of("unknown", "Baskets of new customers, and lines of new products.", "what")
        self.degraded = self._counter_of("degraded", "Baskets whose score had to fall back, by cause.", "cause")
        self.events = self._counter_of("events", "Events by what became of them.", "status")
        self.events_of_type = self._counter_of(
            "events_of_type", "Events by their type and what became of them.", "type", "status"
        )
        self.refused = self._counter_of("events_refused", "Events that were refused, by cause.", "cause")
        self.against_training = AgainstTraining(
            self._counter_of("lines_compared", "Order lines that were compared with training lines."),
            self._counter_of(
                "lines_lacking", "Compared lines without a field, after what the state filled in.", "field"
            ),
            self._counter_of("labels_unseen", "Compared lines whose label no training line had, by field.", "field"),
            self._counter_of(
                "out_of_range", "Compared lines with a figure that one training line in 500 had.", "figure"
            ),
            self._gauge_of(
                "training_lacking", "Share of late training lines without a field, 0 to 1.", MOST_RECENT, "field"
            ),
            self._gauge_of(
                "training_unseen",
                "Share of late training lines with a label that was new then, 0 to 1.",
                MOST_RECENT,
                "field",
            ),
            self._gauge_of(
                "training_out_of_range",
                "Share of late training lines with a figure out of range, 0 to 1.",
                MOST_RECENT,
                "figure",
            ),
            self._gauge_of(
                "training_unknown",
                "Share of late training orders of new customers and lines of new products, 0 to 1.",
                MOST_RECENT,
                "what",
            ),
        )
        self.dropped = self._counter_of("prediction_log_dropped", "Scores that the prediction log had to drop.")
        self.shadow_dropped = self._counter_of("shadow_dropped", "Baskets that could not be handed to the shadow.")
        self.age = self._gauge_of(
            "state_age_seconds", "Age of the latest fact that a score knew, in seconds.", "livemostrecent"
        )
        self.ages = self._gauge_of(
            "latest_fact_age_seconds",
            "Age of the latest fact of a kind that a score knew, in seconds.",
            "livemostrecent",
            "kind",
        )
        self.level = self._gauge_of(
            "level_shift", "Shift of all log-odds by the level, in log-odds; 0: none.", "livemostrecent"
        )
        self.serving = self._gauge_of(
            "workers_serving", "Workers by the model version they serve.", "livesum", "version"
        )
        self.quality = quality_metrics(self._gauge_of)
        self._answered: dict[tuple[str, int], Values] = {}
        self._shops: list[ShopTelemetry] = []

    def watch(self, shop: "ShopTelemetry") -> None:
        """Pass on what ``shop`` adds up, too."""
        self._shops.append(shop)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Add up a request; `pass_on` counts it."""
        values = self._answered.get((route, status))
        if values is None:
            values = self._answered[route, status] = Values(SECONDS)
        values.note(seconds)

    def pass_on(self) -> None:
        """Count what was added up: in the metrics of this process, or in those that workers share."""
        for (route, status), values in self._answered.items():
            if number := values.pass_on(self._seconds.labels(route)):
                self._requests.labels(route, str(status)).inc(number)
        for shop in self._shops:
            shop.pass_on()

    def text(self) -> bytes:
        """Give the metrics of all workers in the text format of Prometheus; others' of up to a second ago."""
        self.pass_on()
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)

    def _counter_of(self, name: str, meaning: str, *labels: str) -> Counter:
        return self._counter(name, meaning, *self._shop, *labels)

    def _gauge_of(self, name: str, meaning: str, mode: Mode, *labels: str) -> Gauge:
        return self._gauge(name, meaning, mode, *self._shop, *labels)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        self.described[f"{PREFIX}{name}_total"] = Described("counter", labels, meaning)
        return Counter(PREFIX + name, meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str, mode: Mode, *labels: str) -> Gauge:
        self.described[PREFIX + name] = Described("gauge", labels, meaning)
        return Gauge(PREFIX + name, meaning, labels, registry=self._registry, multiprocess_mode=mode)

    def _histogram(self, name: str, meaning: str, bounds: Sequence[float], *labels: str) -> ManyValues:
        self.described[PREFIX + name] = Described("histogram", labels, meaning)
        return ManyValues(PREFIX + name, meaning, labels, buckets=bounds, registry=self._registry)


class ShopTelemetry:
    """The metrics of one shop in one worker.

    ``shop``: None for the only one, whose metrics don't say it. ``quality``: the folder that the quality watch writes;
    None for no metrics of it.
    """

    def __init__(self, telemetry: Telemetry, shop: str | None = None, quality: Path | None = None) -> None:
        self._all, self._of = telemetry, () if shop is None else (shop,)
        self._lines, self._baskets = self._own(telemetry.lines), self._own(telemetry.baskets)
        self._dropped, self._age = self._own(telemetry.dropped), self._own(telemetry.age)
        self._probability, self._level = self._own(telemetry.probability), self._own(telemetry.level)
        self._against = AskedCounts(telemetry.against_training, self._of)
        self._quality = None if quality is None else QualityGauges(telemetry.quality, self._of, quality)
        self._latest = Latest()
        self._version: str | None = None
        self._shadow_dropped = self._own(telemetry.shadow_dropped)
        self._dropped_before = self._shadow_dropped_before = 0
        self._lines_now = self._baskets_now = 0
        self._probabilities = Values(SHARES)
        self._degraded, self._unknown, self._missing = (Tallies[str]() for _ in range(3))
        telemetry.watch(self)
        for kind in KINDS:  # a type that stops before a restart would have no series after it, and not be missed
            telemetry.events_of_type.labels(*self._of, kind, Status.APPLIED.value).inc(0)

    def scored(self, scores: Sequence[BasketScore], missing: Iterable[str]) -> None:
        """Add up scored baskets; ``missing``: the fields that were left out, each once for each basket or line."""
        for score in scores:
            self._latest = score.latest or self._latest
            self._against.note(score)
            self._lines_now += len(score.lines)
            self._unknown["customer"] += score.new_customer
            self._unknown["product"] += score.new_products
            for degraded in score.degraded:
                self._degraded[degraded.cause] += 1
            if score.latest is not None:  # not from priors
                for line in score.lines:
                    self._probabilities.note(line.probability)
        self._baskets_now += len(scores)
        self._missing.update(missing)

    def pass_on(self) -> None:
        """Count what `scored` added up."""
        metrics, of = self._all, self._of
        self._lines.inc(self._lines_now)
        self._baskets.inc(self._baskets_now)
        self._lines_now = self._baskets_now = 0
        self._probabilities.pass_on(self._probability)
        pass_on(self._degraded, metrics.degraded, of)
        pass_on(self._unknown, metrics.unknown, of)
        pass_on(self._missing, metrics.missing, of)

    def received(self, counts: Mapping[str, int], tallies: Sequence[Tally] = ()) -> None:
        """Count events by what became of them."""
        for status, count in counts.items():
            self._all.events.labels(*self._of, status).inc(count)
        for each in tallies:
            self._all.events_of_type.labels(*self._of, each.type, each.status).inc(each.events)
            if each.cause:
                self._all.refused.labels(*self._of, each.cause).inc(each.events)

    def sample(self, parts: Ports) -> None:
        """Read the metrics of the parts; called about every second."""
        dropped = parts.predictions_dropped()
        self._dropped.inc(max(0, dropped - self._dropped_before))
        self._dropped_before = dropped
        not_handed = parts.shadow_dropped()
        self._shadow_dropped.inc(max(0, not_handed - self._shadow_dropped_before))
        self._shadow_dropped_before = not_handed
        ages = {kind: age for kind, age in ages_of(self._latest, now_us()).items() if age is not None}
        if ages:
            self._age.set(min(ages.values()))
        for kind, age in ages.items():
            self._all.ages.labels(*self._of, kind).set(age)
        model = parts.models.describe()
        self._level.set(model.level.shift)
        self._against.show(model.asked)
        if self._quality is not None:
            self._quality.show()
        version = model.version or "none"
        if version != self._version and self._version is not None:
            self._all.serving.labels(*self._of, self._version).set(0)
        self._all.serving.labels(*self._of, version).set(1)
        self._version = version

    def _own(self, metric: Metric) -> Metric:
        return metric.labels(*self._of) if self._of else metric


def forget_process(pid: int) -> None:
    """Remove the gauges of a worker that ended; the supervisor calls this."""
    if FOLDER_VARIABLE in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
