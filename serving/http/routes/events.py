"""Takes events of the shop into the online state."""

from fastapi import APIRouter
from starlette.requests import Request

from data.logs import log
from features.stores.store import StoreError
from serving.http import attributes
from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemKind, documented, overloaded, unavailable
from serving.http.request_context import exchange_of
from serving.http.service import service_of
from serving.http.wire import answers, requests
from serving.http.wire.convert import answer_events, read_event
from serving.ports import FeedFull

STORE_RETRY_SECONDS = 5

router = APIRouter(route_class=Route, tags=["events"])


@router.post(
    "/v1/events",
    operation_id="sendEvents",
    responses=documented(
        ProblemKind.MALFORMED, ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.TIMEOUT,
        ProblemKind.TOO_LARGE, ProblemKind.MEDIA_TYPE, ProblemKind.INVALID, ProblemKind.RATE, ProblemKind.INTERNAL,
        ProblemKind.OVERLOADED, ProblemKind.UNAVAILABLE,
    ),
)  # fmt: skip
@allow(Scope.EVENTS)
async def send_events(request: Request, body: requests.Events) -> answers.EventResults:
    """Tell what happened: orders placed, lines delivered, lines returned.

    An answer with status 200 says what became of each event, in their order, and then it is on disk. Any other answer
    acknowledges nothing: send all of them again, as often as you like. An event counts once, by its id; one whose order
    isn't known yet waits for it. Events may come in any order, and late.
    """
    service, exchange = service_of(request), exchange_of(request.scope)
    service.access.charge(exchange, len(body.events))
    every = enumerate(body.events)
    orders = [(("events", number), event) for number, event in every if isinstance(event, requests.OrderPlaced)]
    attributes.check(orders, service.parts.attributes())
    events = [read_event(event, service.parts.intake) for event in body.events]
    exchange.lines = sum(len(event.lines) if isinstance(event, requests.OrderPlaced) else 1 for event in body.events)
    try:
        receipts = await service.parts.feeding.submit(events)
    except FeedFull:
        raise overloaded("too many events wait to be written; none of these was taken") from None
    except StoreError as error:
        log.warning("events were not taken: the store is %s", error.cause)
        detail = f"the store can't take events now ({error.cause}); none of these counts as acknowledged"
        raise unavailable(detail, STORE_RETRY_SECONDS) from None
    service.telemetry.received(receipts)
    return answer_events(receipts)
