"""Takes events of the shop into the online state."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from data.times import now_us
from features.online_state.events import Status
from features.stores.store import StoreError
from serving.http.endpoint import Route, allow, unread
from serving.http.field_problems import from_validation
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemError, ProblemKind, documented, unavailable
from serving.http.request_context import exchange_of
from serving.http.service import service_of
from serving.http.wire import answers
from serving.http.wire.convert.answers import answer_event
from serving.http.wire.requests.events import Events
from serving.http.wire.text import Id
from serving.http.writer.event_writer import STORE_RETRY_SECONDS

MULTI_STATUS: Final = 207
LOST: Final = frozenset({Status.REFUSED, Status.NOT_COUNTED, Status.FAILED})
"""The statuses of events that don't count: one of them shows in the status of the whole answer."""
EventId = Annotated[Id, Path(description="The id of the event.", examples=["return-9001-1"])]
_ID: Final = TypeAdapter[str](Id)

router = APIRouter(route_class=Route, tags=["events"])


@router.post(
    "/v1/events",
    operation_id="sendEvents",
    response_model=answers.EventResults,
    responses=documented(
        ProblemKind.MALFORMED, ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.TIMEOUT,
        ProblemKind.TOO_LARGE, ProblemKind.MEDIA_TYPE, ProblemKind.INVALID, ProblemKind.RATE, ProblemKind.INTERNAL,
        ProblemKind.OVERLOADED, ProblemKind.UNAVAILABLE,
    )
    | {207: {"model": answers.EventResults, "description": "At least one event does not count"}},
)  # fmt: skip
@allow(Scope.EVENTS)
@unread(Events)
async def send_events(request: Request, body: bytes) -> Response:
    """Tell what happened to orders, lines, products and customers.

    An answer with status 200 or 207 says what became of each event, in their order, and then it is on disk. With 200
    every event counts, waits for its order, or was known already; with 207 at least one was refused, does not count, or
    is one on which the service failed: its `detail` says why, and `counts` how many. Send again, as it is, what
    `failed`: the fault is the service's. Where it failed on all of them, the answer is a 500. Any other answer
    acknowledges nothing: send all of them again, as often as you like. An event counts once, by its id; one whose order
    isn't known yet waits for it. Events may come in any order, and late.
    """
    service, exchange = service_of(request), exchange_of(request.scope)
    written = await service.parts.writing.write(body)
    service.access.charge(exchange, sum(written.counts.values()))
    exchange.lines = written.lines
    service.telemetry.received(written.counts, written.tallies)
    status = 200 if LOST.isdisjoint(written.counts) else MULTI_STATUS
    return Response(written.answer, status, media_type="application/json")


@router.get(
    "/v1/events/{event_id:path}",
    operation_id="getEvent",
    responses=documented(
        ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.NOT_FOUND, ProblemKind.INVALID, ProblemKind.RATE,
        ProblemKind.INTERNAL, ProblemKind.UNAVAILABLE,
    ),
)  # fmt: skip
@allow(Scope.EVENTS)
async def get_event(request: Request, event_id: EventId) -> answers.EventResult:
    """Say what became of an event, as things stand now.

    What waited may count by now, and what counted may have been corrected since. An event is kept for as many days as
    the state remembers (`online.remember_days` of params.yaml) after its arrival; one that was refused, or that
    failed, is not kept.
    """
    service = service_of(request)
    service.access.charge(exchange_of(request.scope), 1)
    try:
        receipt = service.parts.receipts.look_up(_event_id(event_id), now_us())
    except StoreError as error:
        raise unavailable(f"the store can't be read now ({error.cause})", STORE_RETRY_SECONDS) from None
    if receipt is None:
        days = service.parts.receipts.kept_days()
        kept = "" if days is None else f" for {days} days after its arrival"
        detail = (
            f"no event with this id is known: an event is kept{kept}, and one that was refused or failed is not kept"
        )
        raise ProblemError(ProblemKind.NOT_FOUND, detail)
    return answer_event(receipt)


def _event_id(given: str) -> str:
    try:
        return _ID.validate_python(given)
    except ValidationError as error:
        raise from_validation(error, ("event_id",)) from None
