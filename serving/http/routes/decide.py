"""Decisions about baskets."""

from fastapi import APIRouter
from starlette.requests import Request

from data.times import now_us
from serving.http.endpoint import Route, allow
from serving.http.guards.key_ring import Scope
from serving.http.request_context import exchange_of
from serving.http.routes.score import PROBLEMS, converted, note
from serving.http.service import service_of
from serving.http.wire import decisions
from serving.http.wire.convert.decisions import answer_decision
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import BasketToDecide

router = APIRouter(route_class=Route, tags=["score"])


@router.post("/v1/decide", operation_id="decideBasket", responses=PROBLEMS)
@allow(Scope.SCORE)
async def decide(request: Request, basket: BasketToDecide) -> decisions.Decision:
    """Decide what to do about a basket: one action of the shop's policy, or nothing.

    An action is chosen by the profit that it should add, and only where even the lower end of its interval adds
    something. A share of customers is never shown anything. Once an action was chosen for a basket, the same content
    gets the same decision again, and other content no other action; where none was chosen, each request is decided
    anew, with a `decision_id` of its own. Where anything is in doubt, the answer is nothing, and `degraded` says why.
    """
    service, exchange, now = service_of(request), exchange_of(request.scope), now_us()
    service.access.charge(exchange, 1)
    own = converted(basket, service, now)
    order = read_order(own.body, now, service.parts.intake.lasting(always=True))
    decided = service.parts.deciding.decide(order, exchange.request_id, now, complaint=basket.open_complaint)
    note(exchange, service, [basket], [decided.score])
    return answer_decision(basket.basket_id, decided)
