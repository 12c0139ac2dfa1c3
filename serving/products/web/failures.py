"""Error pages: what went wrong, and what to do."""

from functools import cache
from typing import Final

from markupsafe import escape
from starlette.responses import Response

from data.errors import UserError
from serving.http.browser_headers import SECURITY
from serving.http.problems import RETRY_SECONDS, ProblemError, ProblemKind
from serving.products.fields import FieldsError
from serving.products.policy.scenarios import ScenariosError
from serving.products.reviews import ReviewsError
from serving.products.web.language import language, mark
from serving.products.web.page_context import PageContext

_REFUSED: Final = {
    ProblemKind.UNAUTHORIZED: (mark("Please log in"), mark("Your key is missing or no longer valid. Log in again.")),
    ProblemKind.FORBIDDEN: (
        mark("This is not allowed"),
        mark("Your key may not do this, or the request did not come from this page. Ask whoever gave you the key."),
    ),
    ProblemKind.RATE: (mark("Too many requests"), mark("Wait a little, then load the page again.")),
    ProblemKind.UNAVAILABLE: (
        mark("Logins can't be read or written now"),
        mark("Wait a little, then load the page again. Whoever runs the service finds the cause in its log."),
    ),
    ProblemKind.TOO_LARGE: (mark("The form is too large"), mark("Shorten the note and send it again.")),
}
_OTHER: Final = (mark("The request can't be read"), mark("Go back, load the page again and repeat what you did."))
_REPORT: Final = (
    mark("Nothing to show yet"),
    mark("Something that the page needs is missing. Whoever runs the service can fix this:"),
)
_REVIEWS: Final = (
    mark("Notes and states can't be read or written now"),
    mark("Nothing was saved now; earlier entries are not lost. Whoever runs the service can fix this:"),
)
_SCENARIOS: Final = (
    mark("Scenarios can't be read or written now"),
    mark("Nothing was saved now; earlier scenarios are not lost. Whoever runs the service can fix this:"),
)
_CROWDED: Final = (mark("Too many people use these pages now"), mark("Wait a little, then load the page again."))
_HTTP: Final = {
    404: (
        mark("There is no such page"),
        mark("The address may be wrong, or the product is no longer in the report. Search for it in the list."),
    ),
    405: (mark("That can't be done here"), mark("Go back and use the buttons of the page.")),
}


def refused(view: PageContext, problem: ProblemError) -> Response:
    """Answer a request that was refused, with the reason."""
    title, advice = _REFUSED.get(problem.kind, _OTHER)
    return _with(_page(view, problem.kind.status, title, advice), problem.headers)


def http(view: PageContext, status: int, headers: dict[str, str]) -> Response:
    """Answer an error of the router: there is no such page, or the page does not have the method."""
    title, advice = _HTTP.get(status, _OTHER)
    return _with(_page(view, status, title, advice), headers)


def not_found(view: PageContext) -> Response:
    """Answer that there is no such page."""
    return http(view, 404, {})


def fields(view: PageContext, error: FieldsError) -> Response:
    """List the values of the address or the form that are wrong."""
    return view.page(
        "failure.html.j2",
        422,
        title=mark("A value is not possible"),
        advice=mark("Correct what is listed here, or begin again with the whole list."),
        problems=error.problems,
        request_id=view.request_id,
    )


def missing(view: PageContext, error: UserError) -> Response:
    """Answer what the page needs and how to make it; the typed text is shown again."""
    title, advice = _REPORT
    if isinstance(error, ReviewsError):
        title, advice = _REVIEWS
    elif isinstance(error, ScenariosError):
        title, advice = _SCENARIOS
    return view.page("failure.html.j2", 503, title=title, advice=advice, cause=error, request_id=view.request_id)


def crowded(view: PageContext) -> Response:
    """Answer that the service is overloaded, with a page rendered once in advance to save time."""
    headers = SECURITY | {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Retry-After": str(RETRY_SECONDS),
    }
    return Response(_crowded_page(view.language.code), 503, headers, "text/html")


def internal(view: PageContext) -> Response:
    """Answer an internal error."""
    advice = mark("Load the page again. If it fails again, give the number below to whoever runs the service.")
    return _page(view, 500, mark("Something went wrong here"), advice)


def _page(view: PageContext, status: int, title: str, advice: str) -> Response:
    return view.page("failure.html.j2", status, title=title, advice=advice, request_id=view.request_id)


@cache
def _crowded_page(code: str) -> str:
    spoken = language(code)
    title, advice = (escape(spoken.text(text)) for text in _CROWDED)
    return (
        f'<!doctype html>\n<html lang="{spoken.tag}"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<h1>{title}</h1><p data-news>{advice}</p>"
    )


def _with(response: Response, headers: dict[str, str]) -> Response:
    response.headers.update(headers)
    return response
