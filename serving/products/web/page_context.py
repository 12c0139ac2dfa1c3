"""The argument of every view: the request with its language and theme, the report, and a way to render a page."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from data.writing.unseen import shown_in_html
from serving.http.browser_headers import SECURITY
from serving.http.guards.access import COOKIE, Access
from serving.http.guards.key_ring import Scope
from serving.http.request_context import exchange_of
from serving.http.service import instance_of
from serving.products.experiment.latest import Latest
from serving.products.model.latest import LatestQuality
from serving.products.policy.desk import Desk
from serving.products.report import Report, ReportFolder
from serving.products.reviews import LOCAL, Reviews
from serving.products.web.assets import Assets
from serving.products.web.headers import content_policy
from serving.products.web.language import Language, choose
from serving.products.web.templates import environment

LANGUAGE_COOKIE: Final = "rr_language"
THEME_COOKIE: Final = "rr_theme"
THEMES: Final = ("auto", "light", "dark")
VARY: Final = "Cookie, Accept-Language"


@dataclass(frozen=True)
class ShopPages:
    """What the pages of one shop show and write.

    Its report, its reviews, the desk of its policy, its read-out, and the quality of its scores.
    """

    folder: ReportFolder
    reviews: Reviews
    desk: Desk
    experiments: Latest
    quality: LatestQuality


class Site:
    """The objects that all requests share. One for each application. ``shops``: by name; None: the only one."""

    def __init__(self, shops: Mapping[str | None, ShopPages]) -> None:
        self.shops = shops

    @cached_property
    def assets(self) -> Assets:
        """The files that pages load, read at the first request."""
        return Assets()

    @cached_property
    def import_map(self) -> str:
        """The import map of the vendored module: the addresses of the modules that it imports by name."""
        return json.dumps({"imports": {"vega-util": self.assets.url("vega-util.js")}})


@dataclass(frozen=True)
class PageContext:
    """One request for a page. ``form``: what a POST sent, empty otherwise."""

    request: Request
    site: Site
    form: tuple[tuple[str, str], ...] = ()

    @cached_property
    def language(self) -> Language:
        """The language that was chosen, else the browser's."""
        chosen = self.request.cookies.get(LANGUAGE_COOKIE)
        return choose(chosen, self.request.headers.get("accept-language", ""))

    @property
    def theme(self) -> str:
        """Dark, light, or that of the browser."""
        chosen = self.request.cookies.get(THEME_COOKIE)
        return chosen if chosen in THEMES else THEMES[0]

    @cached_property
    def report(self) -> Report:
        """The report as it is now; `NoReportError` without one."""
        return self._shop.folder.current()

    @property
    def reviews(self) -> Reviews:
        """The states and notes of the alerts."""
        return self._shop.reviews

    @property
    def desk(self) -> Desk:
        """The running policy, and the scenarios that are tried."""
        return self._shop.desk

    @property
    def experiments(self) -> Latest:
        """The latest read-out of the experiments."""
        return self._shop.experiments

    @property
    def quality(self) -> LatestQuality:
        """How good the scores are, as found last."""
        return self._shop.quality

    @property
    def _shop(self) -> ShopPages:
        """The pages of the shop that the reader was admitted to."""
        return self.site.shops[exchange_of(self.request.scope).shop]

    @property
    def access(self) -> Access:
        """Who may do what."""
        return instance_of(self.request).access

    @property
    def who(self) -> str:
        """Who sent the request: the name of the API key, or this machine."""
        return exchange_of(self.request.scope).key or LOCAL

    @property
    def may_review(self) -> bool:
        """Whether the sender may also write states and notes."""
        return self.access.allows(exchange_of(self.request.scope), Scope.REVIEW)

    @property
    def logged_in(self) -> bool:
        """Whether the browser shows a session, which can be ended."""
        return COOKIE in self.request.cookies

    @property
    def request_id(self) -> str:
        """The id of this request in the log."""
        return exchange_of(self.request.scope).request_id

    @property
    def params(self) -> list[tuple[str, str]]:
        """The parameters of the address."""
        return self.request.query_params.multi_items()

    @property
    def by_htmx(self) -> bool:
        """Whether htmx sent the request, to replace a part of a page."""
        return "hx-request" in self.request.headers

    @property
    def here(self) -> str:
        """The path and query of this page."""
        # The path as it was sent, still quoted: ids of products may hold characters with a meaning in addresses.
        path, query = self.request.scope["raw_path"].decode("latin-1"), self.request.url.query
        return f"{path}?{query}" if query else path

    def page(self, template: str, status: int = 200, *, stored: bool = True, **values: Any) -> Response:
        """Render a page; ``stored``: whether the browser may store the page, which holds nothing that a user typed."""
        environment_ = environment(self.language.code)
        content = shown_in_html(environment_.get_template(template).render(view=self, site=self.site, **values))
        headers = SECURITY | {
            "Content-Security-Policy": content_policy(self.site.import_map),
            "Cache-Control": "private, no-cache" if stored and status == 200 else "private, no-store",
            "Content-Language": self.language.tag,
            "Vary": VARY,
        }
        response = Response(content, status, headers, "text/html")
        return self._unless_known(response) if stored and status == 200 else response

    def _unless_known(self, response: Response) -> Response:
        """Answer 304 without a body where the browser already has this page."""
        tag = f'W/"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        if tag in self.request.headers.get("if-none-match", ""):
            kept = {name: response.headers[name] for name in ("cache-control", "vary", "content-security-policy")}
            return Response(None, 304, kept | {"ETag": tag})
        response.headers["ETag"] = tag
        return response
