"""A service with a model and a state in memory behind HTTP, and events of now for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from data.times import utc_now
from features.online_state.events import Event, Receipt
from serving.exchange_rates import ExchangeRates
from serving.http.writer.event_writer import EventWriter
from serving.ports import AsGiven
from serving.predictions.log import PredictionLog
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.ready_model import rehearse
from serving.scoring.scorer import Scorer
from serving.state.event_feed import EventFeed
from serving.state.served_state import ServedState
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.asking import listening_over
from tests.serving.fakes import FakeParts
from tests.serving.served_shop import COSTS, opened, served_shop

START_RATE = 0.25


@dataclass
class RecordedFeed:
    """A `Feeding` that records what became of the events of each request."""

    feed: EventFeed
    submitted: list[list[tuple[str, str]]] = field(default_factory=list)

    async def submit(self, events: Sequence[Event]) -> list[Receipt]:
        receipts = await self.feed.submit(events)
        self.submitted.append([(receipt.event_id, receipt.status.value) for receipt in receipts])
        return receipts


@dataclass
class LiveService:
    """``submitted``: of each request of events that reached the state, id and status of each event."""

    address: str
    submitted: list[list[tuple[str, str]]]


@contextmanager
def live_service(folder: Path) -> Iterator[LiveService]:
    """Serve the small shop, as in operation; its log of predictions is in ``folder``."""
    shop = served_shop()
    store = opened(shop.store())
    state = ServedState(store, MAX_DELAY_DAYS)
    feed = EventFeed(state, 100)
    recorded = RecordedFeed(feed)
    log = PredictionLog(folder, 2**20, 2)
    model = shop.model()
    rehearse(model.bundle, model.prepared)  # as in operation, so that no client waits for what is compiled

    async def start() -> None:
        feed.start()
        log.start()

    async def stop() -> None:
        await feed.stop(1)
        log.stop()

    parts = replace(
        FakeParts().parts(),
        scoring=LoggedScoring(Scorer(lambda: model, store, COSTS, START_RATE), log, str, keep_features=False),
        writing=EventWriter(recorded, AsGiven(), tuple, ExchangeRates("EUR")),
        intake=AsGiven(),
        receipts=state,
        start=start,
        stop=stop,
    )
    with listening_over(parts) as port:
        yield LiveService(f"http://127.0.0.1:{port}", recorded.submitted)


def days_ago(days: float) -> str:
    """A time as events have it."""
    return (utc_now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def placed(number: int, days: float = 20) -> dict[str, Any]:
    """An order of one line, whose ids begin with ``number``."""
    line = {"line_id": f"{number}-1", "product_id": "P-17", "quantity": 1, "price_minor": 4999}
    return {
        "type": "order_placed", "event_id": f"order-{number}", "order_id": str(number), "customer_id": "C-1042",
        "ordered_at": days_ago(days), "lines": [line],
    }  # fmt: skip


def returned(number: int, days: float = 1) -> dict[str, Any]:
    """The return of that line."""
    return {
        "type": "line_returned", "event_id": f"return-{number}", "line_id": f"{number}-1",
        "returned_at": days_ago(days),
    }  # fmt: skip
