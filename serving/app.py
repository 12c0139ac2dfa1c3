"""The ASGI application: `create_app` puts the parts behind HTTP, in each worker."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from data.logs import log
from serving.demo import page as demo
from serving.http import openapi
from serving.http.direct import Direct
from serving.http.endpoint import Route
from serving.http.guards.access import Access
from serving.http.guards.limits import BodyLimit, InFlightLimit, TimeLimit
from serving.http.guards.origins import OwnNames
from serving.http.line_writer import LineWriter
from serving.http.problems import ProblemError, answer_http_error, answer_problem
from serving.http.request_log import RequestLog
from serving.http.routes import decide, events, front, health, model, privacy, score
from serving.http.service import Instance, Phase, Service
from serving.http.telemetry import ShopTelemetry, Telemetry
from serving.ports import Ports
from serving.products.web import page_route as product_routing
from serving.products.web import routes as product_pages
from serving.settings import Settings
from serving.shops import Shop

ROUTERS = (score.router, decide.router, events.router, privacy.router, model.router, health.router)
SAMPLE_SECONDS = 1.0

_NO_TRACING: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry is off: it logs messages of exceptions, which may quote a request."""


def create_app(settings: Settings, parts: Ports) -> FastAPI:
    """Make the application of a service with one shop over ``parts``, such as those of `serving.assembly`.

    Raises
    ------
    UserError
        Keys are missing or can't be read.
    """
    return create_app_of(settings, [(Shop.only(settings), parts)])


def create_app_of(settings: Settings, shops: Sequence[tuple[Shop, Ports]]) -> FastAPI:
    """Make the application over the parts of each of ``shops``; `UserError` as `create_app`."""
    instance = _instance(settings, shops)
    writer = LineWriter(sys.stdout.buffer) if settings.log_level in {"debug", "info"} else None
    app = FastAPI(
        title="Return risk",
        version=openapi.VERSION,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        license_info=openapi.LICENCE,
        servers=openapi.SERVERS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(instance, writer),
        exception_handlers={HTTPException: _answer_http_error, ProblemError: answer_problem},
        telemetry=_NO_TRACING,
    )
    app.state.instance = instance
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(front.router)
    openapi.install(app, _routes())
    product_pages.install(app, [shop for shop, _ in shops])
    if settings.demo:
        demo.install(app, [shop for shop, _ in shops])
    _add_layers(app, instance, writer)
    return app


def _instance(settings: Settings, shops: Sequence[tuple[Shop, Ports]]) -> Instance:
    access, turn = Access(settings), asyncio.Lock()
    telemetry = Telemetry([shop.name for shop, _ in shops if shop.name is not None])
    services = {
        shop.name: Service(
            shop.settings, parts, access, ShopTelemetry(telemetry, shop.name, shop.settings.quality), turn
        )
        for shop, parts in shops
    }
    return Instance(settings, access, telemetry, services)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: with a page below ``/products``, elsewhere with a problem detail."""
    if isinstance(error, HTTPException) and product_routing.is_ours(request.url.path):
        return await product_routing.answer_http_error(request, error)
    return await answer_http_error(request, error)


def _lifespan(instance: Instance, writer: LineWriter | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as cleanup:
            if writer is not None:
                writer.start()
                cleanup.callback(writer.stop)
            for service in instance.services.values():
                await service.parts.start()
                cleanup.push_async_callback(service.parts.stop)
            cleanup.callback(instance.telemetry.pass_on)
            sampling = asyncio.create_task(_sample(instance))
            cleanup.callback(sampling.cancel)
            instance.phase = Phase.READY
            yield
            instance.phase = Phase.DRAINING

    return lifespan


async def _sample(instance: Instance) -> None:
    """Pass on every `SAMPLE_SECONDS` what requests added up, and sample the metrics that no request updates."""
    while True:
        instance.telemetry.pass_on()
        for service in instance.services.values():
            try:
                service.telemetry.sample(service.parts)
            except Exception:
                log.exception("the metrics of the parts can't be sampled")
        await asyncio.sleep(SAMPLE_SECONDS)


def drain(app: FastAPI) -> None:
    """Report at ``/readyz`` that this instance wants no new requests; it still answers those that come."""
    app.state.instance.phase = Phase.DRAINING


def _routes() -> list[Route]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]


def _add_layers(app: FastAPI, instance: Instance, writer: LineWriter | None) -> None:
    """Add the middleware; the layer that is added last sees a request first."""
    settings = instance.settings
    paths = frozenset(route.path for route in _routes() if route.path.startswith("/v1/"))
    app.add_middleware(Direct, routes=_routes())
    app.add_middleware(InFlightLimit, most=settings.max_in_flight, paths=paths)
    app.add_middleware(OwnNames, settings=settings)
    app.add_middleware(TimeLimit, seconds=settings.request_timeout_seconds)
    app.add_middleware(BodyLimit, most=settings.max_body_bytes)
    app.add_middleware(RequestLog, telemetry=instance.telemetry, writer=writer)
