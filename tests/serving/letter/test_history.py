"""Another history in the letter: its numbers are those of a state that was told the other events."""

from dataclasses import replace

import pytest

from data.errors import UserError
from features.online_state import records
from features.online_state.contents import StateContents
from features.online_state.events import Event, LineReturned, OrderPlaced
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.order_life import LineLife
from features.online_state.order_record import OrderRecord
from features.online_state.records import Silence
from features.stores.memory import MemoryStore
from serving.letter import history
from serving.letter.__main__ import explain
from serving.letter.content import blocks, text
from serving.letter.history import KEPT, LESS, MORE, RETURNED, SUPPOSED, suppositions
from serving.letter.language import LOCALES, Language
from serving.scoring.scorer import Scorer
from serving.state.supposed import SupposedState
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.letter.test_letter import NOW, ORDER, SHOP, reader_of
from tests.serving.served_shop import AFTER, COSTS, opened

CONTENTS = StateContents(SHOP.recipe)
DAY = 86_400_000_000
YEARS = 4000
"""Days that a state remembers which still takes events of the tables' time."""


def told(store: MemoryStore, events: list[Event]) -> MemoryStore:
    """The store after events of the service, all of which count."""
    receipts = LiveState(store, CONTENTS, YEARS, MAX_DELAY_DAYS).apply(events, NOW)
    assert {each.status for each in receipts} == {"applied"}
    return store


def with_history() -> tuple[MemoryStore, Order]:
    """A state that knows a customer with two items kept and two sent back, and an order of the customer's."""
    placed = [
        OrderPlaced(
            f"e{number}", f"o-{number}", (f"l-{number}",),
            Order("c-new", AFTER - number * DAY, (OrderLine("p0", 1, 2000, size="m"),)),
        )
        for number in range(1, 5)
    ]  # fmt: skip
    back = [LineReturned(f"r{number}", f"l-{number}", AFTER + (5 - number) * DAY) for number in (2, 4)]
    return told(SHOP.store(), [*placed, *back]), replace(ORDER, customer_id="c-new", ordered_at=NOW)


def test_each_other_history_has_the_score_of_a_state_that_was_told_it() -> None:
    store, order = with_history()
    explained, model = explain(reader_of(store), order, {}, NOW), SHOP.model()
    assert explained.history is not None

    tried = [each for each in explained.varied if each.variation.kind in (LESS, MORE, KEPT)]

    assert len(tried) == 3
    for each, (kind, _, events) in zip(tried, suppositions(explained.history, order, CONTENTS), strict=True):
        scorer = Scorer(lambda: model, opened(told(with_history()[0], events)), COSTS, 0.3)
        (basket,) = scorer.score([order], NOW).baskets
        assert each.variation.kind == kind
        assert list(each.probabilities.values()) == [line.probability for line in basket.lines]


def test_an_item_not_sent_back_and_one_more_move_all_that_is_counted_of_the_person_together() -> None:
    store, order = with_history()
    known = history.read(opened(store), "c-new", NOW)
    before = features_of(store, order)

    after = {
        kind: features_of(told(with_history()[0], events), order)
        for kind, _, events in suppositions(known, order, CONTENTS)
    }

    assert known.settled == 4
    settled = {kind: found["customer_settled_lines"] for kind, found in after.items()}
    assert settled == {LESS: 4, MORE: 4, KEPT: 5}
    for rate in ("customer_return_rate", "customer_product_return_rate"):
        assert after[LESS][rate] < before[rate] < after[MORE][rate]
        assert after[KEPT][rate] < before[rate]  # that of the product is drawn towards that of all items
    assert after[LESS]["customer_days_since_return"] > before["customer_days_since_return"]


def test_where_a_feed_has_stopped_an_item_whose_window_waits_has_no_outcome_and_none_gets_one() -> None:
    silence = Silence(feed=10 * DAY)
    ends = {"a": AFTER + 3 * DAY, "b": AFTER + 30 * DAY, "c": AFTER + 31 * DAY}
    lines = tuple(OrderLine("p0", 1, 2000, closes_at=at) for at in ends.values())
    placed = OrderPlaced("e1", "o-new", tuple(ends), Order("c-new", AFTER, lines))
    store, order = SHOP.store(), replace(ORDER, customer_id="c-new", ordered_at=NOW)
    live = LiveState(store, CONTENTS, YEARS, MAX_DELAY_DAYS, silence)
    live.apply([placed], AFTER + 1)
    while live.advance(NOW):
        pass

    known = history.read(opened(store), "c-new", NOW, silence)

    assert [line.line_id for line in known.lines] == ["a"]
    assert known.settled == 1
    after = {
        kind: SupposedState(opened(store), CONTENTS, events, NOW, silence).read(
            lambda snapshot: history.of_snapshot(snapshot, CONTENTS, "c-new", (NOW, silence))
        )
        for kind, _, events in suppositions(known, order, CONTENTS)
    }
    assert {kind: len(found.lines) for kind, found in after.items()} == {MORE: 1, KEPT: 2}
    assert {found.closing_time for found in after.values()} == {known.closing_time}


def features_of(store: MemoryStore, order: Order) -> dict[str, float]:
    """The features of the first line of an order."""
    scored = reader_of(store).scorer.score([order], NOW)
    assert scored.features is not None
    return dict(zip(scored.names, scored.features[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "one item less of your earlier ones with a known outcome (4; not p0, ordered on 1 July 2024): item 1"),
        ("de", "von Ihren früheren Artikeln mit bekanntem Ausgang (4) einen mehr zurückgeschickt hätten (auch p0"),
        ("zh", "如果您在以往有结果的4件商品中少退一件（未退回2024年7月1日订购的p0）"),  # noqa: RUF001 - as Chinese has them
    ],
)
def test_the_letter_says_which_item_and_of_how_many(code: str, said: str) -> None:
    store, order = with_history()

    assert said in text(blocks(explain(reader_of(store), order, {}, NOW), Language.of(code)))


def test_nothing_of_what_is_supposed_is_written() -> None:
    store = SHOP.store()
    keys = store.keys([b""])

    explain(reader_of(store), ORDER, {}, NOW)

    assert store.keys([b""]) == keys
    assert store.read(lambda snapshot: snapshot.get([records.order_key(SUPPOSED)])) == [None]


def test_of_a_history_that_is_counts_alone_one_more_item_is_tried_and_the_letter_says_so() -> None:
    store = SHOP.store()
    live = LiveState(store, CONTENTS, 1, MAX_DELAY_DAYS)
    while live.advance(NOW):
        pass

    found = explain(reader_of(store), replace(ORDER, ordered_at=AFTER), {}, NOW)

    kinds = [each.variation.kind for each in found.varied if each.variation.kind in (LESS, MORE, KEPT, RETURNED)]
    assert kinds == [KEPT, RETURNED]
    assert found.history is not None
    assert found.history.settled > 0
    said = text(blocks(found, Language.of("en")))
    assert f"Of your earlier items with a known outcome ({found.history.settled}), the shop keeps counts alone" in said
    kept, returned = (next(each for each in found.varied if each.variation.kind == kind) for kind in (KEPT, RETURNED))
    assert kept.probabilities != returned.probabilities


def test_an_order_without_an_outcome_yet_is_said_to_have_none() -> None:
    placed = OrderPlaced("e1", "o-new", ("l-new",), Order("c-new", NOW - 1000, (OrderLine("p0", 1, 2000),)))
    store = told(SHOP.store(), [placed])

    found = explain(reader_of(store), replace(ORDER, customer_id="c-new", ordered_at=NOW), {}, NOW)

    for code in LOCALES:
        language = Language.of(code)
        assert language.say("changes", "no_outcome") in text(blocks(found, language))


def test_a_return_in_parts_is_taken_back_as_a_whole() -> None:
    order = Order("c-new", AFTER, (OrderLine("p0", 3, 2000),))
    back = [LineReturned(f"r{number}", "l-new", AFTER + number, quantity=1) for number in (1, 2)]
    store = told(SHOP.store(), [OrderPlaced("e1", "o-new", ("l-new",), order), *back])
    known = history.read(opened(store), "c-new", NOW)

    found = {kind: events for kind, _, events in suppositions(known, order, CONTENTS)}

    assert (known.settled, len(known.lines)) == (1, 1)
    again = history.read(opened(told(store, found[LESS])), "c-new", NOW)
    assert [line.returned for line in again.lines] == [None]
    assert again.lines[0].back == ()


def test_a_score_that_fails_is_no_part_of_a_letter() -> None:
    reader = reader_of(SHOP.store())
    gone = LineLife(OrderRecord("o-gone", OrderPlaced("e1", "o-gone", ("l-gone",), ORDER)), 0, SHOP.recipe.outcome)
    known = replace(history.read(reader.store, "c1", NOW), lines=[gone])

    with pytest.raises(UserError, match="a score with another history"):
        history.vary(reader.store, reader.scorer, known, ORDER, NOW)
