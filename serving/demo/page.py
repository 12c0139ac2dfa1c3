"""The page /demo: a small shop, and beside it what was decided and why."""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response

from serving.demo import shelves, words
from serving.http.guards.key_ring import Scope
from serving.products.web import actions
from serving.products.web.page_context import PageContext
from serving.products.web.page_route import page
from serving.shops import Shop
from training.decisions.policy import LANGUAGES

DEMO: Final = "/demo"
EVERYBODY: Final[frozenset[Scope]] = frozenset()
"""The page itself holds nothing of the shop: what it shows, its script asks for, with a key where keys are set up."""
NAMES: Final = {"en": "English", "de": "Deutsch", "zh": "简体中文"}


def install(app: FastAPI, shops: Sequence[Shop]) -> None:
    """Add the demo to the service."""
    app.state.demo = {each.name: shelves.Shelf(each.seed) for each in shops}
    app.include_router(shelves.router)
    app.router.routes.extend([
        page("", show, EVERYBODY, under=DEMO),
        page("/", home, EVERYBODY, under=DEMO),
        page("/preferences", preferences, EVERYBODY, post=True, under=DEMO),
    ])  # fmt: skip


def show(view: PageContext) -> Response:
    """Show the shop."""
    return view.page(
        "demo.html.j2",
        shop_texts=words.SHOP,
        page_texts=words.of_page(view.language),
        shop_languages={code: NAMES[code] for code in LANGUAGES},
        keys_required=view.access.keys_required,
    )


def home(_: PageContext) -> Response:
    """Redirect from the address with a slash at its end to the one without."""
    return RedirectResponse(DEMO, 308)


def preferences(view: PageContext) -> Response:
    """Store the language and the theme in cookies."""
    return actions.preferences(view, DEMO)
