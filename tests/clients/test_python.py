"""The client of Python: made from the OpenAPI, type-checked, and tried against the service."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.clients import making
from tests.clients.examples import documented
from tests.clients.live_service import LiveService, placed, returned
from tests.workspace import TOP

BASKET = {"lines": [{"product_id": "P-17", "quantity": 1, "price_minor": 4999}]}
SENT = {"events": [placed(1)]}
RESULTS = {
    "results": [{"event_id": "order-1", "status": "applied", "detail": ""}],
    "counts": {"applied": 1},
    "a new field": 1,
}
PROBLEM = {"type": "urn:x", "title": "t", "status": 422, "detail": "1 field is wrong", "request_id": "r"}
Answers = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def folder(description: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clients") / making.PYTHON
    making.make_python(description, made)
    return made


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[ModuleType]:
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("return_risk")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] in {"return_risk", making.GENERATED}]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def models(client: ModuleType) -> ModuleType:
    return importlib.import_module(f"{client.AuthenticatedClient.__module__.partition('.')[0]}.models")


class LosesTheFirstAnswer(httpx.HTTPTransport):
    """The service does as it is told, and the connection breaks before its first answer."""

    lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if not self.lost:
            self.lost += 1
            response.read()
            raise httpx.ReadError("connection reset")
        return response


class Scripted:
    """Gives one answer after another, and counts the requests; the last answer is repeated."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.bodies = answers, list[bytes]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        answer = self.answers[min(len(self.bodies), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


def busy(seconds: int = 0) -> httpx.Response:
    return httpx.Response(503, headers={"Retry-After": str(seconds)}, text="<html>from a proxy</html>")


def asking(client: ModuleType, script: Scripted, **patience: Any) -> Any:
    return client.ReturnRisk("http://service", "key", transport=httpx.MockTransport(script), **patience)


def test_it_and_its_example_in_the_docs_are_typed_throughout(folder: Path) -> None:
    (folder / "documented.py").write_text(documented("python"))
    # With the project's own settings, which are strict, its cache holds for the packages that the client imports.
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", folder / "return_risk.py", folder / "documented.py"],
        cwd=TOP, env=os.environ | {"MYPYPATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_it_scores_and_sends_events_which_count(client: ModuleType, models: ModuleType, service: LiveService) -> None:
    with client.ReturnRisk(service.address) as shop:
        score = shop.score(models.BasketToExplain.from_dict(BASKET))
        batch = shop.score_batch(models.BasketBatch.from_dict({"baskets": [BASKET]}))
        sent = shop.send(models.EventBatch.from_dict({"events": [placed(1), returned(1)]}))
        known = shop.look_up("return-1")

    assert score.model.version == "7"
    assert 0 < score.lines[0].probability < 1
    assert [basket.lines[0].probability for basket in batch.scores] == [score.lines[0].probability]
    assert [result.status.value for result in sent] == ["applied", "applied"]
    assert known.status.value == "applied"


def test_an_event_whose_answer_was_lost_is_sent_again_and_counts_once(
    client: ModuleType, models: ModuleType, service: LiveService
) -> None:
    with client.ReturnRisk(service.address, transport=LosesTheFirstAnswer()) as shop:
        sent = shop.send(models.EventBatch.from_dict(SENT))

    assert service.submitted == [[("order-1", "applied")], [("order-1", "duplicate")]]
    assert [result.status.value for result in sent] == ["applied"]


def test_an_event_that_does_not_count_is_an_error_also_where_the_answer_that_said_so_was_lost(
    client: ModuleType, models: ModuleType, service: LiveService
) -> None:
    late = {"events": [placed(2, days=22), returned(2, days=0.1), placed(3)]}
    twice = {"events": [{**placed(3), "order_id": "4"}]}

    with client.ReturnRisk(service.address, transport=LosesTheFirstAnswer()) as shop:
        with pytest.raises(
            client.LostEventsError, match=r"(?s)^1 of 3 events .*return-2 not_counted: .*window"
        ) as lost:
            shop.send(models.EventBatch.from_dict(late))
        with pytest.raises(client.LostEventsError, match=r"^1 of 1 events .*order-3 refused: its id was used before"):
            shop.send(models.EventBatch.from_dict(twice))

    assert [status for _, status in service.submitted[1]] == ["duplicate"] * 3
    assert [result.event_id for result in lost.value.results] == ["order-2", "return-2", "order-3"]


def test_what_the_service_refuses_is_not_sent_again(
    client: ModuleType, models: ModuleType, service: LiveService
) -> None:
    wrong = models.EventBatch.from_dict({"events": [placed(5)]})
    wrong.events[0].lines[0].quantity = 0
    with client.ReturnRisk(service.address) as shop:
        with pytest.raises(client.RefusedError) as refused:
            shop.send(wrong)
        with pytest.raises(client.RefusedError) as unknown:
            shop.look_up("nothing/of this id")
    script = Scripted(httpx.Response(422, json=PROBLEM, headers={"Content-Type": "application/problem+json"}))
    with pytest.raises(client.RefusedError):
        asking(client, script).send(models.EventBatch.from_dict(SENT))

    assert service.submitted == []
    assert [error.pointer for error in refused.value.problem.errors] == ["/events/0/lines/0/quantity"]
    assert unknown.value.status == 404
    assert len(script.bodies) == 1


@pytest.mark.parametrize("trouble", [busy(), httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_events_are_sent_with_the_same_ids_until_the_service_has_them(
    client: ModuleType, models: ModuleType, trouble: httpx.Response | Exception
) -> None:
    script = Scripted(trouble, trouble, httpx.Response(500), httpx.Response(429), httpx.Response(200, json=RESULTS))
    patience = client.Patience(60, 1, 99, client.TROUBLES, pause=0.001)

    sent = asking(client, script, events=patience).send(models.EventBatch.from_dict(SENT))

    assert [result.event_id for result in sent] == ["order-1"]
    assert len(script.bodies) == 5
    assert len(set(script.bodies)) == 1


def said(*statuses: str) -> httpx.Response:
    results = [{"event_id": f"order-{n}", "status": status, "detail": ""} for n, status in enumerate(statuses, 1)]
    return httpx.Response(207, json={"results": results, "counts": {}})


def test_events_on_which_the_service_failed_are_sent_again_alone(client: ModuleType, models: ModuleType) -> None:
    script = Scripted(said("applied", "failed", "waiting"), httpx.Response(500), httpx.Response(200, json=RESULTS))
    patience = client.Patience(60, 1, 99, client.TROUBLES, pause=0.001)

    sent = asking(client, script, events=patience).send(
        models.EventBatch.from_dict({"events": [placed(3), placed(1), placed(4)]})
    )

    assert [result.status.value for result in sent] == ["applied", "applied", "waiting"]
    assert [[event["event_id"] for event in json.loads(body)["events"]] for body in script.bodies] == [
        ["order-3", "order-1", "order-4"], ["order-1"], ["order-1"],
    ]  # fmt: skip


@pytest.mark.parametrize("second", [httpx.Response(500), said("failed")])
def test_events_on_which_the_service_fails_again_are_told_apart_from_wrong_ones(
    client: ModuleType, models: ModuleType, second: httpx.Response
) -> None:
    script = Scripted(said("failed", "refused", "applied"), second)

    with pytest.raises(client.LostEventsError, match=r"^2 of 3 events do not count: order-1 failed") as lost:
        asking(client, script, events=client.Patience(60, 1, 1, client.TROUBLES, pause=0.001)).send(
            models.EventBatch.from_dict({"events": [placed(1), placed(2), placed(3)]})
        )

    assert [[each.event_id for each in which] for which in (lost.value.failed, lost.value.lost)] == [
        ["order-1"], ["order-1", "order-2"],
    ]  # fmt: skip


def test_events_that_the_service_cannot_take_in_time_are_an_error(client: ModuleType, models: ModuleType) -> None:
    script = Scripted(busy(7))

    with pytest.raises(client.UnavailableError, match="503"):
        asking(client, script, events=client.Patience(5, 1, 99, client.TROUBLES, pause=0.001)).send(
            models.EventBatch.from_dict(SENT)
        )

    assert len(script.bodies) == 1  # Retry-After is beyond the time


@pytest.mark.parametrize(
    ("answers", "requests"),
    [
        ((httpx.ConnectError("refused"),), 2),
        ((busy(),), 2),
        ((busy(1),), 1),  # Retry-After is beyond the time
        ((httpx.Response(500),), 1),
        ((httpx.Response(429, headers={"Retry-After": "0"}),), 1),
    ],
)
def test_a_score_is_tried_once_more_where_that_can_help_and_fits_into_its_time(
    client: ModuleType, models: ModuleType, answers: tuple[httpx.Response | Exception, ...], requests: int
) -> None:
    script = Scripted(*answers)

    with pytest.raises(client.UnavailableError):
        asking(client, script).score(models.BasketToExplain.from_dict(BASKET))

    assert len(script.bodies) == requests


def test_the_pause_between_tries_grows_is_random_and_never_shorter_than_what_the_service_asks_for(
    client: ModuleType,
) -> None:
    waits = {client.EVENTS.wait(tried, busy(2)) for tried in [1] * 20}
    late = [client.EVENTS.wait(5000, None) for _ in range(20)]

    assert len(waits) > 1
    assert all(2 <= wait <= 2.5 for wait in waits)
    assert 5 < max(late) <= 30
