"""Amounts of requests in the shop's own currency: others are converted by the shop's rates, or refused, never mixed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from data.times import from_us
from serving.exchange_rates import ExchangeRates, Rate
from serving.http.field_problems import SHOWN, pointer
from serving.http.problems import FieldProblem, ProblemError, ProblemKind
from serving.http.wire.requests.baskets import Basket, BasketLine
from serving.http.wire.requests.events import Event
from serving.http.wire.requests.lines import Refunded
from serving.http.wire.requests.orders import OrderContent
from serving.http.wire.requests.parts import MOST_MINOR

Place = tuple[int | str, ...]
Body = TypeVar("Body", bound=Basket | Event)
Priced = Basket | OrderContent | Refunded

PRICES: Final = ("price_minor", "list_price_minor")


@dataclass(frozen=True, slots=True)
class InOwn(Generic[Body]):
    """A basket or event whose amounts are in the shop's currency; ``rate``: None where they were so before."""

    body: Body
    rate: Rate | None = None


@dataclass(slots=True)
class _Converting:
    """Converts one body. ``wrong``: the amounts that are too large in the shop's currency."""

    rate: Rate
    wrong: list[FieldProblem] = field(default_factory=list)

    def body(self, place: Place, body: Priced) -> Priced:
        """Give the body with all of its amounts in the shop's currency."""
        if isinstance(body, Refunded):
            return body.model_copy(update=self._amounts(place, body, ("refunded_minor",)))
        lines = [self._line((*place, "lines", number), line) for number, line in enumerate(body.lines)]
        return body.model_copy(update={"lines": lines})

    def _line(self, place: Place, line: BasketLine) -> BasketLine:
        return line.model_copy(update=self._amounts(place, line, PRICES))

    def _amounts(self, place: Place, given: BasketLine | Refunded, names: Sequence[str]) -> dict[str, int]:
        amounts = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
        converted = {name: self.rate.convert(minor) for name, minor in amounts.items()}
        for name, minor in converted.items():
            if minor > MOST_MINOR:
                expected = f"at most {MOST_MINOR} minor units of {self.rate.own}"
                self.wrong.append(FieldProblem(pointer=pointer((*place, name)), expected=expected, found=str(minor)))
        return converted


def converted(bodies: Sequence[tuple[Place, Body]], rates: ExchangeRates, now: int) -> list[InOwn[Body]]:
    """Give baskets or events with all amounts in the shop's currency.

    Parameters
    ----------
    bodies
        Each with its place in the request.
    now
        The time of the request, microseconds since 1970, UTC. It chooses the rates of a basket without `ordered_at`;
        a basket or an order has those of `ordered_at`, a refund those of `refunded_at`.

    Raises
    ------
    ProblemError
        422: the shop sets no rate for a currency at that time, or an amount is too large. Nothing was converted.
    """
    done: list[InOwn[Body]] = []
    wrong: list[FieldProblem] = []
    for place, body in bodies:
        code = body.currency if isinstance(body, Priced) else None
        if code is None or code == rates.own:
            done.append(InOwn(body))
            continue
        wrong += _convert(place, body, rates, now, done)
    if wrong:
        detail = f"an amount can't be converted to {rates.own}, the shop's currency; nothing of the request was used"
        raise ProblemError(ProblemKind.INVALID, detail, wrong[:SHOWN])
    return done


def _convert(place: Place, body: Any, rates: ExchangeRates, now: int, done: list[InOwn[Any]]) -> Iterator[FieldProblem]:
    """Add the converted body to ``done``; yield what is wrong with it."""
    at = _time(body, now)
    rate = rates.find(body.currency, at)
    if rate is None:
        taken = ", ".join([rates.own, *(each.currency for each in rates.at(at))])
        expected = f"one of the currencies that the shop takes on {from_us(at).date()}: {taken}"
        yield FieldProblem(pointer=pointer((*place, "currency")), expected=expected, found=body.currency)
        return
    converting = _Converting(rate)
    done.append(InOwn(converting.body(place, body), rate))
    yield from converting.wrong


def _time(body: Priced, now: int) -> int:
    if isinstance(body, Refunded):
        return body.refunded_at
    return now if body.ordered_at is None else body.ordered_at
