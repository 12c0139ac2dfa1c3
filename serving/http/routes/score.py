"""Scores of baskets, one or many."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from data.times import now_us
from features.online_state.order import Order
from serving.http import attributes, currencies, past
from serving.http.endpoint import Route, Written, allow
from serving.http.guards.key_ring import Scope
from serving.http.problems import ProblemKind, documented
from serving.http.request_context import Exchange, exchange_of
from serving.http.service import Service, service_of
from serving.http.wire import answers
from serving.http.wire.convert.decisions import answer_decision
from serving.http.wire.convert.orders import read_order
from serving.http.wire.convert.scores import content_of, written
from serving.http.wire.requests.baskets import Basket, Baskets, BasketToExplain, missing_fields
from serving.scores import BasketScore, Explain
from serving.scoring.after_answer import after_answer

BasketT = TypeVar("BasketT", bound=Basket)

LINES_AT_ONCE = {Explain.NONE: 100, Explain.REASONS: 50, Explain.ALL: 20}
"""Lines of a batch that are scored before other requests get their turn."""

router = APIRouter(route_class=Route, tags=["score"])
PROBLEMS = documented(
    ProblemKind.MALFORMED, ProblemKind.UNAUTHORIZED, ProblemKind.FORBIDDEN, ProblemKind.TIMEOUT, ProblemKind.TOO_LARGE,
    ProblemKind.MEDIA_TYPE, ProblemKind.INVALID, ProblemKind.RATE, ProblemKind.INTERNAL, ProblemKind.OVERLOADED,
    ProblemKind.UNAVAILABLE,
)  # fmt: skip


@router.post("/v1/score", operation_id="scoreBasket", response_model=answers.Score, responses=PROBLEMS)
@allow(Scope.SCORE)
async def score(request: Request, basket: BasketToExplain) -> Response:
    """Score a basket.

    Says for each line how likely it is to come back and, as far as `explain` asks, why. Unknown customers and products,
    guests, and products described in the request itself are all fine. Where something that the answer needs is out of
    order, it falls back and says so in `degraded`.
    """
    service, exchange, now = service_of(request), exchange_of(request.scope), now_us()
    service.access.charge(exchange, 1)
    own = converted(basket, service, now)
    intake = service.parts.intake.lasting(always=True) if basket.decide else service.parts.intake
    order = read_order(own.body, now, intake)
    if basket.decide:
        decided = service.parts.deciding.decide(
            order, exchange.request_id, now, basket.explain, complaint=basket.open_complaint
        )
        scored, decision = decided.score, answer_decision(basket.basket_id or "", decided)
    else:
        (scored,) = service.parts.scoring.score([order], exchange.request_id, now, explain=basket.explain)
        decision = None
    note(exchange, service, [basket], [scored])
    content = content_of(own.body, scored, now, service.parts.rates.own, own.rate, decision)
    return Written(written(content))


@router.post("/v1/score/batch", operation_id="scoreBaskets", response_model=answers.Scores, responses=PROBLEMS)
@allow(Scope.SCORE)
async def score_batch(request: Request, batch: Baskets) -> Response:
    """Score many baskets at once, each by itself: up to 100 baskets with up to 1000 lines together."""
    service, exchange, now = service_of(request), exchange_of(request.scope), now_us()
    service.access.charge(exchange, len(batch.baskets))
    places = [(("baskets", number), basket) for number, basket in enumerate(batch.baskets)]
    attributes.check(places, service.parts.attributes())
    past.refuse(places, service, now)
    owns = currencies.converted(places, service.parts.rates, now)
    orders = [read_order(own.body, now, service.parts.intake) for own in owns]
    scored: list[BasketScore] = []
    async with service.batch_turn:  # between two parts single baskets get their turn, but no other batch
        for part in _parts(orders, LINES_AT_ONCE[batch.explain]):
            scored += service.parts.scoring.score(part, exchange.request_id, now, len(scored), batch.explain)
            await asyncio.sleep(0)
    note(exchange, service, batch.baskets, scored)
    own_currency = service.parts.rates.own
    pairs = zip(owns, scored, strict=True)
    contents = [content_of(own.body, found, now, own_currency, own.rate) for own, found in pairs]
    return Written(written({"scores": contents}))


def _parts(orders: Sequence[Order], lines_at_once: int) -> Iterator[list[Order]]:
    """Cut ``orders`` into parts of about ``lines_at_once`` lines."""
    part: list[Order] = []
    for order in orders:
        if part and sum(len(other.lines) for other in part) + len(order.lines) > lines_at_once:
            yield part
            part = []
        part.append(order)
    yield part


def converted(basket: BasketT, service: Service, now: int) -> currencies.InOwn[BasketT]:
    """Give a basket with its amounts in the shop's currency; a `ProblemError` where it can't be scored as it is."""
    attributes.check([((), basket)], service.parts.attributes())
    past.refuse([((), basket)], service, now)
    (own,) = currencies.converted([((), basket)], service.parts.rates, now)
    return own


def note(exchange: Exchange, service: Service, baskets: Sequence[Basket], scored: Sequence[BasketScore]) -> None:
    """Note what was scored, for the log and the metrics."""
    exchange.lines = sum(len(basket.lines) for basket in scored)
    causes = {degraded.cause for degraded in chain.from_iterable(basket.degraded for basket in scored)}
    exchange.degraded = tuple(sorted(causes))
    after_answer(lambda: service.telemetry.scored(scored, missing_fields(baskets)))
