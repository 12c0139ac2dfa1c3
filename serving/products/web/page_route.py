"""The route of a page: checks access, reads the form, runs the view in a thread, and answers errors with a page."""

import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar
from urllib.parse import parse_qsl

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Match, Route
from starlette.types import Scope as AsgiScope

from data.logs import log
from serving.http import problems
from serving.http.guards.access import session_of
from serving.http.guards.key_ring import Scope
from serving.http.guards.limits import read_body
from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import exchange_of
from serving.http.service import instance_of
from serving.products.fields import FieldsError
from serving.products.policy.scenarios import ScenariosError
from serving.products.report import NoReportError
from serving.products.reviews import ReviewsError
from serving.products.web import failures
from serving.products.web.addresses import HOME, address
from serving.products.web.page_context import PageContext, Site

LOGIN: Final = "/products/login"
READ: Final = frozenset({Scope.READ, Scope.REVIEW})
REVIEW: Final = frozenset({Scope.REVIEW})
AT_ONCE: Final = 1
"""Most pages rendered at the same time in one worker: scoring has priority. Two threads render no more pages a second,
as Python runs one of them at a time, and double the p99 of the scores meanwhile."""
MOST_WAITING: Final = 32
"""Most requests in the queue of one worker; more are refused at once, as they would wait too long."""
FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 50

ViewFunction = Callable[[PageContext], Response]
Answer = TypeVar("Answer")


class PageRoute(Route):
    """A route whose path the request log records."""

    def matches(self, scope: AsgiScope) -> tuple[Match, AsgiScope]:
        """Match a request; the scope of a match gets this route."""
        match, child = super().matches(scope)
        if match is not Match.NONE:
            child["route"] = self
        return match, child


def page(
    path: str,
    view: ViewFunction,
    allowed: frozenset[Scope] = READ,
    *,
    post: bool = False,
    under: str = HOME,
    most_fields: int = MOST_FIELDS,
) -> PageRoute:
    """Make the route of the page at ``path`` below the address ``under``.

    Its reader needs one of the scopes ``allowed``; with none, the page is open to all. ``most_fields``: those that a
    form may have.
    """

    async def endpoint(request: Request) -> Response:
        return await _answer(request, view, allowed, most_fields)

    return PageRoute(under + path, endpoint, methods=["POST"] if post else ["GET"], name=view.__name__)


async def _answer(request: Request, view: ViewFunction, allowed: frozenset[Scope], most_fields: int) -> Response:
    site: Site = request.app.state.products
    seen = PageContext(request, site)
    if _turns(request).crowded:
        return _sent_away(seen)
    try:
        if allowed:
            await _admit(request, allowed)
        if request.method == "POST":
            seen = replace(seen, form=await _form(request, most_fields))
        return await in_thread(request, partial(view, seen))
    except ProblemError as problem:
        return await in_thread(request, partial(_refused, seen, problem))
    except FieldsError as error:
        return await in_thread(request, partial(failures.fields, seen, error))
    except (NoReportError, ReviewsError, ScenariosError) as error:
        return await in_thread(request, partial(failures.missing, seen, error))
    except Exception as error:  # noqa: BLE001 - for any error, the reader gets a page and the log the places
        places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
        log.error("a page failed: %s at %s", type(error).__name__, places)  # noqa: TRY400 - its message may hold data
        return await in_thread(request, partial(failures.internal, seen))


async def _admit(request: Request, allowed: frozenset[Scope]) -> None:
    """Let a reader in by key or session; sessions are read in a thread, as the disk may be slow."""
    access = instance_of(request).access
    shows_session = session_of(request.scope) is not None
    visitor = await in_thread(request, partial(access.visitor, request.scope)) if shows_session else None
    access.admit(request.scope, allowed, visitor)


async def in_thread(request: Request, work: Callable[[], Answer]) -> Answer:
    """Run blocking work in a thread, at most `AT_ONCE` at a time, so that scoring does not wait."""
    turns = _turns(request)
    with turns.one():
        return await anyio.to_thread.run_sync(work, limiter=turns.limiter, abandon_on_cancel=True)


@dataclass
class _Turns:
    """The queue of one worker: ``inside`` counts the requests in work and those that wait."""

    limiter: CapacityLimiter
    inside: int = 0

    @property
    def crowded(self) -> bool:
        return self.inside >= AT_ONCE + MOST_WAITING

    @contextmanager
    def one(self) -> Iterator[None]:
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


def _turns(request: Request) -> _Turns:
    state = request.app.state
    if not hasattr(state, "products_turns"):
        state.products_turns = _Turns(
            CapacityLimiter(AT_ONCE)
        )  # a limiter belongs to the event loop, so it is not made earlier
    turns: _Turns = state.products_turns
    return turns


def _sent_away(view: PageContext) -> Response:
    """Refuse a request as overloaded. This uses no thread, as threads are what is scarce."""
    if _by_header(view):
        return problems.overloaded("too many pages at once; wait a little").response(view.request_id)
    return failures.crowded(view)


def download(view: PageContext, name: str, chunks: Iterator[bytes]) -> Response:
    """Stream a CSV file in pieces. The first piece is made before the answer begins, so that its errors get a page."""
    first = next(chunks, b"")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }

    async def stream() -> AsyncIterator[bytes]:
        piece = first
        while piece:
            yield piece
            piece = await in_thread(view.request, partial(next, chunks, b""))

    return StreamingResponse(stream(), media_type="text/csv; charset=utf-8", headers=headers)


async def _form(request: Request, most_fields: int) -> tuple[tuple[str, str], ...]:
    media_type = exchange_of(request.scope).headers.get(b"content-type", b"").decode("latin-1")
    if media_type.partition(";")[0].strip().lower() != FORM:
        raise ProblemError(ProblemKind.MEDIA_TYPE, f"send the form as {FORM}")
    body = await read_body(request.receive)
    try:
        return tuple(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most_fields, errors="strict"))
    except ValueError:
        raise ProblemError(ProblemKind.MALFORMED, "the form can't be read") from None


def _refused(view: PageContext, problem: ProblemError) -> Response:
    """Redirect a browser without a key to the login; answer programs and all others with the problem."""
    if _by_header(view):
        return problem.response(view.request_id)
    if problem.kind is ProblemKind.UNAUTHORIZED and view.request.method in {"GET", "HEAD"} and not view.by_htmx:
        return RedirectResponse(address(LOGIN, {"next": view.here}), 303, {"Cache-Control": "no-store"})
    return failures.refused(view, problem)


def _by_header(view: PageContext) -> bool:
    """Whether the sender is a program, which sends its API key in a header."""
    headers = exchange_of(view.request.scope).headers
    return b"authorization" in headers or b"x-api-key" in headers


def is_ours(path: str) -> bool:
    """Whether an address is one of the pages' addresses, even where no page exists."""
    return path == HOME or path.startswith(f"{HOME}/")


async def answer_http_error(request: Request, error: HTTPException) -> Response:
    """Answer with a page where the router refuses: no page at the address, or no such method."""
    view = PageContext(request, request.app.state.products)
    if _turns(request).crowded:
        return _sent_away(view)
    return await in_thread(request, partial(failures.http, view, error.status_code, dict(error.headers or {})))
