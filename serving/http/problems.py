"""Problem details (RFC 9457): every error answer has one of the kinds listed here."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from serving.http.request_context import exchange_of

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 1


class ProblemKind(Enum):
    """The kinds of problems; the value is the status, the last part of the type, and the title."""

    MALFORMED = (400, "malformed-request", "The request can't be read")
    UNAUTHORIZED = (401, "unauthorized", "A valid API key is needed")
    FORBIDDEN = (403, "forbidden", "This is not allowed")
    NOT_FOUND = (404, "not-found", "There is nothing here")
    METHOD = (405, "method-not-allowed", "Another method is needed")
    TIMEOUT = (408, "request-timeout", "The request came too slowly")
    TOO_LARGE = (413, "body-too-large", "The body is too large")
    MEDIA_TYPE = (415, "unsupported-media-type", "The body has to be JSON")
    INVALID = (422, "invalid-request", "The request is not as the contract says")
    RATE = (429, "too-many-requests", "The key sends more than it may")
    INTERNAL = (500, "internal-error", "The service failed")
    OVERLOADED = (503, "overloaded", "More requests than can be answered")
    UNAVAILABLE = (503, "unavailable", "What the answer needs is unavailable")

    def __init__(self, status: int, slug: str, title: str) -> None:
        self.status, self.type, self.title = status, f"urn:return-risk:problem:{slug}", title


class FieldProblem(BaseModel):
    """What is wrong with one field; never with its text, which may name a person."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="JSON pointer to the field.", examples=["/lines/0/quantity"])
    expected: str = Field(description="What the contract says.", examples=["greater than or equal to 1"])
    found: str = Field(description="What the request has.", examples=["0"])


class Problem(BaseModel):
    """Problem details of RFC 9457."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="Names the kind of problem.", examples=[ProblemKind.INVALID.type])
    title: str = Field(description="The kind in words.", examples=[ProblemKind.INVALID.title])
    status: Annotated[int, Field(ge=400, le=599)] = Field(
        description="As the status of the answer.", examples=[ProblemKind.INVALID.status]
    )
    detail: str = Field(description="What happened here, and what to do.", examples=["1 field is wrong"])
    request_id: str = Field(description="Names the request in the service's log; also in the header X-Request-ID.")
    errors: list[FieldProblem] | None = Field(default=None, description="The fields that are wrong; the first ones.")


class ProblemError(Exception):
    """Ends a request with a problem.

    Parameters
    ----------
    detail
        For the caller: no customer ids, no secrets, nothing of other requests.
    """

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors, dict(headers or {})
        super().__init__(f"{kind.status} {kind.type}")

    def response(self, request_id: str) -> Response:
        """Make the answer."""
        problem = Problem(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            request_id=request_id,
            errors=list(self.errors) or None,
        )
        content = problem.model_dump_json(exclude_none=True)
        return Response(content, self.kind.status, self.headers, MEDIA_TYPE)


def overloaded(detail: str, seconds: int = RETRY_SECONDS) -> ProblemError:
    """Make the problem of too many requests; the caller may retry after ``seconds``."""
    return ProblemError(ProblemKind.OVERLOADED, detail, headers={"Retry-After": str(seconds)})


def unavailable(detail: str, seconds: int = RETRY_SECONDS) -> ProblemError:
    """Make the problem of a missing part; the caller may retry after ``seconds``."""
    return ProblemError(ProblemKind.UNAVAILABLE, detail, headers={"Retry-After": str(seconds)})


async def answer_problem(request: Request, error: Exception) -> Response:
    """Answer a `ProblemError`."""
    if not isinstance(error, ProblemError):
        raise TypeError(f"not a ProblemError: {type(error).__name__}")
    return error.response(exchange_of(request.scope).request_id)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an unknown path, or a method that a path doesn't have."""
    if not isinstance(error, HTTPException):
        raise TypeError(f"not an HTTPException: {type(error).__name__}")
    kind, detail = _ROUTING.get(error.status_code, (ProblemKind.MALFORMED, "the request can't be answered"))
    return ProblemError(kind, detail, headers=error.headers).response(exchange_of(request.scope).request_id)


_ROUTING: Final = {
    404: (ProblemKind.NOT_FOUND, "no such path; /openapi.json lists them"),
    405: (ProblemKind.METHOD, "the header Allow lists the methods of this path"),
}


def documented(*kinds: ProblemKind) -> dict[int | str, dict[str, Any]]:
    """Describe ``kinds`` as the responses of a route, for the OpenAPI."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(kinds, key=lambda kind: kind.status):
        described = responses.setdefault(kind.status, _documented(kind))
        if kind.title not in described["description"]:
            described["description"] += f"; or: {kind.title}"
    return responses


def _documented(kind: ProblemKind) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {name: {"description": text, "schema": schema} for name, text, schema in _HEADERS.get(kind.status, ())}
    return {"description": kind.title, "content": content} | ({"headers": headers} if headers else {})


_SECONDS: Final = {"type": "integer", "minimum": 0}
_HEADERS: Final[Mapping[int, Sequence[tuple[str, str, dict[str, Any]]]]] = {
    401: (("WWW-Authenticate", "How to show a key.", {"type": "string"}),),
    429: (("Retry-After", "Seconds to wait.", _SECONDS),),
    503: (("Retry-After", "Seconds to wait.", _SECONDS),),
}
