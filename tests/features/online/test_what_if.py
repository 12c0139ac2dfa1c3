"""What-ifs: the changes found, and their features, which equal those of the changed basket."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from features.online.features import OnlineFeatures
from features.online.what_if import Change, ChangedBasket, SoldSizes, what_ifs
from features.online_state import records
from features.online_state.events import LineReturned, OrderPlaced
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.stores.memory import Content
from features.stores.store import Agenda, Entry
from tests.features import seeds
from tests.features.crowded_shop import crowded_shop
from tests.features.event_log import event_log
from tests.features.states import reader_of, state_of

DAY = 86_400_000_000
T = 1_700_000_000_000_000
WITHOUT_SIZES, WITHOUT_COLORS, OTHER_SIZE = Change
EVERY_CHANGE = frozenset(Change)


@pytest.fixture(scope="module")
def online() -> OnlineFeatures:
    return OnlineFeatures(seeds.recipe_of(seeds.EVERY_COLUMN))


@pytest.fixture(scope="module")
def shop(online: OnlineFeatures, tmp_path_factory: pytest.TempPathFactory) -> LiveState:
    """The state after all events of a crowded shop; the last windows are still to close."""
    return seeds.fed_by(online, event_log(crowded_shop(orders=60).write(tmp_path_factory.mktemp("shop"))))


@pytest.fixture
def empty(online: OnlineFeatures) -> LiveState:
    return state_of(online)


def sold(live: LiveState, *variants: tuple[str, str]) -> LiveState:
    """The state after one order of each product in a size, ordered at T and kept."""
    lines = tuple(OrderLine(product_id, 1, 1000, size=size) for product_id, size in variants)
    live.apply([OrderPlaced("e", "o", tuple(f"l{n}" for n in range(len(lines))), Order("someone", T, lines))], T)
    return seeds.advance(live, T + 30 * DAY)


def line(size: str | None = None, color: str | None = None, product_id: str = "p", **given: object) -> OrderLine:
    return replace(OrderLine(product_id, 1, 1000, size=size, color=color), **given)  # type: ignore[arg-type]


def basket(*lines: OrderLine, at: int = T + 40 * DAY) -> Order:
    return Order("someone else", at, lines, region="north", basket_id="b")


def found(
    live: LiveState,
    order: Order,
    places: Sequence[int],
    changes: frozenset[Change] = EVERY_CHANGE,
    most: int = 99,
) -> list[ChangedBasket]:
    asked = [(place, changes) for place in places]
    return live.store.read(lambda snapshot: what_ifs(SoldSizes(live.contents), snapshot, order, asked, most))


def sizes(live: LiveState, *lines: OrderLine) -> list[str | None]:
    """The other sizes that are offered for the first line."""
    return [each.size for each in found(live, basket(*lines), [0], frozenset({OTHER_SIZE}))]


# --- the features of what-ifs ---

LINES = st.builds(
    OrderLine,
    product_id=st.sampled_from(["p0", "p1", "p2", "new"]),
    quantity=st.integers(1, 3),
    price_minor=st.sampled_from([0, 1800, 5000]),
    list_price_minor=st.sampled_from([None, 2000, 5000]),
    size=st.sampled_from(["s", "m", "xl", "40", "41+", "unsized", None]),
    color=st.sampled_from(["red", "blue", None]),
    sizes_on_sale=st.sampled_from([None, None, ("s", "m", "l"), ()]),
)
ORDERS = st.builds(
    Order,
    customer_id=st.sampled_from(["c0", "c3", "c7", "new", None]),
    ordered_at=st.integers(1_704_100_000_000_000, 1_712_000_000_000_000),
    lines=st.lists(LINES, min_size=1, max_size=9).map(tuple),
    voucher_used=st.sampled_from([True, None]),
    region=st.sampled_from(["north", None]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=ORDERS, reasons=st.booleans())
def test_the_features_of_a_what_if_are_those_of_its_line_in_the_changed_basket(
    shop: LiveState, order: Order, *, reasons: bool
) -> None:
    online, clock = reader_of(shop), order.ordered_at + DAY
    changes = found(shop, order, range(len(order.lines)))
    asked = [(each.order, each.place) for each in changes] + [(order, len(order.lines) - 1)]
    before = deepcopy(seeds.content_of(shop))

    answer = shop.store.read(lambda snapshot: online.ask_lines(snapshot, asked, clock, reasons=reasons))

    assert seeds.content_of(shop) == before
    snapshot = seeds.content_of(shop)
    wholes = [online.ask(snapshot, [changed], clock, reasons=reasons) for changed, _ in asked]
    expected = [whole.features[place] for whole, (_, place) in zip(wholes, asked, strict=True)]
    # Many lines are computed at once, few one by one, and a power may differ in its last digit.
    np.testing.assert_allclose(answer.features, expected, rtol=1e-12, atol=0)
    assert {(whole.latest, whole.behind) for whole in wholes} == {(answer.latest, answer.behind)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=ORDERS, place=st.integers(0, 8), size=st.sampled_from(["s", "m", "40", "42", "32/34", "unsized", "?"]))
def test_a_line_in_another_size_has_the_features_of_the_changed_basket(
    shop: LiveState, order: Order, place: int, size: str
) -> None:
    online, snapshot = reader_of(shop), seeds.content_of(shop)
    place %= len(order.lines)
    changed = replace(order.lines[place], size=size)
    other = replace(order, lines=(*order.lines[:place], changed, *order.lines[place + 1 :]))
    worked = online.ask(snapshot, [order], reasons=True).worked
    assume(worked is not None)  # no window is due to close
    assert worked is not None

    found = online.ask_in_sizes(snapshot, worked, [(place, size), (place, order.lines[place].size or size)])

    expected = online.ask(snapshot, [other]).features[place]
    np.testing.assert_allclose(found[0], expected, rtol=1e-12, atol=0)
    if order.lines[place].size is not None:
        np.testing.assert_allclose(found[1], online.ask(snapshot, [order]).features[place], rtol=1e-12, atol=0)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=ORDERS, size=st.sampled_from(["s", "m", "40", "unsized"]))
def test_a_line_in_another_size_has_the_features_of_the_changed_basket_where_labels_are_not_known(
    shop: LiveState, order: Order, size: str
) -> None:
    labels = {"size": {"m", "40"}, "color": {"red"}, "product.category": {"shoes"}}
    online, snapshot = OnlineFeatures(reader_of(shop).contents.recipe, labels), seeds.content_of(shop)
    other = replace(order, lines=(replace(order.lines[0], size=size), *order.lines[1:]))
    worked = online.ask(snapshot, [order], reasons=True).worked
    assume(worked is not None)
    assert worked is not None

    found = online.ask_in_sizes(snapshot, worked, [(0, size)])

    np.testing.assert_allclose(found[0], online.ask(snapshot, [other]).features[0], rtol=1e-12, atol=0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDERS)
def test_a_what_if_is_the_basket_with_its_one_change(shop: LiveState, order: Order) -> None:
    for each in found(shop, order, range(len(order.lines))):
        own, left = order.lines[each.line], each.order.lines[each.place]
        others = [line for at, line in enumerate(order.lines) if at not in {each.line, *each.removed}]

        assert replace(each.order, lines=order.lines) == order
        assert [line for at, line in enumerate(each.order.lines) if at != each.place] == others
        assert left == (own if each.size is None else replace(own, size=each.size))
        assert (each.change is OTHER_SIZE) == (each.size is not None) == (each.removed == ())


def test_lines_of_several_baskets_come_in_the_order_of_the_call(shop: LiveState) -> None:
    one, other = basket(line("s"), line("m", "red", "p1"), line(None)), basket(line("m"), line("xl", "red", "p1"))
    asked = [(one, 2), (other, 1), (other, 0), (one, 0), (one, 0), (one, 1)]

    by_line = shop.store.read(lambda snapshot: reader_of(shop).ask_lines(snapshot, asked)).features
    whole = shop.store.read(lambda snapshot: reader_of(shop).ask(snapshot, [one, other])).features

    np.testing.assert_array_equal(by_line, whole[[2, 4, 3, 0, 0, 1]])


def test_a_call_without_lines_is_refused(shop: LiveState) -> None:
    with pytest.raises(ValueError, match="at least one line"):
        shop.store.read(lambda snapshot: reader_of(shop).ask_lines(snapshot, [], T))


def test_a_line_that_the_basket_does_not_have_cannot_be_scored(shop: LiveState) -> None:
    with pytest.raises(IndexError):
        shop.store.read(lambda snapshot: reader_of(shop).ask_lines(snapshot, [(basket(line("s")), 1)]))
    with pytest.raises(IndexError):
        found(shop, basket(line("s")), [1])


# --- without other sizes, without other colors ---


def removed(live: LiveState, change: Change, place: int, *lines: OrderLine) -> list[tuple[int, tuple[int, ...]]]:
    """The line's new place, and the lines left out."""
    return [(each.place, each.removed) for each in found(live, basket(*lines), [place], frozenset({change}))]


def test_other_sizes_and_other_colors_are_removed_separately(empty: LiveState) -> None:
    lines = [line("m", "red"), line("m", "blue"), line("l", "red"), line("l", "blue")]

    # L, blue: both of M are other sizes, and only L, red is another color in the same size.
    assert removed(empty, WITHOUT_SIZES, 3, *lines) == [(1, (0, 1))]
    assert removed(empty, WITHOUT_COLORS, 3, *lines) == [(2, (2,))]


def test_a_second_identical_line_and_other_products_stay(empty: LiveState) -> None:
    lines = [line("l", "red"), line("m", "red"), line("m", "red"), line("l", "red", "other")]

    assert removed(empty, WITHOUT_SIZES, 2, *lines) == [(1, (0,))]
    assert removed(empty, WITHOUT_COLORS, 2, *lines) == []


def test_a_line_without_a_size_is_in_no_other_size(empty: LiveState) -> None:
    assert removed(empty, WITHOUT_SIZES, 0, line("m"), line(None)) == []
    assert removed(empty, WITHOUT_SIZES, 0, line(None), line("m")) == []


def test_colors_of_what_has_no_sizes_and_lines_without_a_color(empty: LiveState) -> None:
    lines = [line(None, "red"), line(None, "blue"), line(None, None), line("m", "blue")]

    assert removed(empty, WITHOUT_COLORS, 0, *lines) == [(0, (1,))]
    assert removed(empty, WITHOUT_COLORS, 2, *lines) == []


# --- in another size ---


def test_other_sizes_are_the_nearest_ones_with_settled_lines_in_the_state(empty: LiveState) -> None:
    live = sold(empty, ("p", "xs"), ("p", "s"), ("p", "xl"), ("p", "2xl"), ("other", "l"))

    assert sizes(live, line("m")) == ["s", "xl"]
    assert sizes(live, line("xs")) == ["s"]
    assert sizes(live, line("m", product_id="new")) == []


def test_halves_are_found_as_the_shop_writes_them(empty: LiveState) -> None:
    live = sold(empty, ("p", "39+"), ("p", "41"), ("p", "42"), ("q", "40½"))

    assert sizes(live, line("40")) == ["39+", "41"]
    assert sizes(live, line("40", product_id="q")) == ["40½"]


def test_a_size_that_was_ordered_only_and_is_not_settled_is_not_known_to_be_sold(empty: LiveState) -> None:
    empty.apply([OrderPlaced("e", "o", ("l0",), Order("someone", T, (line("l"),)))], T)
    ordered = sizes(empty, line("m"))
    empty.apply([LineReturned("r", "l0", T + DAY)], T + DAY)

    assert (ordered, sizes(empty, line("m"))) == ([], ["l"])


def test_a_line_settled_at_the_scoring_time_itself_is_not_known_yet(empty: LiveState) -> None:
    live, close = sold(empty, ("p", "l")), T + 21 * DAY  # seven days for the delivery and fourteen to return

    for at, count in ((close, 0), (close + 1, 1)):
        assert len(found(live, basket(line("m"), at=at), [0])) == count


def test_a_size_in_the_basket_is_not_offered_nor_one_beyond_it(empty: LiveState) -> None:
    live = sold(empty, ("p", "s"), ("p", "l"), ("p", "xl"))

    assert sizes(live, line("m", "red"), line("l", "blue")) == ["s"]
    assert sizes(live, line("m", "red"), line("l", "blue", "other")) == ["s", "l"]


def test_sizes_on_sale_from_the_shop_take_precedence_over_the_state(empty: LiveState) -> None:
    live = sold(empty, ("p", "s"), ("p", "l"))

    assert sizes(live, line("m", sizes_on_sale=("xxl", "xl", "m", "one size", "40", "xs"))) == ["xs", "xl"]
    assert sizes(live, line("m", sizes_on_sale=())) == []


@pytest.mark.parametrize("label", ["queen", "one size", None])
def test_a_size_without_a_place_on_a_scale_has_no_other_size(empty: LiveState, label: str | None) -> None:
    assert sizes(sold(empty, ("p", "king")), line(label)) == []
    assert sizes(empty, line(label, sizes_on_sale=("king", "m"))) == []


def test_a_state_that_does_not_count_by_size_gives_no_sold_size() -> None:
    live = state_of(OnlineFeatures(seeds.recipe_of(seeds.FEW_COLUMNS)))

    assert sizes(live, line("m")) == []
    assert sizes(live, line("m", sizes_on_sale=("s",))) == ["s"]


# --- how many, and in which order ---


def test_what_ifs_are_ordered_by_line_then_by_change_and_cut_at_the_most(empty: LiveState) -> None:
    order = basket(line("m", "red", sizes_on_sale=("s", "xl")), line("m", "blue"), line("l", "blue"))
    every = found(empty, order, [2, 0])

    assert [(each.line, each.change, each.size) for each in every] == [
        (2, WITHOUT_SIZES, None),
        (0, WITHOUT_SIZES, None),
        (0, WITHOUT_COLORS, None),
        (0, OTHER_SIZE, "s"),
        (0, OTHER_SIZE, "xl"),
    ]
    assert [found(empty, order, [2, 0], most=most) for most in (0, 3)] == [[], every[:3]]


class Watched:
    """A snapshot that records which keys are read."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self.reads: list[int] = []

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        self.reads.append(len(keys))
        return self._content.get(keys)

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        return self._content.due(agenda, before, limit, since)


def test_the_state_is_read_once_and_for_as_many_products_as_what_ifs_at_most(empty: LiveState) -> None:
    order = basket(*[line("m", product_id=f"p{n}") for n in range(50)], line("m", product_id="p0"))
    watched = Watched(seeds.content_of(empty))

    what_ifs(SoldSizes(empty.contents), watched, order, [(place, EVERY_CHANGE) for place in range(51)], most=3)

    assert watched.reads == [12]  # three products; near M are xs, s, l and xl


def test_a_placed_order_is_read_as_it_was_written() -> None:
    placed = OrderPlaced("e", "o", ("l0",), basket(line("m", "red", closes_at=T)))

    assert records.read_events(records.write_events([placed])) == [placed]


# --- one label in several spellings ---


def test_another_spelling_of_a_size_is_no_other_size(empty: LiveState) -> None:
    order = basket(line("m", "red"), line("\uff4d", "red "), line(" m", "blue"))

    changes = found(empty, order, [0])

    assert [(each.change, each.removed) for each in changes] == [(WITHOUT_COLORS, (2,))]


def test_a_size_that_was_sold_in_another_spelling_is_offered(empty: LiveState) -> None:
    live = sold(empty, ("p", "38½"), ("p", " 39"))

    assert sizes(live, line("38½")) == ["39"]
    assert sizes(live, line("39")) == ["38½"]
    assert sizes(live, line("38½"), line(" 39 ")) == []
