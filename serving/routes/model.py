"""What is served."""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.requests import Request

from data.times import from_us
from serving import answers
from serving.endpoint import Route, allow
from serving.key_ring import Scope
from serving.parts import ModelDescription
from serving.problems import Kind, documented
from serving.service import service_of

router = APIRouter(route_class=Route, tags=["model"])


@router.get(
    "/v1/model",
    operation_id="getModel",
    responses=documented(Kind.UNAUTHORIZED, Kind.FORBIDDEN, Kind.RATE, Kind.INTERNAL, Kind.OVERLOADED),
)
@allow(Scope.SCORE, Scope.ADMIN)
async def get_model(request: Request) -> answers.ServedModel:
    """Describe the model that scores now: its version, since when, its metrics, and the features that it reads."""
    service = service_of(request)
    return _answer(service.parts.models.describe(), keys_required=service.access.keys_required)


def _answer(model: ModelDescription, *, keys_required: bool) -> answers.ServedModel:
    refusal = model.last_refusal
    return answers.ServedModel(
        name=model.name,
        version=model.version,
        since=None if model.since is None else from_us(model.since),
        registry=model.registry,
        metrics=None if model.metrics is None else dict(model.metrics),
        last_refusal=None if refusal is None else answers.RefusedModel(reason=refusal.reason, at=from_us(refusal.at)),
        keys_required=keys_required,
        catalog=[answers.FeatureEntry(**{**asdict(entry), "source": list(entry.source)}) for entry in model.catalog],
    )
