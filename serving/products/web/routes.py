"""All addresses under /products."""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.responses import Response

from serving.http.guards.key_ring import Scope
from serving.products.experiment import views as experiment
from serving.products.experiment.latest import Latest
from serving.products.model import views as model
from serving.products.model.latest import LatestQuality
from serving.products.policy import views as policy
from serving.products.policy.applied import MOST_FIELDS
from serving.products.policy.desk import Desk
from serving.products.report import ReportFolder
from serving.products.reviews import Reviews
from serving.products.web import actions, failures, pages
from serving.products.web.page_context import PageContext, ShopPages, Site
from serving.products.web.page_route import REVIEW, PageRoute, page
from serving.shops import Shop

EVERYBODY: Final[frozenset[Scope]] = frozenset()
MODEL: Final = "/model"
"""A short address for the page of the model, which lies where the logins of the pages hold."""
FOREVER: Final = "public, max-age=31536000, immutable"


def install(app: FastAPI, shops: Sequence[Shop]) -> None:
    """Add the pages of each of ``shops`` to the service; a report is opened at the first request."""
    opened = {
        each.name: ShopPages(
            ReportFolder(each.settings.product_report),
            Reviews(each.settings.reviews),
            Desk(each),
            Latest(each.folder),
            LatestQuality(each.settings),
        )
        for each in shops
    }
    app.state.products = Site(opened)
    app.router.routes.extend(_routes())


def _routes() -> list[PageRoute]:
    return [
        page("", pages.overview),
        page("/", actions.home, EVERYBODY),
        page("/items", pages.item_list),
        page("/items.csv", pages.item_list_csv),
        page("/item", pages.item),
        page("/item/{product_id:path}", pages.item),
        page("/parts/{part}", pages.item_csv),
        page("/parts/{part}/{product_id:path}", pages.item_csv),
        page("/alerts", pages.alert_list),
        page("/alerts.csv", pages.alert_list_csv),
        page("/alerts/{alert_id}", actions.review, REVIEW, post=True),
        page("/segments", pages.segments),
        page("/segments.csv", pages.segments_csv),
        page("/policy", policy.page),
        page("/policy", policy.tried, post=True, most_fields=MOST_FIELDS),
        page("/policy/save", policy.save, REVIEW, post=True),
        page("/policy/yaml", policy.as_yaml),
        page("/policy/compare", policy.compare),
        page("/policy/compare.csv", policy.compare_csv),
        page("/experiment", experiment.page),
        page("/experiment.csv", experiment.csv),
        page("/model", model.page),
        page("/model.csv", model.csv),
        page("", model.to_page, EVERYBODY, under=MODEL),
        page("/about", pages.about),
        page("/login", actions.login_page, EVERYBODY),
        page("/login", actions.login, EVERYBODY, post=True),
        page("/logout", actions.logout, EVERYBODY, post=True),
        page("/preferences", actions.preferences, EVERYBODY, post=True),
        page("/static/{version}/{name:path}", static_file, EVERYBODY),
    ]


def static_file(view: PageContext) -> Response:
    """One of the files that pages load, packed where the browser can unpack it."""
    params = view.request.path_params
    asset = view.site.assets.find(params["version"], params["name"])
    if asset is None:
        return failures.not_found(view)
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if "gzip" in view.request.headers.get("accept-encoding", ""):
        return Response(asset.packed, 200, headers | {"Content-Encoding": "gzip"}, asset.media_type)
    return Response(asset.content, 200, headers, asset.media_type)
