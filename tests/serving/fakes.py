"""Fakes of the parts behind HTTP, which record their calls."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from data.attributes import Attribute
from features.catalog import CatalogEntry
from features.online_state.events import Event, Receipt, Status
from features.online_state.order import Order, OrderLine
from features.online_state.records import Latest
from serving.decided import Decided
from serving.decisions import outcomes
from serving.decisions.decider import NO_POLICY
from serving.exchange_rates import ExchangeRates
from serving.http.writer.event_writer import EventWriter
from serving.ports import AsGiven, ModelDescription, Ports, Scoring
from serving.scores import BasketScore, Degraded, Explain, MissingField, ScoredLine, Unusual, Why

AS_OF = 1_717_156_800_000_000  # 2024-05-31T12:00:00Z
SINCE = 1_714_478_400_000_000  # 2024-04-30T12:00:00Z

MODEL = ModelDescription(
    name="return-risk-simulated",
    version="3",
    since=SINCE,
    registry="reachable",
    catalog=(
        CatalogEntry(
            "price", "int64", "minor units", "price", "price paid", "never", ("price_minor",), only_reasons=False
        ),
    ),
    metrics={"log_loss": 0.54},
)


def line_score(line: OrderLine) -> ScoredLine:
    """A score that differs between lines: its probability depends on the price alone, and its cost is the price."""
    probability = (line.price_minor % 1000) / 1000
    return ScoredLine(probability, probability / 2, (1 + probability) / 2, float(line.price_minor))


@dataclass
class FakeScoring:
    """Scores each line by its price."""

    orders: list[Order] = field(default_factory=list)
    calls: int = 0
    request_ids: set[str] = field(default_factory=set)
    clocks: list[int] = field(default_factory=list)
    version: str | None = "3"
    latest: Latest | None = field(default_factory=lambda: Latest(order=AS_OF))
    degraded: tuple[Degraded, ...] = ()
    fails_with: Exception | None = None
    explain: Explain | None = None
    latest_asked: int = 0
    new: tuple[bool, int] = (False, 0)
    why: Why | None = None
    missing: tuple[MissingField, ...] | None = None
    unusual: Unusual | None = None

    def latest_fact(self) -> int | None:
        self.latest_asked += 1
        return None if self.latest is None else self.latest.of_all

    def score(
        self,
        orders: Sequence[Order],
        request_id: str,
        now: int,
        first: int = 0,  # noqa: ARG002
        explain: Explain = Explain.NONE,
    ) -> list[BasketScore]:
        self.calls += 1
        self.explain = explain
        self.request_ids.add(request_id)
        self.clocks.append(now)
        if self.fails_with is not None:
            raise self.fails_with
        self.orders += orders
        return [
            BasketScore(
                tuple(line_score(line)._replace(why=self.why) for line in order.lines),
                self.version,
                self.latest,
                self.degraded,
                *self.new,
                missing=self.missing,
                unusual=self.unusual,
            )
            for order in orders
        ]


@dataclass
class FakeFeeding:
    """Takes every event; `fails_with` and `seconds` make it refuse or delay."""

    events: list[Event] = field(default_factory=list)
    status: Callable[[Event], Status] = lambda _: Status.APPLIED
    fails_with: Exception | None = None
    seconds: float = 0.0

    async def submit(self, events: Sequence[Event]) -> list[Receipt]:
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.fails_with is not None:
            raise self.fails_with
        self.events += events
        return [Receipt(event.event_id, self.status(event)) for event in events]


@dataclass
class FakeReceipts:
    """Knows the events in ``known``; where it is None, every event was applied."""

    known: dict[str, Receipt] | None = None
    fails_with: Exception | None = None

    def look_up(self, event_id: str, _: int, /) -> Receipt | None:
        if self.fails_with is not None:
            raise self.fails_with
        return Receipt(event_id, Status.APPLIED) if self.known is None else self.known.get(event_id)

    def kept_days(self) -> int | None:
        return 100


@dataclass
class FakeModels:
    """Serves version 3 of a small model."""

    description: ModelDescription = MODEL

    def describe(self) -> ModelDescription:
        return self.description


class ReversingIntake(AsGiven):
    """Reverses customers' keys, so that a test sees which were hashed."""

    def customer(self, key: str, /) -> str | None:
        return key[::-1]


class NothingDecided:
    """Scores by ``scoring``, and decides for nothing."""

    def __init__(self, scoring: Scoring) -> None:
        self.scoring = scoring

    def decide(
        self,
        order: Order,
        request_id: str,
        now: int,
        explain: Explain = Explain.NONE,
        *,
        complaint: bool = False,  # noqa: ARG002 - nothing is decided either way
    ) -> Decided:
        (score,) = self.scoring.score([order], request_id, now, 0, explain)
        return Decided(score, outcomes.without_policy("decision-1", NO_POLICY))


@dataclass
class FakeParts:
    """Fakes for all parts, which a test inspects after a request."""

    scoring: FakeScoring = field(default_factory=FakeScoring)
    feeding: FakeFeeding = field(default_factory=FakeFeeding)
    models: FakeModels = field(default_factory=FakeModels)
    receipts: FakeReceipts = field(default_factory=FakeReceipts)
    troubles: list[Degraded] = field(default_factory=list)
    decided: bool = True
    dropped: int = 0
    calls: list[str] = field(default_factory=list)
    attributes: Sequence[Attribute] | None = ()
    rates: ExchangeRates = field(default_factory=lambda: ExchangeRates("EUR"))

    def parts(self) -> Ports:
        intake = ReversingIntake()
        return Ports(
            self.scoring,
            EventWriter(self.feeding, intake, lambda: self.attributes, self.rates),
            self.models,
            intake,
            self.receipts,
            troubles=lambda: self.troubles,
            model_is_decided=lambda: self.decided,
            predictions_dropped=lambda: self.dropped,
            attributes=lambda: self.attributes,
            deciding=NothingDecided(self.scoring),
            rates=self.rates,
            start=self._start,
            stop=self._stop,
        )

    def serve(self, **changes: object) -> None:
        """Change the description of the model from now on."""
        self.models.description = replace(self.models.description, **changes)  # type: ignore[arg-type]

    async def _start(self) -> None:
        self.calls.append("start")

    async def _stop(self) -> None:
        self.calls.append("stop")
