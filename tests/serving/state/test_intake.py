"""Requests and events are read as ingest read the files: from HTTP to the score, the state and the prediction log."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import UserError
from data.identity import IdKey, KeyKind
from data.logged.predictions import PREDICTIONS
from data.reading.reading import LabelReading, Reading
from data.times import from_us, now_us
from features.online_state import order_record, records, restore
from features.stores.memory import MemoryStore
from serving.exchange_rates import ExchangeRates
from serving.http.writer.event_writer import EventWriter
from serving.ports import Ports
from serving.predictions.log import PredictionLog
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.scorer import Scorer
from serving.state.event_feed import EventFeed
from serving.state.home import reading_of
from serving.state.intake import StateIntake
from serving.state.served_state import ServedState
from tests.features import seeds
from tests.features.crowded_shop import crowded_shop
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.asking import Asker
from tests.serving.fakes import FakeModels, NothingDecided
from tests.serving.served_shop import COSTS, opened, served_shop

KEY = IdKey(b"a key of the tests", public=False)
COLOR = LabelReading("lower", {"Rot": "red"}, ("-",))
READING = Reading(KeyKind.EMAIL, ("guest", "0"), {"color": COLOR})
ADDRESS = "c{}@shop.example"
AT = from_us(now_us()).strftime("%Y-%m-%dT%H:%M:%SZ")
"""One time for all: features depend on it."""


@dataclass
class Served:
    """The service over a shop whose customers are known by their e-mail addresses."""

    asker: Asker
    folder: Path
    store: MemoryStore

    def score(self, color: str = "red", customer: str | None = None, **more: Any) -> None:
        line = {"product_id": "p1", "quantity": 1, "price_minor": 2000, "color": color, **more}
        answer = self.asker.post("/v1/score", {"customer_id": customer, "ordered_at": AT, "lines": [line]})
        assert (answer.status_code, answer.json()["degraded"]) == (200, [])

    def place(self, order_id: str, color: str, customer: str | None) -> None:
        line = {"line_id": f"{order_id}-1", "product_id": "p1", "quantity": 1, "price_minor": 2000, "color": color}
        event = {"type": "order_placed", "event_id": order_id, "order_id": order_id, "ordered_at": AT}
        sent = {"events": [{**event, "customer_id": customer, "lines": [line]}]}
        assert self.asker.post("/v1/events", sent).json()["results"][0]["status"] == "applied"

    def columns(self, line_id: str) -> Mapping[str, object]:
        """What the counters hold of a line, by column."""
        (order_id,) = self.store.read(lambda snapshot: snapshot.get([records.line_key(line_id)]))
        assert order_id is not None
        (value,) = self.store.read(lambda snapshot: snapshot.get([records.order_key(order_id.decode())]))
        assert value is not None
        return order_record.read(value).counted[line_id].columns

    def logged(self) -> list[dict[str, Any]]:
        return list(PREDICTIONS.read(self.folder))


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed of a shop whose tables have hashed addresses."""
    shop, names = crowded_shop(orders=40), {f"c{n}": KEY.hash(ADDRESS.format(n)) for n in range(8)}
    hashed = shop.with_(
        lines=shop.lines.replace({"customer_id": names}), customers=shop.customers.replace({"customer_id": names})
    )
    return seeds.build(hashed, tmp_path_factory.mktemp("emails"), served_shop().recipe)


@pytest.fixture
def served(seed: Path, tmp_path: Path) -> Iterator[Served]:
    store = MemoryStore()
    restore.restore(seed, store)
    about = restore.current(store)
    assert about is not None
    read_so = replace(about, id_key=KEY.fingerprint, reading=READING.as_json())
    store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(read_so)))
    guarded = opened(store)
    log = PredictionLog(tmp_path, max_file_bytes=10**6, max_files=2)
    feed = EventFeed(ServedState(guarded, MAX_DELAY_DAYS), 100)
    intake = StateIntake(guarded, KEY)
    scorer = Scorer(served_shop().model, guarded, COSTS, 0.3)

    async def start() -> None:
        log.start()
        feed.start()

    async def stop() -> None:
        await feed.stop(5)
        await asyncio.to_thread(log.stop)

    scoring = LoggedScoring(scorer, log, intake.pseudonym, keep_features=False)
    rates = ExchangeRates("EUR")
    writing = EventWriter(feed, intake, tuple, rates)
    deciding = NothingDecided(scoring)
    parts = Ports(scoring, writing, FakeModels(), intake, deciding=deciding, rates=rates, start=start, stop=stop)
    with Asker.over(parts) as asker:
        yield Served(asker, tmp_path, store)


def settled(served: Served) -> list[dict[str, Any]]:
    """What the log holds once its thread has written."""
    served.asker.runner.run(asyncio.sleep(0.6))
    return served.logged()


def test_the_spellings_of_an_address_are_one_customer_and_the_log_has_the_hash_of_one(served: Served) -> None:
    for customer in ("c1@shop.example", " C1@Shop.EXAMPLE ", "\uff43\uff11@shop.example"):
        served.score(customer=customer)
    served.score(customer="nobody@shop.example")

    *same, other = settled(served)

    assert [each["customer"] for each in same] == 3 * [KEY.hash("c1@shop.example")]
    assert len({each["features_sha256"] for each in same}) == 1
    assert other["features_sha256"] != same[0]["features_sha256"]  # the counters of the customer were found


def test_a_value_that_stands_for_a_guest_scores_as_no_customer(served: Served) -> None:
    for customer in (None, "guest", "GUEST\u00a0", "0"):
        served.score(customer=customer)

    found = settled(served)

    assert {(each["customer"], each["features_sha256"]) for each in found} == {(None, found[0]["features_sha256"])}


def test_a_label_in_the_words_of_the_shop_scores_as_the_label_that_counts(served: Served) -> None:
    for color in ("red", "Rot", "ROT ", "RED", "r\u200bed", "\uff52\uff45\uff44"):
        served.score(color)
    for color in ("-", "", " \u200b"):
        served.score(color)
    served.score("blue")

    found = [each["features_sha256"] for each in settled(served)]

    assert len(set(found[:6])) == len(set(found[6:9])) == 1
    assert len({found[0], found[6], found[9]}) == 3


def test_an_event_is_counted_for_the_customer_and_the_label_that_ingest_would_have_read(served: Served) -> None:
    served.place("one", "Rot", "C1@Shop.example")
    served.place("two", "red", "c1@shop.example ")
    served.place("three", "blue", "Guest")

    one, two, three = (served.columns(f"{name}-1") for name in ("one", "two", "three"))

    assert one == {**two, "customer_id": KEY.hash("c1@shop.example"), "color": "red"}
    assert (three["customer_id"], three["color"]) == (None, "blue")


def test_a_state_of_before_reads_keys_and_labels_as_they_are(seed: Path) -> None:
    store = MemoryStore()
    restore.restore(seed, store)
    (written,) = store.read(lambda snapshot: snapshot.get([records.ABOUT]))
    assert written is not None
    assert b"reading" not in written  # a plain reading adds nothing to what a state says of itself
    intake = StateIntake(opened(store), KEY)

    assert intake.customer(" C1@Shop.example") == KEY.hash("C1@Shop.example")
    assert (intake.label("color", "Rot"), intake.pseudonym("a hash")) == ("Rot", "a hash")


def test_a_state_with_a_reading_of_another_version_is_refused(seed: Path) -> None:
    store = MemoryStore()
    restore.restore(seed, store)
    about = restore.current(store)
    assert about is not None

    with pytest.raises(UserError, match=r"(?s)state of this version.*the key scent.*make its seed"):
        reading_of(replace(about, reading={"scent": "rose"}))
