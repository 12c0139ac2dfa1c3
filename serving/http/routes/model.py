"""What is served."""

from fastapi import APIRouter
from starlette.requests import Request

from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemKind, documented
from serving.http.service import service_of
from serving.http.wire import answers
from serving.http.wire.convert import answer_model

router = APIRouter(route_class=Route, tags=["model"])


@router.get(
    "/v1/model",
    operation_id="getModel",
    responses=documented(
        ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.RATE, ProblemKind.INTERNAL, ProblemKind.OVERLOADED
    ),
)
@allow(Scope.SCORE, Scope.ADMIN)
async def get_model(request: Request) -> answers.ServedModel:
    """Describe the model that scores now: its version, since when, its metrics, and the features that it reads."""
    service = service_of(request)
    return answer_model(service.parts.models.describe(), keys_required=service.access.keys_required)
