"""A small shop whose customers have secrets, as a folder: state, model, logs, tables and what a service adds."""

import asyncio
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.pseudonyms.customer_keys import CustomerKeys
from data.times import iso, now_us
from features.online_state.seed_file import STATE
from serving.assembly.start_up import prepare
from serving.assembly.worker import assemble_worker
from serving.assembly.writer import assemble_writer
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.model.folder import Pointer
from serving.settings import Settings
from serving.shops import Shop
from tests.features import seeds
from tests.features.crowded_shop import crowded_shop
from tests.serving.served_shop import pointer, served_shop
from tests.workspace import TOP
from training.registry.provenance import folder_digest

NOBODY = Path("no-writer")
CUSTOMERS = 8


def name(number: int) -> str:
    """The key by which the shop knows a customer."""
    return f"customer-{number:04}@shop.example"


GONE, MERGED, STAYS = name(1), name(2), name(3)
HOUR = 3_600_000_000


@dataclass
class SmallShop:
    """The shop in ``folder``; ``shop`` is what the service and its commands take."""

    folder: Path
    shop: Shop
    keys: CustomerKeys

    @property
    def forms(self) -> list[str]:
        """The keys of the customers in its tables."""
        return [name(number) for number in range(CUSTOMERS)]

    def send(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Send events to the process that writes them; give their results."""

        async def sent() -> list[dict[str, Any]]:
            writer = assemble_writer(self.shop)
            await writer.start()
            try:
                answer = await writer.writing.write(json.dumps({"events": list(events)}).encode())
                found: list[dict[str, Any]] = json.loads(answer.answer)["results"]
                return found
            finally:
                await writer.stop()

        return asyncio.run(sent())

    def score(self, customers: Sequence[str | None], at: int, *, decide: bool = False) -> list[tuple[float, ...]]:
        """Score a basket for each customer, as of a time; give the probabilities of its lines."""

        async def scored() -> list[tuple[float, ...]]:
            parts = assemble_worker(self.shop, NOBODY)
            await parts.start()
            intake = parts.intake.lasting(always=True) if decide else parts.intake
            found = []
            try:
                for place, customer in enumerate(customers):
                    lines = [{"product_id": "p1", "quantity": 1, "price_minor": 2000}]
                    asked = {"customer_id": customer, "ordered_at": iso(at), "lines": lines, "basket_id": f"b{place}"}
                    order = read_order(Basket.model_validate(asked), at, intake)
                    if decide:
                        basket = parts.deciding.decide(order, f"r{place}", at).score
                    else:
                        (basket,) = parts.scoring.score([order], f"r{place}", at)
                    assert basket.degraded == ()
                    found.append(tuple(line.probability for line in basket.lines))
            finally:
                await parts.stop()
            return found

        return asyncio.run(scored())


def order(order_id: str, customer: str | None, at: int, kind: str = "order_placed") -> dict[str, Any]:
    """An event of an order with two lines."""
    lines = [
        {"line_id": f"{order_id}-{number}", "product_id": f"p{number}", "quantity": 1, "price_minor": 2000}
        for number in (1, 2)
    ]
    return {
        "type": kind, "event_id": f"{kind} {order_id}", "order_id": order_id, "customer_id": customer,
        "ordered_at": iso(at), "lines": lines,
    }  # fmt: skip


def of_folder(folder: Path) -> SmallShop:
    """Give the shop in a folder that `make` wrote, or a copy of it."""
    settings = Settings(
        state=f"lmdb:{folder / 'store'}", model_dir=folder / "models", prediction_log=folder / "log",
        decision_log=folder / "decisions", shadow_log=folder / "shadow",
        customer_keys=folder / "serving" / "var" / "customer-keys.sqlite",
    )  # fmt: skip
    shop = Shop("small", settings, folder, {"RETURN_RISK_ID_KEY": "a key of the small shop"})
    keys = shop.pseudonyms()
    assert isinstance(keys, CustomerKeys)
    return SmallShop(folder, shop, keys)


def make(folder: Path) -> None:
    """Make the shop in an empty folder, as a run leaves it: with tables, seed, state and model."""
    served, simulated = served_shop(), crowded_shop(orders=60)
    shutil.copy(TOP / "params.yaml", folder / "params.yaml")
    shutil.copytree(TOP / "data" / "policies", folder / "data" / "policies")
    made_shop = of_folder(folder)
    keys, shop = made_shop.keys, made_shop.shop
    made = keys.make([name(number) for number in range(CUSTOMERS)])
    names = {f"c{number}": str(made[number]) for number in range(CUSTOMERS)}
    lines, customers = (each.replace({"customer_id": names}) for each in (simulated.lines, simulated.customers))
    hashed = simulated.with_(lines=lines, customers=customers)
    seed = seeds.build(hashed, folder / "data", served.recipe)
    shutil.copytree(seed, folder / STATE)
    shutil.rmtree(seed)
    about = json.loads((folder / STATE / "about.json").read_text())
    (folder / STATE / "about.json").write_text(json.dumps(about | {"id_key": keys.fingerprint}))
    served.bundle.save(folder / "models" / "7")
    digest = folder_digest(folder / "models" / "7")
    Pointer(**{**pointer().model_dump(), "bundle_sha256": digest}).write(folder / "models")
    prepare(shop)
    keys.close()


def now() -> int:
    """A time that clocks of requests and events take."""
    return now_us()


def live(shop: SmallShop) -> None:
    """Let the customers do everything of which something is kept."""
    at = now() - HOUR
    sent = [
        *(order(f"o-{place}", who, at) for place, who in enumerate((GONE, MERGED, STAYS))),
        order("o-ahead", GONE, at + 3 * HOUR),
        {**order("o-0", GONE, at, "order_changed"), "changed_at": iso(at + 1_000_000)},
        {"type": "customer_changed", "event_id": "ch", "customer_id": GONE, "changed_at": iso(at), "birth_year": 1980},
        {"type": "customer_contacted", "event_id": "co", "customer_id": GONE, "contacted_at": iso(at), "topic": "size"},
        {"type": "customers_merged", "event_id": "m", "customer_id": MERGED, "into": GONE, "merged_at": iso(at)},
        {"type": "line_returned", "event_id": "b", "line_id": "o-0-1", "returned_at": iso(at + 60_000_000)},
    ]
    assert {each["status"] for each in shop.send(sent)} == {"applied"}
    shop.score([GONE, STAYS, MERGED, None], now())
    shop.score([GONE, STAYS], now(), decide=True)
    shutil.copytree(shop.folder / "log", shop.folder / "shadow")  # as a version in shadow logs the same baskets
