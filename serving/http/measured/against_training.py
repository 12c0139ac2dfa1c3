"""What is asked against training, as metrics: counts of lines now, and the shares of training lines."""

from collections import Counter as Tallies
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

from prometheus_client import Counter, Gauge

from serving.http.measured.tallies import pass_on
from serving.scores import BasketScore
from training.model.asked import Asked


@dataclass(frozen=True)
class AgainstTraining:
    """The metrics of what is asked: counters of lines now, and shares of training lines."""

    compared: Counter
    lacking: Counter
    unseen: Counter
    outside: Counter
    training_lacking: Gauge
    training_unseen: Gauge
    training_outside: Gauge
    training_unknown: Gauge


COUNTERS = {"training_lacking": "lacking", "training_unseen": "unseen", "training_outside": "outside"}
"""The counter of lines that goes with each share of training lines."""


class AskedCounts:
    """What was asked against training, of one shop in one worker; ``of``: the labels of the shop.

    A request only adds up names. `show`, once a second, passes them on.
    """

    def __init__(self, metrics: AgainstTraining, of: Sequence[str]) -> None:
        self._metrics, self._of = metrics, of
        self._lines = 0
        self._lacking, self._unseen, self._outside = (Tallies[str]() for _ in range(3))
        self._shown: Asked | None = None

    def note(self, score: BasketScore) -> None:
        """Add up what is unusual about a basket."""
        if score.unusual is None:
            return
        self._lines += len(score.lines)
        self._lacking.update(score.unusual.lacking)
        if score.unusual.unseen:
            self._unseen.update(score.unusual.unseen)
        if score.unusual.outside:
            self._outside.update(score.unusual.outside)

    def show(self, asked: Asked | None) -> None:
        """Count what was added up, and show the shares of training lines of the model that is served."""
        metrics, lines = self._metrics, self._lines
        self._lines = 0
        (metrics.compared.labels(*self._of) if self._of else metrics.compared).inc(lines)
        pairs = (
            (self._lacking, metrics.lacking),
            (self._unseen, metrics.unseen),
            (self._outside, metrics.outside),
        )
        for counts, metric in pairs:
            pass_on(counts, metric, self._of)
        if asked is not self._shown:
            self._show_shares(
                {} if asked is None else _shares(asked), {} if self._shown is None else _shares(self._shown)
            )
            self._shown = asked

    def _show_shares(self, shares: Mapping[tuple[str, str], float], before: Mapping[tuple[str, str], float]) -> None:
        for metric, name in before.keys() - shares.keys():
            getattr(self._metrics, metric).labels(*self._of, name).set(nan)
        for (metric, name), share in shares.items():
            getattr(self._metrics, metric).labels(*self._of, name).set(share)
            if metric in COUNTERS:  # a counter without its 0 has no rate over what it counts first
                getattr(self._metrics, COUNTERS[metric]).labels(*self._of, name).inc(0)


def _shares(asked: Asked) -> dict[tuple[str, str], float]:
    """The shares of training lines, by the metric and the value of its label."""
    of_fields = {("training_lacking", name): field.lacking for name, field in asked.fields.items()}
    unseen = {("training_unseen", name): each.unseen for name, each in asked.fields.items() if each.labels is not None}
    outside = {("training_outside", name): each.outside for name, each in asked.ranges.items()}
    unknown = {"customer": asked.new_customers, "product": asked.new_products}
    return {**of_fields, **unseen, **outside, **{("training_unknown", what): share for what, share in unknown.items()}}
