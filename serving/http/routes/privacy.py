"""What persons ask of a shop about their own data: erasure, a copy of it, and to be scored as a guest."""

import asyncio
import uuid
from typing import Final

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from data.pseudonyms.customer_keys import CustomerKeysError
from data.times import iso, now_us
from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.guards.limits import allow_more_time, while_asked
from serving.http.problems import FieldProblem, ProblemError, ProblemKind, documented, unavailable
from serving.http.request_context import exchange_of
from serving.http.service import service_of
from serving.http.wire import answers
from serving.http.wire.requests.privacy import OptOut, Person
from serving.http.writer.event_writer import STORE_RETRY_SECONDS
from serving.ports import EXPORT_SECONDS, ExportError

router = APIRouter(route_class=Route, tags=["privacy"])
PROBLEMS = documented(
    ProblemKind.MALFORMED, ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.TIMEOUT, ProblemKind.TOO_LARGE,
    ProblemKind.MEDIA_TYPE, ProblemKind.INVALID, ProblemKind.RATE, ProblemKind.INTERNAL, ProblemKind.OVERLOADED,
    ProblemKind.UNAVAILABLE,
)  # fmt: skip
KILL_SECONDS: Final = 5.0
"""Time beyond that of the reading, for the answer that it took too long."""
NO_SECRETS: Final = "the shop's customers have no secrets, as it uses the public demo key or is simulated"


@router.post("/v1/privacy/erase", operation_id="eraseCustomer", responses=PROBLEMS)
@allow(Scope.PRIVACY)
async def erase(request: Request, person: Person) -> answers.EventResult:
    """Erase a customer now, as the event `customer_erased` does.

    When the answer comes, the customer's secret is destroyed: nobody can tell any more whose the pseudonym was. Within
    a minute it is gone from logs, caps and state. Sent again, or for a customer who is not known, it changes nothing.
    Where customers have no secrets, with the public demo key or a simulated shop, nothing is erased: the answer is 503.
    """
    service = service_of(request)
    service.access.charge(exchange_of(request.scope), 1)
    if not service.parts.have_secrets():
        raise ProblemError(ProblemKind.UNAVAILABLE, NO_SECRETS)
    event = {
        "type": "customer_erased", "event_id": f"erase-{uuid.uuid4().hex}", "customer_id": person.customer_id,
        "erased_at": iso(now_us()),
    }  # fmt: skip
    written = await service.parts.writing.write(orjson.dumps({"events": [event]}))
    service.telemetry.received(written.counts)
    (result,) = orjson.loads(written.answer)["results"]
    return answers.EventResult.model_validate(result)


@router.post("/v1/privacy/opt-out", operation_id="optOut", responses=PROBLEMS)
@allow(Scope.PRIVACY)
async def opt_out(request: Request, person: OptOut) -> answers.OptedOut:
    """Score a customer as a guest from now on, or no longer.

    Scores, decisions and logs then know no customer, and neither do orders that come from now on. What was known
    before stays until the customer is erased; an erasure also forgets that the customer opted out.
    """
    service = service_of(request)
    service.access.charge(exchange_of(request.scope), 1)
    try:
        noted = await asyncio.to_thread(service.parts.opt_out, person.customer_id, person.opted_out)
    except CustomerKeysError:
        raise unavailable("the customers' secrets can't be written now", STORE_RETRY_SECONDS) from None
    if noted is None:
        raise _of_guest()
    if not noted:
        raise ProblemError(ProblemKind.UNAVAILABLE, NO_SECRETS)
    return answers.OptedOut(opted_out=person.opted_out)


@router.post("/v1/privacy/export", operation_id="exportCustomer", response_model=answers.PersonData, responses=PROBLEMS)
@allow(Scope.PRIVACY)
async def export(request: Request, person: Person) -> Response:
    """Give all that is known of a customer, as the command `python -m serving.rights.export` does.

    It reads whole logs, in a process of its own: that takes seconds, and up to four minutes. A worker answers one at a
    time and refuses others with 503. Of a customer who is not known, all parts are empty. Times of state and logs are
    microseconds since 1970, UTC. Where customers have no secrets, with the public demo key or a simulated shop, the
    answer is 503.
    """
    service, exchange = service_of(request), exchange_of(request.scope)
    service.access.charge(exchange, 1)
    if not service.parts.have_secrets():
        raise ProblemError(ProblemKind.UNAVAILABLE, NO_SECRETS)
    allow_more_time(exchange, EXPORT_SECONDS + KILL_SECONDS)
    try:
        found = await while_asked(request.receive, service.parts.export(person.customer_id))
    except ExportError as error:
        raise unavailable(error.detail, error.retry_seconds) from None
    if found is None:
        raise _of_guest()
    return Response(found, headers={"Cache-Control": "no-store"}, media_type="application/json")


def _of_guest() -> ProblemError:
    problem = FieldProblem(pointer="/customer_id", expected="the key of one customer", found="that of a guest")
    return ProblemError(ProblemKind.INVALID, "1 field is wrong", [problem])
