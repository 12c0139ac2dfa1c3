"""All parts of the process that writes events together, on the files that a run leaves."""

import asyncio
import json
from pathlib import Path

import pytest

from data.logged.decisions import DECISIONS
from data.times import iso, now_us
from features.online_state.events import OrderPlaced, Status
from features.online_state.order import Order, OrderLine
from serving.assembly import parts
from serving.assembly.start_up import prepare
from serving.assembly.writer import assemble_writer
from serving.decisions.caps import Chosen
from serving.privacy.noted import Erasure, NotedErasures
from serving.settings import Settings
from serving.shops import Shop
from tests.serving.assembly.one_shop import written

NOW = now_us()


@pytest.mark.parametrize(("days", "closing"), [(730, Status.APPLIED), (30, Status.REFUSED)])
def test_a_line_may_close_as_late_as_the_parameters_say(settings: Settings, days: int, closing: Status) -> None:
    chosen = Path("params.yaml").read_text()
    Path("params.yaml").write_text(chosen.replace("max_delay_days: 730", f"max_delay_days: {days}"))
    prepare(Shop.only(settings))
    lines = (OrderLine("p", 1, 1000, closes_at=NOW + 31 * 86_400_000_000),)

    receipts = asyncio.run(written(settings, OrderPlaced("e", "o", ("l",), Order("someone", NOW, lines))))

    assert [receipt.status for receipt in receipts] == [closing]


def test_the_process_that_writes_events_knows_the_decisions_of_the_workers(settings: Settings) -> None:
    shop = Shop.only(settings)
    chosen = Chosen("d1", "b1", "content", "u1", "hint", now_us(), "{}", '{"action": "hint"}')
    caps = parts.caps(shop)
    assert caps.take(chosen, (), 90) is None
    caps.close()

    async def statuses() -> list[str]:
        writer = assemble_writer(shop)
        await writer.start()
        try:
            at = iso(now_us())
            sent = [
                {"type": "action_shown", "event_id": name, "decision_id": name, "reacted_at": at}
                for name in ("d1", "d2")
            ]
            answer = (await writer.writing.write(json.dumps({"events": sent}).encode())).answer
            return [each["status"] for each in json.loads(answer)["results"]]
        finally:
            await writer.stop()

    assert asyncio.run(statuses()) == ["applied", "not_counted"]


def test_an_erasure_is_noted_for_the_logs_by_the_pseudonym_before_it_is_acknowledged(settings: Settings) -> None:
    shop = Shop.only(settings)
    at = now_us()

    async def noted() -> list[Erasure]:
        writer = assemble_writer(shop)
        await writer.start()
        try:
            for event in (
                {"type": "customer_erased", "event_id": "e", "customer_id": "c1", "erased_at": iso(at)},
                *(
                    {"type": "customer_contacted", "event_id": who, "customer_id": who, "contacted_at": iso(at)}
                    for who in ("c1", "c2")
                ),
            ):
                await writer.writing.write(json.dumps({"events": [event]}).encode())
        finally:
            await writer.stop()
        caps = parts.caps(shop)
        try:
            return NotedErasures(caps.store).due()
        finally:
            caps.close()

    (found,) = asyncio.run(noted())

    assert found.unit == shop.id_key().hash("c1")
    assert found.erased_at // 1_000_000 == at // 1_000_000
    assert found.noted_at >= at
    contacts = list(DECISIONS.read(settings.decision_log))
    assert [each["customer"] for each in contacts] == [shop.id_key().hash("c2")]  # the other one is left out
