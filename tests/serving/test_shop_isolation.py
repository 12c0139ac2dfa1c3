"""Several shops in one service: no request with the key of one shows or changes anything of another."""

import asyncio
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from data.logged.predictions import PREDICTIONS
from data.times import utc_now
from features.online_state.events import Event, Receipt, Status
from features.online_state.records import Latest
from serving.api_keys import new_key
from serving.app import create_app_of
from serving.assembly.start_up import prepare
from serving.assembly.worker import assemble_worker
from serving.assembly.writer import assemble_writer
from serving.http.guards.key_ring import Scope
from serving.http.writer import client
from serving.model.folder import Pointer
from serving.settings import Settings
from serving.shops import FILE, Shop, shops_of
from tests.serving.asking import BASKET, Asker
from tests.serving.fakes import AS_OF, FakeParts
from tests.serving.products import small_report
from tests.serving.served_shop import pointer, served_shop
from tests.workspace import TOP
from training.registry.provenance import folder_digest

SHOPS: Final = ("shoes", "toys")
SCOPES: Final = (Scope.SCORE, Scope.EVENTS, Scope.READ, Scope.REVIEW, Scope.ADMIN)
STRANGERS: Final = ("operator", "gone", "unknown")
"""Keys that open no shop of the service: one of the whole service, one of a shop that it no longer has, and none."""
PLACED: Final = {
    "type": "order_placed", "order_id": "O-1", "ordered_at": "2024-05-31T12:00:00Z",
    "lines": [{"line_id": "L-1", "product_id": "P-1", "quantity": 1, "price_minor": 250}],
}  # fmt: skip
SEEN: Final = {"state": "done", "note": "seen by us", "seen": "0"}
WHEN: Final = ("age_seconds", "ages_seconds")


class Remembering(FakeParts):
    """A shop whose answers show all that ever happened to it: its events, and how many scores were asked of it."""

    def clear(self) -> None:
        self.receipts.known = {}
        self.feeding.events.clear()
        self.scoring.calls = 0
        self.scoring.latest = Latest(order=AS_OF)
        self.feeding.status = self._took

    def _took(self, event: Event) -> Status:
        known = self.receipts.known or {}
        status = Status.DUPLICATE if event.event_id in known else Status.APPLIED
        known[event.event_id] = Receipt(event.event_id, status)
        self.scoring.latest = Latest(order=AS_OF + len(known) * 1_000_000)
        self.serve(version=str(len(known)))
        return status


@dataclass
class Served:
    """One service with both shops. ``keys``: by the name of the shop or stranger."""

    shops: dict[str, Remembering]
    keys: dict[str, str]
    asker: Asker

    def ask(self, requests: Sequence[tuple[str, str, str, Any]]) -> list[tuple[str, int, Any]]:
        """Send requests, each (whose, method, path, body), to shops that know nothing yet."""
        for shop in self.shops.values():
            shop.serve(version="0")
            shop.clear()
        return [self._one(*request) for request in requests]

    def _one(self, whose: str, method: str, path: str, body: Any) -> tuple[str, int, Any]:
        headers = {"Authorization": f"Bearer {self.keys[whose]}"}
        answer = self.asker.ask(method, path, headers=headers, **({} if body is None else {"json": body}))
        return whose, answer.status_code, without_clock(answer)


def without_clock(answer: httpx.Response) -> Any:
    found = answer.json()
    found.pop("request_id", None)
    for score in [found, *found.get("scores", ())]:
        for name in WHEN:
            score.get("data", {}).pop(name, None)
    return found


def keys_of(file: Path) -> dict[str, str]:
    made = {shop: new_key(file, f"{shop}-key", SCOPES, shop=shop) for shop in (*SHOPS, "gone")}
    return made | {"operator": new_key(file, "operator", SCOPES), "unknown": "rr_shoes-key_guessed"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("shops")
    keys = keys_of(folder / "keys.json")
    settings = Settings(
        shops=tuple((name, folder / name) for name in SHOPS), api_keys_file=folder / "keys.json", log_level="error",
        sessions=folder / "sessions.sqlite",
    )  # fmt: skip
    shops = {name: Remembering() for name in SHOPS}
    for number, shop in enumerate(shops.values()):
        shop.serve(name=f"model-{number}")
    parts = [(Shop(name, settings, folder / name, {}), shops[name].parts()) for name in SHOPS]
    with Asker.of_app(create_app_of(settings, parts)) as asker:
        yield Served(shops, keys, asker)


EVENT_IDS = st.sampled_from(["E-1", "E-2"])
ASKED = st.one_of(
    EVENT_IDS.map(lambda name: ("POST", "/v1/events", {"events": [{**PLACED, "event_id": name}]})),
    EVENT_IDS.map(lambda name: ("GET", f"/v1/events/{name}", None)),
    st.sampled_from([
        ("POST", "/v1/score", BASKET), ("POST", "/v1/score/batch", {"baskets": [BASKET, BASKET]}),
        ("GET", "/v1/model", None), ("GET", "/v1/model/catalog", None),
    ]),
)  # fmt: skip


@hypothesis_settings(max_examples=40)
@given(requests=st.lists(st.tuples(st.sampled_from([*SHOPS, *STRANGERS]), ASKED), max_size=12))
def test_each_shop_is_answered_as_if_it_were_alone(served: Served, requests: list[tuple[str, Any]]) -> None:
    flat = [(whose, *asked) for whose, asked in requests]

    together = served.ask(flat)

    for name in SHOPS:
        alone = served.ask([request for request in flat if request[0] == name])
        assert [answer for answer in together if answer[0] == name] == alone
        assert all(status in {200, 404} for _, status, _ in alone)
    refused = {whose: {status for who, status, _ in together if who == whose} for whose in STRANGERS}
    assert all(refused[whose] <= ({401} if whose == "unknown" else {403}) for whose in STRANGERS)


def test_metrics_of_all_shops_are_for_a_key_of_none(served: Served) -> None:
    served.ask([("toys", "POST", "/v1/score", BASKET)])
    asked = {
        whose: served.asker.get("/metrics", headers={"Authorization": f"Bearer {key}"})
        for whose, key in served.keys.items()
    }

    assert {whose: answer.status_code for whose, answer in asked.items()} == {
        "operator": 200, "shoes": 403, "toys": 403, "gone": 403, "unknown": 401,
    }  # fmt: skip
    lines = asked["operator"].text.splitlines()
    counted = {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("return_risk_lines_scored")}
    assert set(counted) == {f'return_risk_lines_scored_total{{shop="{shop}"}}' for shop in SHOPS}
    assert counted['return_risk_lines_scored_total{shop="toys"}'] >= 1


def test_what_any_caller_may_see_names_no_shop(served: Served) -> None:
    for path in ("/", "/healthz", "/readyz", "/products/login", "/openapi.json"):
        answer = served.asker.get(path)
        assert answer.status_code == 200
        assert not [shop for shop in SHOPS if shop in answer.text]


@pytest.fixture
def shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, tuple[Shop, ...]]:
    """Two folders with parameters, a seed, a champion and a report; costs, currency and key of customer ids differ."""
    made = served_shop()
    monkeypatch.setattr(client, "START_SECONDS", 0.05)
    monkeypatch.delenv("RETURN_RISK_ID_KEY", raising=False)
    monkeypatch.setenv("RETURN_RISK_API_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("RETURN_RISK_SESSIONS", str(tmp_path / "sessions.sqlite"))
    monkeypatch.setenv("RETURN_RISK_SHOPS", ",".join(f"{name}={tmp_path / name}" for name in SHOPS))
    params = (TOP / "params.yaml").read_text()
    for number, name in enumerate(SHOPS):
        folder = tmp_path / name
        shutil.copytree(made.seed, folder / "features/state")
        shutil.copytree(TOP / "data/policies", folder / "data/policies")
        changed = params.replace("currency: EUR", f"currency: {('EUR', 'JPY')[number]}")
        (folder / "params.yaml").write_text(
            changed.replace("return_fixed_minor: ", f"return_fixed_minor: {number + 1}")
        )
        (folder / FILE).write_text(f"RETURN_RISK_ID_KEY='the key of {name}, a secret'\n")
        small_report.write(folder / "reports/products", 30 + number, report_id=name)
    settings = Settings.from_environment()
    found = shops_of(settings)
    for shop in found:
        about, pseudonyms = json.loads((shop.seed / "about.json").read_text()), shop.pseudonyms()
        pseudonyms.make([])
        (shop.seed / "about.json").write_text(json.dumps(about | {"id_key": pseudonyms.fingerprint}))
        models = shop.settings.model_dir
        made.bundle.save(models / "7")
        Pointer(**{**pointer().model_dump(), "bundle_sha256": folder_digest(models / "7")}).write(models)
    return settings, found


async def told(shop: Shop, *events: dict[str, Any]) -> Mapping[str, int]:
    """Have the process that writes the events of a shop apply some."""
    writer = assemble_writer(shop)
    await writer.start()
    try:
        return (await writer.writing.write(json.dumps({"events": events}).encode())).counts
    finally:
        await writer.stop()


def test_state_log_pages_costs_and_currency_are_those_of_the_shop_of_the_key(
    shops: tuple[Settings, tuple[Shop, ...]],
) -> None:
    settings, both = shops
    made = keys_of(Path(str(settings.api_keys_file)))
    keys = {name: {"Authorization": f"Bearer {key}"} for name, key in made.items()}
    day = (utc_now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    order = {**PLACED, "event_id": "E-1", "customer_id": "C-1", "order_id": "new", "ordered_at": day}
    basket = {"customer_id": "C-1", "lines": [{"product_id": "P-1", "quantity": 1, "price_minor": 250}]}
    alert = pq.read_table(both[0].settings.product_report / "alerts.parquet")["alert_id"][0].as_py()
    for shop in both:
        prepare(shop)
    counts = asyncio.run(told(both[0], order))
    parts = [(shop, assemble_worker(shop, Path("no-writer"))) for shop in both]

    with Asker.of_app(create_app_of(settings, parts)) as asker:
        looked_up = [asker.get("/v1/events/E-1", headers=keys[name]).status_code for name in SHOPS]
        scores = [asker.post("/v1/score", basket, headers=keys[name]).json() for name in SHOPS]
        note = asker.ask("POST", f"/products/alerts/{alert}", data=SEEN, headers=keys["shoes"])
        pages = [asker.get("/products/items.csv", headers=keys[name]).text for name in SHOPS]

    assert counts == {"applied": 1}
    assert looked_up == [200, 404]
    assert [score["currency"] for score in scores] == ["EUR", "JPY"]
    costs = [score["lines"][0]["expected_cost_minor"] / score["lines"][0]["probability"] for score in scores]
    assert costs[0] < costs[1]
    logs = [list(PREDICTIONS.read(shop.settings.prediction_log)) for shop in both]
    assert [len(log) for log in logs] == [1, 1]
    assert logs[0][0]["customer"] != logs[1][0]["customer"]  # one person, whom no two shops know by one name
    assert note.status_code == 303
    assert [shop.settings.reviews.exists() for shop in both] == [True, False]
    assert "P-000030" not in pages[0]
    assert "P-000030" in pages[1]  # the report of toys has one product more
