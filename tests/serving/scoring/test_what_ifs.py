"""What-ifs: the probability of a change equals the score of the changed basket."""

from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from data.times import now_us
from features.online.what_if import LEAST_GAIN, Change, ChangedBasket
from features.online_state.order import Order, OrderLine
from features.stores.memory import Content, MemoryStore
from serving.scores import Explain, ScoredLine, WhatIfScore
from serving.scoring import what_ifs as alternatives
from serving.scoring.scorer import Scorer
from serving.scoring.what_ifs import MOST, Alternatives
from tests.features.states import without_history
from tests.serving.served_shop import AFTER, COSTS, opened, shop_of_sizes

SHOP = shop_of_sizes()
MODEL = SHOP.model()
NOW = now_us()
WITHOUT_SIZES, WITHOUT_COLORS, OTHER_SIZE = Change


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return SHOP.store()


@pytest.fixture(scope="module")
def scorer(store: MemoryStore) -> Scorer:
    return Scorer(lambda: MODEL, opened(store), COSTS, 0.3)


def line(size: str | None, product_id: str = "p0", color: str | None = None, **given: object) -> OrderLine:
    return replace(OrderLine(product_id, 1, 2000, size=size, color=color), **given)  # type: ignore[arg-type]


def basket(*lines: OrderLine) -> Order:
    return Order("c1", AFTER, lines)


def scores(scorer: Scorer, order: Order, explain: Explain = Explain.ALL) -> tuple[ScoredLine, ...]:
    scored = scorer.score([order], NOW, explain).baskets[0]
    assert scored.degraded == ()
    return scored.lines


def found(scorer: Scorer, order: Order) -> list[tuple[WhatIfScore, ...]]:
    said = [each.why for each in scores(scorer, order)]
    return [why.what_ifs for why in said if why is not None and why.what_ifs is not None]


def probability_in(scorer: Scorer, order: Order, place: int) -> float:
    """The probability of a line when the changed basket itself is scored."""
    return scores(scorer, order, Explain.NONE)[place].probability


def changed(order: Order, place: int, what_if: WhatIfScore) -> tuple[Order, int]:
    """The changed basket of a what-if, and the line's place in it."""
    lines = list(order.lines)
    if what_if.size is not None:
        lines[place] = replace(lines[place], size=what_if.size)
    kept = [at for at in range(len(lines)) if at not in what_if.removed_lines]
    return replace(order, lines=tuple(lines[at] for at in kept)), kept.index(place)


def test_each_of_two_sizes_is_told_what_it_would_be_without_the_other(scorer: Scorer) -> None:
    small, medium = line("s"), line("m")
    now = [said.probability for said in scores(scorer, basket(small, medium))]

    (of_small,), (of_medium,) = found(scorer, basket(small, medium))

    alone = probability_in(scorer, basket(small), 0), probability_in(scorer, basket(medium), 0)
    assert (of_small.change, of_small.removed_lines, of_small.size) == (WITHOUT_SIZES, (1,), None)
    assert (of_medium.change, of_medium.removed_lines, of_medium.size) == (WITHOUT_SIZES, (0,), None)
    assert (of_small.probability, of_medium.probability) == pytest.approx(alone, rel=1e-12)
    shares = f"{alone[0]:.0%} instead of {now[0]:.0%}"
    assert of_small.sentence == f"without 1 line of this product in another size: {shares}"


def test_every_change_is_said_to_do_what_the_scorer_says_of_the_changed_basket_and_lowers_it(scorer: Scorer) -> None:
    kinds = set()

    for order in SHOP.orders():
        now = [said.probability for said in scores(scorer, order)]
        for place, what_ifs in enumerate(found(scorer, order)):
            for each in what_ifs:
                assert each.probability == pytest.approx(
                    probability_in(scorer, *changed(order, place, each)), rel=1e-12
                )
                assert each.probability <= now[place] - LEAST_GAIN
                kinds.add(each.change)

    assert kinds >= {WITHOUT_SIZES, OTHER_SIZE}


def test_a_size_that_is_on_sale_is_offered_where_it_lowers_the_probability(scorer: Scorer) -> None:
    order = basket(line("xl", "new", sizes_on_sale=("m", "xl")), line("xl", "unknown to the state"))

    (on_sale,), nothing = found(scorer, order)

    alone = probability_in(scorer, basket(replace(order.lines[0], size="m"), order.lines[1]), 0)
    assert (on_sale.change, on_sale.size, on_sale.removed_lines) == (OTHER_SIZE, "m", ())
    assert on_sale.probability == pytest.approx(alone, rel=1e-12)
    assert on_sale.sentence.startswith("in size m: ")
    assert nothing == ()


def test_a_size_that_the_state_saw_sold_is_offered_and_none_where_the_shop_says_that_it_has_none(
    scorer: Scorer,
) -> None:
    sold, no_more = basket(line("xl", "p1")), basket(line("xl", "p1", sizes_on_sale=("xl",)))

    assert [(each.change, each.size) for each in found(scorer, sold)[0]] == [(OTHER_SIZE, "m")]
    assert found(scorer, no_more) == [()]


def test_a_size_that_raises_nothing_is_not_tried_in_another(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, frozenset[Change]]] = []

    def noting(*given: Any) -> list[ChangedBasket]:
        asked.extend(given[3])
        return []

    monkeypatch.setattr(alternatives, "what_ifs", noting)
    scores(scorer, basket(line("s"), line("xl", "p1")))

    assert {place: OTHER_SIZE in changes for place, changes in asked} == {0: False, 1: True}
    assert [place for place, _ in asked] == [1, 0]  # the likeliest return first


def test_what_gains_too_little_is_not_said(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    order = basket(line("s"), line("m"))
    gain = probability_in(scorer, order, 0) - probability_in(scorer, basket(line("s")), 0)

    for least, count in ((gain - 1e-9, 1), (gain + 1e-9, 0)):
        monkeypatch.setattr(alternatives, "LEAST_GAIN", least)
        assert len(found(scorer, order)[0]) == count


def test_the_best_change_comes_first(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alternatives, "LEAST_GAIN", 1e-9)
    order = basket(line("xl", color="red", sizes_on_sale=("m", "xl")), line("xl", color="blue"), line("s", color="red"))

    kinds = [[each.change for each in what_ifs] for what_ifs in found(scorer, order)]

    assert len(kinds[0]) > 1
    assert kinds[0] != sorted(kinds[0], key=list(Change).index)  # sorted, and not in the order of the search
    for what_ifs in found(scorer, order):
        told = [each.probability for each in what_ifs]
        assert told == sorted(told)


def test_no_more_changes_of_a_basket_are_scored_than_may_be_those_of_the_likeliest_returns(scorer: Scorer) -> None:
    # Each of ten products is there in two sizes: twenty changes are possible, but only `MOST` are scored.
    products = [f"q{number}" for number in range(10)]
    order = basket(*[line(size, product) for product in products for size in ("s", "xl")])

    what_ifs = found(scorer, order)
    said = [each.probability for each in scores(scorer, order)]

    told = [place for place, each in enumerate(what_ifs) if each]
    assert sum(map(len, what_ifs)) == MOST
    assert min(said[place] for place in told) >= max(said[place] for place in range(20) if place not in told)


def test_baskets_that_are_scored_together_get_their_own_changes(scorer: Scorer) -> None:
    orders = [
        basket(line("m", "p2")), basket(line("s"), line("m")), basket(line("xl", "p1")), basket(line("m"), line("s"))
    ]  # fmt: skip

    together = [each.lines for each in scorer.score(orders, NOW, Explain.ALL).baskets]

    for order, lines in zip(orders, together, strict=True):
        for alone, said in zip(found(scorer, order), lines, strict=True):
            assert said.why is not None
            assert said.why.what_ifs is not None
            assert [(each.change, each.size, each.removed_lines) for each in said.why.what_ifs] == [
                (each.change, each.size, each.removed_lines) for each in alone
            ]
            assert [each.probability for each in said.why.what_ifs] == pytest.approx(
                [each.probability for each in alone], rel=1e-12
            )


def test_to_find_changes_writes_nothing(scorer: Scorer, store: MemoryStore) -> None:
    def content() -> Content:
        return store.read(lambda snapshot: deepcopy(cast("Content", snapshot)))

    before = content()
    for order in SHOP.orders():
        scores(scorer, order)

    assert content() == before


@pytest.mark.parametrize(("probability", "changes"), [(0.0, 0), (1.0, 1)])
def test_a_score_without_doubt_has_changes_all_the_same(store: MemoryStore, probability: float, changes: int) -> None:
    bundle, online, order = MODEL.bundle, MODEL.prepared.online, basket(line("s"), line("m"))
    contributions = bundle.drivers.of_features(without_history(online, [order]))
    sure, finder = np.full(2, probability), Alternatives(bundle, online)

    what_ifs = store.read(lambda snapshot: finder.find(snapshot, [order], sure, contributions, AFTER))

    assert [len(each) for each in what_ifs] == [changes, changes]


def test_other_sizes_are_those_of_the_what_ifs_each_with_its_probability(scorer: Scorer) -> None:
    found = 0
    for order in [replace(each, lines=(one,)) for each in SHOP.orders() for one in each.lines]:
        scored_basket = scorer.score([order], AFTER, Explain.ALL)
        (scored,) = scored_basket.baskets[0].lines
        sizes = [each for each in (scored.why and scored.why.what_ifs) or () if each.change is OTHER_SIZE]

        best = scorer.other_sizes(scored_basket, {0: scored.probability})

        if sizes:
            assert best == {0: (sizes[0].size, sizes[0].probability)}
            found += 1
        assert all(then <= scored.probability - LEAST_GAIN for _, then in best.values())
    assert found > 0


def test_other_sizes_are_the_same_where_nothing_of_the_score_can_be_used_again(scorer: Scorer) -> None:
    found = []
    for order in SHOP.orders():
        again = scorer.score([order], AFTER, Explain.REASONS)
        assert again.basis is not None
        assert again.basis.asked.answer.worked is not None
        anew = replace(
            again,
            basis=replace(
                again.basis, asked=replace(again.basis.asked, answer=replace(again.basis.asked.answer, worked=None))
            ),
        )
        current = {place: each.probability for place, each in enumerate(again.baskets[0].lines)}

        sizes = scorer.other_sizes(again, current)

        assert sizes == scorer.other_sizes(anew, current)
        found += list(sizes)
    assert found


def test_the_drivers_alone_are_those_of_the_whole_explanation(scorer: Scorer) -> None:
    for order in SHOP.orders():
        scored = scorer.score([order], AFTER, Explain.ALL)
        drivers = [each.why.drivers for each in scored.baskets[0].lines if each.why and each.why.drivers]
        listed = [tuple(each.factor for each in own.factors if each.contribution > 0) for own in drivers]

        assert scorer.raising(scored) == listed
        assert listed
