"""The short way to a route: by its path, past FastAPI's routing.

FastAPI's layers and its search among the routes take longer than all limits of the service together. A route without
parameters in its path needs neither. FastAPI describes these routes all the same, and answers what they do not.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.endpoint import Route
from serving.http.problems import ProblemError
from serving.http.request_context import exchange_of


class Direct:
    """Answers the requests to ``routes`` that name no parameter in their path; the others go on to ``app``."""

    def __init__(self, app: ASGIApp, routes: Sequence[Route]) -> None:
        self._app = app
        self._routes = {
            (method, route.path): (route, route.get_route_handler())
            for route in routes
            if not route.param_convertors
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        found = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], handle = found
        try:
            response = await handle(Request(scope, receive))
        except ProblemError as error:
            response = error.response(exchange_of(scope).request_id)
        await response(scope, receive, send)
