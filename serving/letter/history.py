"""How the result would change with another history: an earlier item sent back or not, or one item more.

The events that the shop would have sent are applied to the state as any others, in memory alone. So all that is counted
of the person moves together, and the score is the one that the service would give.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from data.errors import UserError
from data.times import MICROSECONDS_PER_DAY, from_us
from features.language.nodes import LineEvent, Total
from features.online_state.changes.links import orders_of
from features.online_state.changes.people import EVER, WHO
from features.online_state.changes.work import Reading
from features.online_state.contents import StateContents
from features.online_state.counters.layout import Layout
from features.online_state.counters.reader import CounterReader
from features.online_state.events import Event, LineReturned, OrderPlaced, ReturnCancelled, recorded_at
from features.online_state.order import Order, OrderLine
from features.online_state.order_life import LineLife, lives
from features.online_state.records import BY_THE_CLOCK, Silence, customer_key
from features.stores.store import Snapshot
from serving.letter.variations import Variation, Varied
from serving.scoring.moment import latest_of
from serving.scoring.scorer import Scorer
from serving.state.guarded_store import GuardedStore
from serving.state.home import recipe_of
from serving.state.supposed import NOTHING_FORGOTTEN, SupposedState

LESS, MORE, KEPT, RETURNED = "one_returned_less", "one_returned_more", "one_kept_besides", "one_returned_besides"
"""Whether one of the earlier items was not sent back, or was; and one item besides them."""
SUPPOSED: Final = "\x1fsupposed"
"""The id of what never was; no id of a shop has this sign."""
OUTCOMES: Final = (LineEvent.RETURNED, LineEvent.KEPT)


@dataclass(frozen=True)
class History:
    """What the state has of the earlier items of the person ``owner``.

    ``settled``: the number of those whose outcome is known. ``lines``: those of them that the state still has one by
    one; of the others it has counts alone. Times are microseconds since 1970, UTC. ``last_at``: when something was last
    counted. ``closing_time``: return windows that ended before it count as closed; later ones wait for outcomes.
    ``last_outcome``: of the whole shop. ``not_before``: an order placed until then would be nobody's.
    """

    owner: str
    settled: int
    lines: Sequence[LineLife]
    last_at: int
    closing_time: int
    last_outcome: int
    not_before: int = 0


def read(store: GuardedStore, owner: str, now: int, silence: Silence = BY_THE_CLOCK) -> History:
    """Read the history of a customer of whom something is counted, named as after all merges.

    ``silence``: as the service closes windows.
    """
    contents = _contents(store)
    return store.read(lambda snapshot: of_snapshot(snapshot, contents, owner, (now, silence)))


def vary(
    store: GuardedStore, scorer: Scorer, history: History, order: Order, now: int, silence: Silence = BY_THE_CLOCK
) -> list[Varied]:
    """Score ``order`` with each other history, each as the service would score it at ``now``.

    ``silence``: as the service closes windows.

    Raises
    ------
    UserError
        A score failed.
    """
    contents, every = _contents(store), tuple(range(len(order.lines)))
    found: list[Varied] = []
    for kind, values, events in suppositions(history, order, contents):
        supposed = SupposedState(store, contents, events, now, silence)
        scored = scorer.over(supposed).score([order], now)
        if scored.features is None:
            raise UserError(
                expected=f"a score with another history ({kind})",
                found="; ".join(each.detail for each in scored.baskets[0].degraded),
                fix="bring state and model in order first: GET /v1/health of the service says what is wrong",
            )
        probabilities = dict(zip(every, (line.probability for line in scored.baskets[0].lines), strict=True))
        found.append(Varied(Variation(kind, values, order, every), probabilities))
    return found


def suppositions(
    history: History, order: Order, contents: StateContents
) -> Iterator[tuple[str, Mapping[str, Any], list[Event]]]:
    """Give each other history: its kind, what its text names, and the events that make it.

    Of the items that were sent back, and of those that were kept, it is the last one that had another outcome.
    """
    returned = [line for line in history.lines if line.returned is not None]
    kept = [line for line in history.lines if line.returned is None]
    if returned:
        # One whose window has closed would count as kept, and another as open.
        line = max(returned, key=lambda each: (each.closes_at < history.closing_time, each.ordered_at, each.line_id))
        yield LESS, _named(history, line), _not_returned(line)
    if kept:
        line = max(kept, key=attrgetter("ordered_at", "line_id"))
        yield MORE, _named(history, line), [LineReturned(SUPPOSED, line.line_id, _came_back(history, line))]
    besides = _besides(history, order, contents)
    yield KEPT, {}, [besides]
    if not kept:
        yield RETURNED, {}, [besides, LineReturned(f"{SUPPOSED} return", SUPPOSED, _closes_at(besides))]


def _named(history: History, line: LineLife) -> dict[str, Any]:
    return {"count": history.settled, "product": line.line.product_id, "day": from_us(line.ordered_at)}


def _not_returned(line: LineLife) -> list[Event]:
    standing = [told for told in line.facts.returns.values() if not line.is_withdrawn(told)]
    return [
        ReturnCancelled(
            f"{SUPPOSED} {number}", line.line_id, told.identity, told.returned_at, recorded_at=recorded_at(told)
        )
        for number, told in enumerate(standing)
    ]


def _came_back(history: History, line: LineLife) -> int:
    """The time at which a line comes back: no later than all other outcomes, as such a fact lets windows close."""
    return min(line.closes_at, max(line.ordered_at, history.last_outcome))


def _besides(history: History, order: Order, contents: StateContents) -> OrderPlaced:
    """One item of a product that the shop does not have, at the first item's price.

    Its outcome is known just before whatever was counted last, so that the times since other events stay as they are.
    """
    outcome = contents.recipe.outcome
    closes_at = min(history.last_at, history.closing_time) - 1
    window = (outcome.delivery_allowance_days + outcome.return_window_days) * MICROSECONDS_PER_DAY
    ordered_at = min(max(closes_at - window, history.not_before + 1), closes_at)
    line = OrderLine(SUPPOSED, 1, order.lines[0].price_minor, closes_at=closes_at)
    return OrderPlaced(SUPPOSED, SUPPOSED, (SUPPOSED,), Order(history.owner, ordered_at, (line,)))


def _closes_at(placed: OrderPlaced) -> int:
    return placed.order.lines[0].closes_at or placed.order.ordered_at


def _contents(store: GuardedStore) -> StateContents:
    if store.about is None:
        raise store.refusal()
    return StateContents(recipe_of(store.about))


def of_snapshot(snapshot: Snapshot, contents: StateContents, owner: str, moment: tuple[int, Silence]) -> History:
    """Read the history as `read`; ``moment``: now, and as the service closes windows."""
    now, silence = moment
    latest = latest_of(snapshot)
    closing_time = latest.closing_time(now, silence)
    reading = Reading(snapshot, contents, NOTHING_FORGOTTEN, now)
    lines = [
        line
        for record in orders_of(reading, customer_key(owner), EVER)
        if record.content is not None and _owns(reading, owner, record.content.order)
        for line in lives(record, contents.recipe.outcome)
        if line.settles and (line.returned is not None or line.closes_at < closing_time)
    ]
    counted = [_counted(snapshot, layout, owner, now) for layout in contents.layouts if layout.columns == (WHO,)]
    settled = max([len(lines), *(number for number, _ in counted)])
    last_at = max((moment for _, moment in counted), default=0)
    erased_at = reading.survivor(owner).erased_at or 0
    return History(owner, settled, lines, last_at or now, closing_time, latest.outcome or now, erased_at)


def _owns(reading: Reading, owner: str, order: Order) -> bool:
    if order.customer_id is None:
        return False
    survivor = reading.survivor(order.customer_id)
    return survivor.customer_id == owner and survivor.owns(order.ordered_at)


def _counted(snapshot: Snapshot, layout: Layout, owner: str, now: int) -> tuple[int, int]:
    """The number of lines with an outcome that a record counts, and the time of its last event."""
    address = layout.address({WHO: owner})
    (record,) = [None] if address is None else snapshot.get([address])
    names = {
        each.name
        for each in layout.counters
        if each.event in OUTCOMES and each.total is Total.SUM and not each.value and not each.half_life_days
    }
    if record is None or not names:
        return 0, 0
    numbers = CounterReader([layout], names).read([record], [now])[0].tolist()
    return int(sum(numbers)), int(layout.packing.unpack(record)[0])
