"""How a route answers: check the key, read, validate, answer. FastAPI describes the routes, and `Route` runs them.

FastAPI would parse a body into Python objects before pydantic validates it, and resolve dependencies at each request.
Here pydantic's core reads the bytes of the body, and writes the bytes of the answer.
"""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from serving.http.deprecation import deprecation_of
from serving.http.field_problems import from_validation
from serving.http.guards.key_ring import Scope
from serving.http.guards.limits import read_body
from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import exchange_of
from serving.http.service import instance_of

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

JSON: Final = re.compile(rb"application/json *(; *charset=\"?utf-8\"? *)?", re.IGNORECASE)
_ALLOWED: Final = "allowed_scopes"
_OF_ALL: Final = "of_all_shops"
_UNREAD: Final = "body_is_unread"


def allow(*scopes: Scope, of_all_shops: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Require a key with one of ``scopes``, where keys are set up.

    ``of_all_shops``: the answer is about all shops that the service serves, so the key must belong to none of them.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ALLOWED, frozenset(scopes))
        setattr(endpoint, _OF_ALL, of_all_shops)
        return endpoint

    return mark


def unread(model: type[BaseModel]) -> Callable[[Endpoint], Endpoint]:
    """Give the endpoint the bytes of its ``body``, which it validates itself; FastAPI describes them by ``model``."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__annotations__["body"] = model
        setattr(endpoint, _UNREAD, True)
        return endpoint

    return mark


class Route(APIRoute):
    """A route whose endpoint takes the request and the model of its body, if any, and returns a model or response.

    Parameters of the path come as texts that the endpoint checks itself. Everything else of FastAPI's (parameters of
    the query, dependencies) has no effect on such an endpoint.
    """

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes of which a key needs one; empty: open to all."""
        return getattr(self.endpoint, _ALLOWED, frozenset())

    def get_route_handler(self) -> Handler:
        """Make the handler of a request."""
        endpoint, scopes = self.endpoint, self.scopes
        of_all = getattr(endpoint, _OF_ALL, False)
        as_bytes = getattr(endpoint, _UNREAD, False)
        deprecation = deprecation_of(endpoint)
        announced = {} if deprecation is None else deprecation.headers
        model = None if self.body_field is None else self.body_field.field_info.annotation

        async def handle(request: Request) -> Response:
            if scopes:
                instance_of(request).access.admit(request.scope, scopes, of_all_shops=of_all)
            if model is None:
                return _with(announced, respond(await endpoint(request, **request.path_params)))
            _check_media_type(exchange_of(request.scope).headers)
            body = await read_body(request.receive)
            return _with(announced, respond(await endpoint(request, body if as_bytes else validated(model, body))))

        return handle


def _with(headers: dict[str, str], response: Response) -> Response:
    if headers:
        response.headers.update(headers)
    return response


def _check_media_type(headers: dict[bytes, bytes]) -> None:
    if not JSON.fullmatch(headers.get(b"content-type", b"")):
        raise ProblemError(ProblemKind.MEDIA_TYPE, "send the body as application/json, in UTF-8")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise ProblemError(ProblemKind.MEDIA_TYPE, "send the body without a content encoding")


def validated(model: Any, body: bytes) -> Any:
    """Read the ``model`` from a body; `ProblemError` where it is wrong."""
    try:
        return model.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from None


class Written(Response):
    """A response whose content is written as JSON already; it is made in a third of the time of Starlette's."""

    def __init__(self, content: bytes, status: int = 200) -> None:
        self.status_code, self.body, self.background = status, content, None
        self.raw_headers = [(b"content-length", b"%d" % len(content)), (b"content-type", b"application/json")]


def respond(answer: BaseModel | Response, status: int = 200) -> Response:
    """Make the response of an answer; a response stays as it is."""
    if isinstance(answer, Response):
        return answer
    return Written(type(answer).__pydantic_serializer__.to_json(answer), status)
