"""What is served."""

from fastapi import APIRouter
from starlette.requests import Request

from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemKind, documented
from serving.http.service import service_of
from serving.http.wire import answers
from serving.http.wire.convert.answers import answer_catalog, answer_model

router = APIRouter(route_class=Route, tags=["model"])


PROBLEMS = documented(
    ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.RATE, ProblemKind.INTERNAL, ProblemKind.OVERLOADED
)


@router.get("/v1/model", operation_id="getModel", responses=PROBLEMS)
@allow(Scope.SCORE, Scope.ADMIN)
async def get_model(request: Request) -> answers.ServedModel:
    """Describe the model that scores now: its version, since when, its metrics, and the attributes of the shop."""
    service = service_of(request)
    return answer_model(
        service.parts.models.describe(),
        service.parts.attributes(),
        service.parts.rates,
        keys_required=service.access.keys_required,
    )


@router.get("/v1/model/catalog", operation_id="getCatalog", responses=PROBLEMS)
@allow(Scope.SCORE, Scope.ADMIN)
async def get_catalog(request: Request) -> answers.Catalog:
    """List the features that the model reads: their units, meanings, and the factors that drivers name."""
    return answer_catalog(service_of(request).parts.models.describe())
