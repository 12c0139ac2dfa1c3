"""What persons ask for arrives as the shop's key says: erasures as events, objections at the secrets."""

from dataclasses import replace

import pytest

from data.pseudonyms.customer_keys import CustomerKeysError
from features.online_state.events import CustomerErased
from serving.http.routes.privacy import NO_SECRETS
from tests.serving.asking import Asker
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
