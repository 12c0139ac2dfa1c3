"""Views of what readers change: states and notes of alerts, and their own session, language and theme."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from serving.http.guards.access import COOKIE, refuse_foreign
from serving.http.guards.sessions import SESSION_SECONDS
from serving.http.problems import ProblemError, ProblemKind
from serving.products import alerts
from serving.products.fields import FieldsError, read
from serving.products.reviews import ConflictError, ReviewChange, ReviewState
from serving.products.web import failures, pages
from serving.products.web.addresses import HOME, inside
from serving.products.web.language import NAMES, mark
from serving.products.web.page_context import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, PageContext
from serving.products.web.page_route import READ

A_YEAR: Final = 365 * 24 * 3600
_NO_LOGIN: Final = {
    ProblemKind.UNAUTHORIZED: mark("This key is not valid. Check that all of it was copied, or ask for a new one."),
    ProblemKind.FORBIDDEN: mark("This key is not for these pages. Ask for one with the scope read or review."),
    ProblemKind.RATE: mark("Too many wrong keys came from your network. Wait a minute, then try again."),
}


def review(view: PageContext) -> Response:
    """Change the state of an alert, or add a note."""
    alert = alerts.one(view.report, view.reviews, view.request.path_params["alert_id"])
    if alert is None:
        return failures.not_found(view)
    sent = dict(view.form)
    back = inside(sent.pop("next", ""))
    if sent.get("state") != ReviewState.DISMISSED:
        sent.pop("reason", None)  # the form hides this field then, but browsers send hidden fields too
    try:
        change = read(ReviewChange, list(sent.items()))
        view.reviews.record(alert.alert_id, alert.product_id, alert.kind, change, view.who)
    except FieldsError as error:
        return _again(view, alert.alert_id, 422, mark("Not saved: see what is missing."), sent, error)
    except ConflictError:
        why = mark("Not saved: somebody changed the state after you opened the page. Check the state, and save again.")
        return _again(view, alert.alert_id, 409, why, sent)
    if not view.by_htmx:
        return RedirectResponse(f"{back}#alert-{alert.alert_id}", 303)
    return _again(view, alert.alert_id, 200, mark("Saved."), {})


def _again(
    view: PageContext, alert_id: str, status: int, message: str, typed: dict[str, str], error: FieldsError | None = None
) -> Response:
    """Show one alert with the result of the change; where the change was refused, the form keeps the typed text."""
    alert = alerts.one(view.report, view.reviews, alert_id)
    if alert is None:
        return failures.not_found(view)
    problems = () if error is None else error.problems
    return view.page(
        "alert.html.j2",
        status,
        card=pages.card(view, alert),
        message=message,
        failed=status != 200,
        typed=typed,
        problems=problems,
        back=inside(dict(view.form).get("next", "")),
    )


def home(view: PageContext) -> Response:
    """Redirect from the address with a slash at its end to the one without."""
    query = view.request.url.query
    return RedirectResponse(f"{HOME}?{query}" if query else HOME, 308)


def login_page(view: PageContext) -> Response:
    """Show the form for the API key."""
    return view.page("login.html.j2", back=inside(dict(view.params).get("next", "")), failed="")


def login(view: PageContext) -> Response:
    """Begin a session, whose random id is stored in a cookie that scripts can't read."""
    refuse_foreign(view.request.scope)
    sent = dict(view.form)
    key, back = sent.get("key", "").strip(), inside(sent.get("next", ""))
    access = view.access
    if not access.keys_required:
        return RedirectResponse(back, 303)
    try:
        session_id = access.log_in(view.request.scope, key, READ)
    except ProblemError as problem:
        if problem.kind not in _NO_LOGIN:
            raise
        again = view.page("login.html.j2", problem.kind.status, back=back, failed=_NO_LOGIN[problem.kind])
        again.headers.update(problem.headers)
        return again
    response = RedirectResponse(back, 303)
    _set(view, response, COOKIE, session_id, SESSION_SECONDS)
    return response


def logout(view: PageContext) -> Response:
    """End the session, here and on the server."""
    refuse_foreign(view.request.scope)
    view.access.log_out(view.request.scope)
    response = RedirectResponse("/products/login", 303)
    response.delete_cookie(COOKIE, path=HOME, secure=_secure(view), httponly=True, samesite="strict")
    return response


def preferences(view: PageContext, under: str = HOME) -> Response:
    """Store the language and the theme in cookies of the pages below the address ``under``."""
    refuse_foreign(view.request.scope)
    sent = dict(view.form)
    response = RedirectResponse(inside(sent.get("next", ""), under), 303)
    if sent.get("language") in NAMES:
        _set(view, response, LANGUAGE_COOKIE, sent["language"], A_YEAR, under)
    if sent.get("theme") in THEMES:
        _set(view, response, THEME_COOKIE, sent["theme"], A_YEAR, under)
    return response


def _set(view: PageContext, response: Response, name: str, value: str, seconds: int, under: str = HOME) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=under, secure=_secure(view), httponly=True, samesite="strict"
    )
    response.headers["Cache-Control"] = "no-store"


def _secure(view: PageContext) -> bool:
    """Whether cookies are for https only: where the request came by https, to us or to a proxy before us."""
    forwarded = view.request.headers.get("x-forwarded-proto", "")
    return "https" in {view.request.url.scheme, forwarded.split(",")[0].strip()}
