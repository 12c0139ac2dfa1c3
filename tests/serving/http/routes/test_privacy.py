"""What persons ask for arrives as the shop's key says: erasures as events, objections at the secrets."""

import asyncio
import threading
from dataclasses import replace
from http.client import HTTPConnection

import pytest

from data.pseudonyms.customer_keys import CustomerKeysError
from features.online_state.events import CustomerErased
from serving.http.routes.privacy import NO_SECRETS
from serving.ports import ExportError
from tests.serving.asking import Asker, listening_over
from tests.serving.fakes import FakeParts


def test_an_erasure_is_an_event_of_now_with_an_id_of_its_own() -> None:
    fakes = FakeParts()
    with Asker.of(fakes) as asker:
        answers = [asker.post("/v1/privacy/erase", {"customer_id": "C-1"}).json() for _ in range(2)]
    first, second = fakes.feeding.events
    assert isinstance(first, CustomerErased)
    assert isinstance(second, CustomerErased)
    assert first.customer_id == second.customer_id
    assert [each["status"] for each in answers] == ["applied", "applied"]
    assert {each["event_id"] for each in answers} == {first.event_id, second.event_id}
    assert first.event_id != second.event_id


def test_an_erasure_where_customers_have_no_secrets_says_so_and_is_no_event() -> None:
    fakes = FakeParts()
    with Asker.over(replace(fakes.parts(), have_secrets=lambda: False)) as asker:
        answer = asker.post("/v1/privacy/erase", {"customer_id": "C-1"})
    assert (answer.status_code, answer.json()["detail"]) == (503, NO_SECRETS)
    assert fakes.feeding.events == []


@pytest.mark.parametrize(("noted", "status"), [(True, 200), (None, 422), (False, 503)])
def test_an_objection_is_noted_or_refused_with_the_reason(noted: bool | None, status: int) -> None:  # noqa: FBT001
    asked: list[tuple[str, bool]] = []

    def note(key: str, out: bool) -> bool | None:  # noqa: FBT001
        asked.append((key, out))
        return noted

    parts = replace(FakeParts().parts(), opt_out=note)
    with Asker.over(parts) as asker:
        answer = asker.post("/v1/privacy/opt-out", {"customer_id": "C-1"})
        asker.post("/v1/privacy/opt-out", {"customer_id": "C-1", "opted_out": False})
    assert answer.status_code == status
    assert asked == [("C-1", True), ("C-1", False)]
    if noted:
        assert answer.json() == {"opted_out": True}


def test_secrets_that_can_not_be_written_are_a_503() -> None:
    def fail(_: str, __: bool) -> bool:  # noqa: FBT001
        raise CustomerKeysError(expected="a file", found="none", fix="make one")

    with Asker.over(replace(FakeParts().parts(), opt_out=fail)) as asker:
        answer = asker.post("/v1/privacy/opt-out", {"customer_id": "C-1"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_what_is_known_of_a_customer_is_answered_as_it_was_written_however_long_that_took() -> None:
    asked: list[str] = []

    async def export(key: str) -> bytes | None:
        asked.append(key)
        await asyncio.sleep(0.1)  # longer than requests may take
        return b'{"pseudonyms": []}\n'

    with Asker.over(replace(FakeParts().parts(), export=export), request_timeout_seconds=0.05) as asker:
        answer = asker.post("/v1/privacy/export", {"customer_id": "C-1"})

    assert (answer.status_code, answer.content) == (200, b'{"pseudonyms": []}\n')
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-store")
    assert asked == ["C-1"]


def test_an_export_ends_where_the_client_leaves() -> None:
    began, ended = threading.Event(), threading.Event()

    async def export(_: str) -> bytes | None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return None

    with listening_over(replace(FakeParts().parts(), export=export)) as port:
        client = HTTPConnection("127.0.0.1", port)
        client.request("POST", "/v1/privacy/export", b'{"customer_id": "C-1"}', {"Content-Type": "application/json"})
        assert began.wait(10)
        client.close()
        assert ended.wait(10)


def test_an_export_of_a_guest_or_without_secrets_or_that_fails_is_a_problem() -> None:
    async def of_guest(_: str) -> bytes | None:
        return None

    async def fail(_: str) -> bytes | None:
        raise ExportError("the logs can't be read", 7)

    found = []
    for changes in ({"export": of_guest}, {"export": fail}, {"have_secrets": lambda: False}):
        with Asker.over(replace(FakeParts().parts(), **changes)) as asker:
            found.append(asker.post("/v1/privacy/export", {"customer_id": "C-1"}))

    assert [each.status_code for each in found] == [422, 503, 503]
    assert {each.headers["content-type"] for each in found} == {"application/problem+json"}
    assert found[0].json()["errors"][0]["pointer"] == "/customer_id"
    assert (found[1].json()["detail"], found[1].headers["retry-after"]) == ("the logs can't be read", "7")
    assert found[2].json()["detail"] == NO_SECRETS
