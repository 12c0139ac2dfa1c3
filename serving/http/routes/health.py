"""Health, readiness and metrics, for operation: these routes answer under any load."""

from itertools import chain

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemKind, documented
from serving.http.service import Phase, instance_of
from serving.http.telemetry import CONTENT_TYPE
from serving.http.wire import answers
from serving.http.wire.answer import Degradation

router = APIRouter(route_class=Route, tags=["operation"])


@router.get("/healthz", operation_id="getHealth", responses=documented(ProblemKind.FORBIDDEN, ProblemKind.INTERNAL))
async def get_health(_: Request) -> answers.Health:
    """Say that the process is alive. A process that doesn't answer here is to be started anew."""
    return answers.Health(status="alive")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    response_model=answers.Readiness,
    responses=documented(ProblemKind.FORBIDDEN, ProblemKind.INTERNAL)
    | {503: {"model": answers.Readiness, "description": "Starting, or draining before the end"}},
)
async def get_readiness(request: Request) -> Response:
    """Say whether requests should be sent here. A degraded instance answers, and should stay among those that do.

    An instance starts until each of its shops has a model, or it is known why one has none; it waits for no more than a
    minute, and for five while a model is being prepared.
    """
    instance = instance_of(request)
    # This route needs no key: details such as a shop, a path or an address are only in the log.
    parts = [service.parts.troubles() for service in instance.services.values()]
    found = dict.fromkeys(item.cause for item in chain(*parts, instance.access.troubles()))
    troubles = [Degradation(cause=cause, detail="the log says more") for cause in found]
    phase = instance.phase
    if phase is Phase.READY and not all(service.parts.model_is_decided() for service in instance.services.values()):
        phase = Phase.STARTING
    status = answers.ReadyState(phase.value)
    if phase is Phase.READY and troubles:
        status = answers.ReadyState.DEGRADED
    readiness = answers.Readiness(status=status, causes=troubles)
    return Response(readiness.model_dump_json(), 200 if phase is Phase.READY else 503, media_type="application/json")


@router.get(
    "/metrics",
    operation_id="getMetrics",
    response_class=Response,
    responses=documented(ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.RATE, ProblemKind.INTERNAL)
    | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
@allow(Scope.ADMIN, of_all_shops=True)
async def get_metrics(request: Request) -> Response:
    """Give figures of all workers in the text format of Prometheus."""
    return Response(instance_of(request).telemetry.text(), media_type=CONTENT_TYPE)
