"""Adds to the OpenAPI what FastAPI can't know: API keys, problem details, and the header of all answers."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from serving.http.deprecation import HEADERS, Deprecation, deprecation_of
from serving.http.endpoint import Route
from serving.http.problems import Problem

VERSION: Final = "1.0.0"
DESCRIPTION: Final = """How likely each line of a basket is to come back, and what that is expected to cost.

Requests are strict: unknown fields, texts for numbers and times without a zone are refused, and every error is a
problem detail (RFC 9457) that names the fields. Answers may get more fields; ignore those that you don't know. Money is
in minor units of the shop's currency, times are RFC 3339.

A request may bring an `X-Request-ID` (letters, digits and `._:-`, up to 64); without one it gets one. It is in the
answer and in the service's log. A request with a W3C `traceparent` is a span of its trace: the log names it, and the
answer gives it back, with the `tracestate`."""
TAGS: Final = [
    {"name": "score", "description": "For the checkout."},
    {"name": "events", "description": "For the shop's order system."},
    {"name": "model", "description": "What is served."},
    {"name": "privacy", "description": "For what customers ask about their own data."},
    {"name": "operation", "description": "For whoever runs the service."},
]

LICENCE: Final = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
SERVERS: Final = [{"url": "/", "description": "The service that gives this description."}]

_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "X-API-Key: KEY"},
}
_REQUEST_ID: Final = {"description": "Names the request in the service's log.", "schema": {"type": "string"}}


def install(app: FastAPI, routes: Iterable[Route]) -> None:
    """Complete the OpenAPI of ``app``, once it has ``routes``."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), routes)
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(schema: dict[str, Any], routes: Iterable[Route]) -> None:
    """Add to ``schema``, in place, what FastAPI can't know."""
    _, problems = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    components = schema["components"]
    components["schemas"] = dict(sorted((components["schemas"] | problems["$defs"]).items()))
    components["securitySchemes"] = _SCHEMES
    for route in routes:
        for method in sorted(route.methods or ()):
            operation = schema["paths"][route.path_format][method.lower()]
            operation["security"] = [{name: []} for name in _SCHEMES] if route.scopes else []
            if route.scopes:
                operation["description"] += f"\n\nScope of the key: {' or '.join(sorted(route.scopes))}."
            for response in operation["responses"].values():
                response.setdefault("headers", {})["X-Request-ID"] = _REQUEST_ID
            if (deprecation := deprecation_of(route.endpoint)) is not None:
                _deprecate(operation, deprecation)


def _deprecate(operation: dict[str, Any], deprecation: Deprecation) -> None:
    operation["deprecated"] = True
    operation["description"] += f"\n\n{deprecation.sentence}"
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()}
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response["headers"] |= described
