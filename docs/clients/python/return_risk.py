"""A client of Return Risk: it scores in time or not at all, and sends events until the service has them.

``make clients`` puts this file beside the folder ``return_risk_api``, which it generates from the OpenAPI. Copy both.
They need the packages httpx and attrs, and Python 3.11 or later. A client may be shared by threads.
"""

import random
import time
from dataclasses import dataclass
from http import HTTPStatus
from math import inf
from typing import Final, Self, TypeVar

import httpx
from return_risk_api.api.events import get_event, send_events
from return_risk_api.api.score import score_basket, score_baskets
from return_risk_api.client import AuthenticatedClient
from return_risk_api.models import (
    BasketBatch,
    BasketToExplain,
    EventBatch,
    EventResult,
    Problem,
    Score,
    ScoreBatch,
    Status,
)
from return_risk_api.types import Response

Answer = TypeVar("Answer")

LOST: Final = frozenset({Status.NOT_COUNTED, Status.REFUSED, Status.FAILED})
OVERLOADED: Final = frozenset({503})
TROUBLES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that say nothing against the request itself: another try may succeed."""
_RETRIED: Final = "x-return-risk-retried"
"""A header that this client adds to an answer that needed more than one try."""


class ReturnRiskError(Exception):
    """The service gave no answer that can be used."""


class UnavailableError(ReturnRiskError):
    """No try succeeded in time. A checkout goes on without a score; events are still to be sent, with their ids."""


class RefusedError(ReturnRiskError):
    """The request is wrong, or the key is: sending it again is of no use.

    ``problem`` names the fields that are wrong; None where something between here and the service refused.
    """

    def __init__(self, status: int, problem: Problem | None) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status}: {'no problem detail' if problem is None else problem.to_dict()}")


class LostEventsError(ReturnRiskError):
    """Events in ``lost`` do not count; the `detail` of each says why, and what to do.

    Nothing is wrong with those in ``failed``, which are among them: the service failed on each of them twice. Keep
    them, and send them later. ``results`` has the result of each event, in their order. The others count, and need not
    be sent again.
    """

    def __init__(self, results: list[EventResult]) -> None:
        self.results, self.lost = results, [result for result in results if result.status in LOST]
        self.failed = [result for result in self.lost if result.status is Status.FAILED]
        said = "; ".join(f"{result.event_id} {result.status}: {result.detail}" for result in self.lost)
        super().__init__(f"{len(self.lost)} of {len(results)} events do not count: {said}")


@dataclass(frozen=True)
class Patience:
    """How often to try, and how long.

    ``seconds`` are for all tries together, ``seconds_each`` for one try to connect, to send, and to wait for the
    answer. Before the next try it waits as long as ``Retry-After`` says, and a random part of a pause that doubles from
    ``pause`` to ``most_pause`` seconds.
    """

    seconds: float
    seconds_each: float
    tries: float
    statuses: frozenset[int]
    pause: float
    most_pause: float = 30

    def wait(self, tried: int, answer: httpx.Response | None) -> float:
        """Give the seconds to wait after ``tried`` tries."""
        asked = "" if answer is None else answer.headers.get("Retry-After", "")
        pause = min(self.most_pause, self.pause * 2.0 ** min(tried - 1, 30))
        return (int(asked) if asked.isdecimal() else 0) + random.uniform(0, pause)  # noqa: S311 - no secret


SCORES: Final = Patience(seconds=0.5, seconds_each=0.5, tries=2, statuses=OVERLOADED, pause=0.02)
EVENTS: Final = Patience(seconds=600, seconds_each=10, tries=inf, statuses=TROUBLES, pause=0.5)


class ReturnRisk:
    """A client of the service at ``address``, such as ``http://127.0.0.1:8000``.

    Parameters
    ----------
    key
        The API key; None where the service has no keys.
    scores, events
        The patience with scores and with events. A score is wanted soon: one more try after a failed connection or an
        overload, within the time. An event has to arrive: it is sent until the service has it.
    transport
        How requests are sent; None: over a socket.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        scores: Patience = SCORES,
        events: Patience = EVENTS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._sending = transport or httpx.HTTPTransport()
        self._scores = self._connected(address, key, scores)
        self._events = self._connected(address, key, events)

    def score(self, basket: BasketToExplain) -> Score:
        """Score a basket, or raise `UnavailableError` in time."""
        return _answered(score_basket.sync_detailed(client=self._scores, body=basket))

    def score_batch(self, baskets: BasketBatch) -> ScoreBatch:
        """Score up to 100 baskets, within the time of one."""
        return _answered(score_baskets.sync_detailed(client=self._scores, body=baskets))

    def send(self, events: EventBatch) -> list[EventResult]:
        """Send up to 500 events, again and again with the same ids, until the service has them.

        Raises
        ------
        LostEventsError
            At least one does not count.
        RefusedError
            A field is wrong: none of the events was taken. Leave that event out, and send the others.
        UnavailableError
            The service could not take them in time: keep them, and send them later.
        """
        results = self._sent(events)
        if any(result.status is Status.FAILED for result in results):
            results = self._sent_again(events, results)
        if any(result.status in LOST for result in results):
            raise LostEventsError(results)
        return results

    def look_up(self, event_id: str) -> EventResult:
        """Say what became of an event by now; `RefusedError` with status 404 where it is not known."""
        return _answered(get_event.sync_detailed(event_id, client=self._events))

    def close(self) -> None:
        """End all connections."""
        self._sending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sent(self, events: EventBatch) -> list[EventResult]:
        response = send_events.sync_detailed(client=self._events, body=events)
        results = _answered(response).results
        return [self._settled(result) for result in results] if _RETRIED in response.headers else results

    def _sent_again(self, events: EventBatch, results: list[EventResult]) -> list[EventResult]:
        """Send the events again on which the service failed, alone; what it said of the others holds."""
        failed = [result.status is Status.FAILED for result in results]
        left = [event for event, again in zip(events.events, failed, strict=True) if again]
        try:
            second = iter(self._sent(EventBatch(events=left)))
        except UnavailableError:
            return results
        return [next(second) if again else result for result, again in zip(results, failed, strict=True)]

    def _settled(self, result: EventResult) -> EventResult:
        """After a retry: a duplicate may be known from a try whose answer was lost, and may not count."""
        return self.look_up(result.event_id) if result.status is Status.DUPLICATE else result

    def _connected(self, address: str, key: str | None, patience: Patience) -> AuthenticatedClient:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        http = httpx.Client(base_url=address, headers=headers, transport=_Patient(self._sending, patience))
        return AuthenticatedClient(address, token="").set_httpx_client(http)


class _Patient(httpx.BaseTransport):
    """Sends a request as often as its patience says, and raises where no try succeeds."""

    def __init__(self, sending: httpx.BaseTransport, patience: Patience) -> None:
        self._sending, self._patience = sending, patience

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        patience, tried = self._patience, 0
        end = time.monotonic() + patience.seconds
        while True:
            tried += 1
            response, error = self._try(request, min(patience.seconds_each, end - time.monotonic()))
            if response is not None and response.status_code not in patience.statuses:
                break
            wait = patience.wait(tried, response)
            if tried >= patience.tries or time.monotonic() + wait >= end:
                break
            time.sleep(wait)
        if response is None:
            raise UnavailableError(f"no answer after {tried} tries: {error!r}") from error
        if tried > 1:
            response.headers[_RETRIED] = "1"
        if not response.is_success:
            raise _failure(response)
        return response

    def _try(self, request: httpx.Request, seconds: float) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        request.extensions = {**request.extensions, "timeout": httpx.Timeout(max(seconds, 0.001)).as_dict()}
        try:
            response = self._sending.handle_request(request)
            try:
                response.read()
            finally:
                response.close()
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            return None, error
        return response, None


def _failure(response: httpx.Response) -> ReturnRiskError:
    is_problem = response.headers.get("Content-Type", "").startswith("application/problem+json")
    problem = Problem.from_dict(response.json()) if is_problem else None
    if response.status_code in TROUBLES:
        return UnavailableError(f"{response.status_code}: {'no problem detail' if problem is None else problem.detail}")
    return RefusedError(response.status_code, problem)


def _answered(response: Response[Answer | Problem]) -> Answer:
    """Give the answer of a success; `_Patient` has raised every other."""
    if response.parsed is None or isinstance(response.parsed, Problem):
        status = HTTPStatus(response.status_code)
        raise ReturnRiskError(f"{status.value}: an answer that the OpenAPI does not have")
    return response.parsed
