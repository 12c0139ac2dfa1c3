"""What a person gets is all that is kept of them, equal to what their events alone amount to, and of nobody else."""

import json
import os
from dataclasses import replace

from pydantic import TypeAdapter

from features.online_state import restore
from features.online_state.contents import StateContents
from features.online_state.live import LiveState
from features.stores.memory import MemoryStore
from serving.app import create_app_of
from serving.assembly.worker import assemble_worker
from serving.http.wire.answers import PersonData
from serving.http.wire.convert.events import read_event
from serving.http.wire.requests.events import Event
from serving.ports import AsGiven
from serving.rights.export import document, person
from serving.settings import Settings, variable
from serving.state.home import StateHome, recipe_of
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.asking import Asker
from tests.serving.rights.small_shop import GONE, HOUR, NOBODY, STAYS, SmallShop, live, now, order
from tests.workspace import TOP

EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Named(AsGiven):
    """Knows one customer."""

    def __init__(self, pseudonym: str) -> None:
        self._pseudonym = pseudonym

    def customer(self, _: str, /) -> str | None:
        return self._pseudonym


def test_counters_and_orders_are_what_the_events_of_the_person_amount_to(shop: SmallShop) -> None:
    at = now() - HOUR
    events = [order("n-1", "new", at), order("n-2", "new", at + 60_000_000)]
    assert {each["status"] for each in shop.send([order("n-0", STAYS, at), *events])} == {"applied"}
    then = now() + HOUR

    found = person(shop.shop, "new", then)

    (pseudonym,) = found["pseudonyms"]
    with StateHome(shop.shop.settings.state, MAX_DELAY_DAYS).reading() as store:
        about = restore.current(store)
    assert about is not None
    alone = LiveState(MemoryStore(), StateContents(recipe_of(about)), about.remember_days, MAX_DELAY_DAYS)
    read = [read_event(EVENT.validate_json(json.dumps(each)), Named(pseudonym)) for each in events]
    alone.apply(read, now())
    expected = alone.person([pseudonym], then)
    assert found["state"]["counters"] == expected["counters"] != {}
    assert [each["order_id"] for each in found["state"]["orders"]] == ["n-1", "n-2"]
    assert found["state"]["orders"] == expected["orders"]


def test_all_accounts_with_logs_and_tables_are_in_it_and_nobody_else(shop: SmallShop) -> None:
    live(shop)
    found = person(shop.shop, GONE)
    assert len(found["pseudonyms"]) == 2
    orders = {each["order_id"] for each in found["state"]["orders"]}
    assert {"o-0", "o-1", "o-ahead"} <= orders
    assert "o-2" not in orders
    assert [each["topic"] for each in found["contacts"]] == ["size"]
    assert len(found["scores"]) == 3  # two scores, and one for the decision
    assert found["shadow_scores"] == found["scores"]
    assert len(found["decisions"]) == 1
    assert found["tables"]["order_lines"]
    assert {each["customer_id"] for each in found["tables"]["order_lines"]} <= set(found["pseudonyms"])
    stays = person(shop.shop, STAYS)["pseudonyms"]
    assert not any(each in json.dumps(found, default=str) for each in stays)


def test_of_somebody_who_is_not_known_there_is_nothing(shop: SmallShop) -> None:
    found = person(shop.shop, "was never here")
    assert not any(each for name, each in found.items() if name != "tables")
    assert not any(found["tables"].values())


def test_over_http_the_running_service_answers_what_the_command_writes(shop: SmallShop) -> None:
    live(shop)
    environment = {**os.environ, **shop.shop.environment, **variables(shop.shop.settings), "PYTHONPATH": str(TOP)}
    served = replace(shop.shop, name=None, environment=environment)
    app = create_app_of(served.settings, [(served, assemble_worker(served, NOBODY))])

    with Asker.of_app(app) as asker:
        answer = asker.post("/v1/privacy/export", {"customer_id": GONE})

    assert answer.status_code == 200
    assert without_decay(answer.content) == without_decay(document(person(shop.shop, GONE)))
    assert PersonData.model_validate_json(answer.content).scores
    assert set(PersonData.model_fields) <= set(person(shop.shop, "was never here"))


def without_decay(written: bytes) -> bytes:
    """A document without the values of counters, which forget from one second to the next."""
    content = json.loads(written)
    counters = content["state"].get("counters", {})
    counters.update({name: sorted(values) for name, values in counters.items()})
    return document(content)


def variables(settings: Settings) -> dict[str, str]:
    """The environment of a shop whose settings are those of its own that were set."""
    return {variable(name): str(getattr(settings, name)) for name in settings.model_fields_set}
