"""The catalogue of each shop for the demo, over HTTP: read at the first request, and again when the seed changes."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import anyio.to_thread
import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from data.errors import UserError
from data.number_format import minor_digits
from data.times import MICROSECONDS_PER_DAY, iso, now_us
from features.online_state.seed_file import ABOUT_FILE
from serving.demo.catalogue import Catalogue, read_catalogue
from serving.http.browser_headers import SECURITY
from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.problems import unavailable
from serving.http.request_context import exchange_of
from serving.http.service import Service, service_of
from serving.watched_file import WatchedFile

router = APIRouter(route_class=Route, include_in_schema=False)


class Shelf:
    """The catalogue of the shop whose seed lies in the folder ``seed``."""

    def __init__(self, seed: Path) -> None:
        self._seed, self._lock = seed, Lock()
        self._file: WatchedFile[Catalogue] | None = None

    def catalogue(self) -> Catalogue:
        """Give the catalogue; the first call takes some seconds. `UserError` as `read_catalogue`."""
        with self._lock:
            if self._file is None:
                self._file = WatchedFile(
                    self._seed / ABOUT_FILE, lambda _: read_catalogue(self._seed), "the demo's goods"
                )
            return self._file.content()


def answer(catalogue: Catalogue, service: Service, now: int) -> dict[str, Any]:
    """Make the answer at ``now``, microseconds since 1970, UTC.

    ``ordered_at``: the moment as of which to ask, where the state's latest fact lies more than a day back; else None.
    """
    latest, currency = service.parts.scoring.latest_fact(), service.parts.rates.own
    stale = latest is not None and latest < now - MICROSECONDS_PER_DAY
    return {
        **asdict(catalogue),
        "currency": currency,
        "minor_digits": minor_digits(currency),
        "ordered_at": iso(latest) if latest is not None and stale else None,
    }


@router.get("/demo/catalogue")
@allow(Scope.SCORE)
async def get_catalogue(request: Request) -> Response:
    """Give what the demo's shop sells, and who may order there."""
    shelf: Shelf = request.app.state.demo[exchange_of(request.scope).shop]
    try:
        found = await anyio.to_thread.run_sync(shelf.catalogue)
    except UserError as error:
        raise unavailable(f"the demo has no products: {error}") from None
    content = await anyio.to_thread.run_sync(partial(answer, found, service_of(request), now_us()))
    headers = SECURITY | {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")
