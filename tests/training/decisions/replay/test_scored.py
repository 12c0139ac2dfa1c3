"""The table holds each basket as the service would have looked at it."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.online.features import OnlineFeatures
from features.online_state.order import Order
from serving.decisions import looking
from serving.decisions.faults import ProductFaults
from serving.scores import Explain
from serving.scoring.scorer import Scorer
from tests.serving.decisions.shop import SEGMENTS
from tests.serving.served_shop import AFTER, COSTS, opened, shop_of_sizes
from tests.training.decisions.replay import small_table
from training.decisions.basket import ScoredBasket, segment_of
from training.decisions.earlier_reactions import EarlierReactions
from training.decisions.policy import Segment
from training.decisions.replay import columns, scored
from training.decisions.replay.baskets import ReplayBaskets
from training.decisions.replay.params import ReplayParams
from training.decisions.replay.scored import Lines, in_test, make, sampled
from training.decisions.replay.sizes import Sizes, sizes_in
from training.model.level.days import NO_LEVELS
from training.model.split import Span, Split

SHOP = shop_of_sizes()
WHOLE = ReplayParams(baskets=20_000, seed=1)
FOREVER = Span(pd.Timestamp(0), pd.Timestamp(0), pd.Timestamp(0))
SPLIT = Split(FOREVER, FOREVER, FOREVER, FOREVER, pd.Timestamp("2000-01-01"), pd.Timestamp("2100-01-01"))


def segment(features: Mapping[str, float], *, guest: bool) -> Segment:
    return segment_of(features, guest=guest, **SEGMENTS.model_dump())


def lines_of(orders: list[Order]) -> Lines:
    """The lines of orders, with the features that the service makes of them."""
    online = OnlineFeatures(SHOP.recipe)
    x = SHOP.store().read(lambda snapshot: online.ask(snapshot, orders, reasons=True)).features
    basket = np.repeat(np.arange(len(orders)), [len(order.lines) for order in orders])
    matrix = pd.DataFrame(x, columns=list(online.names))
    matrix["ordered_at"] = pd.to_datetime(AFTER + basket, unit="us")
    matrix["label"] = 1.0
    facts = pd.DataFrame(
        {
            "customer_id": order.customer_id, "product_id": line.product_id, "quantity": line.quantity,
            "price_minor": line.price_minor, "size": line.size, "color": line.color,
        }
        for place, order in enumerate(orders) for line in order.lines
    )  # fmt: skip
    return Lines(matrix, facts, basket, basket)


def as_served(scorer: Scorer, order: Order) -> ScoredBasket:
    """The basket as the decider of the service looks at it, with its drivers and all better sizes."""
    scored = scorer.score([order], AFTER, Explain.ALL)
    known = frozenset(scored.names)
    found = looking.look(order, scored, ProductFaults(Path("none"), 0.9), SEGMENTS, (), EarlierReactions(0, 0), known)
    found = looking.with_drivers(found, scorer.raising(scored))
    sizes: dict[int, tuple[str, float]] = {}
    for place, line in enumerate(found.lines):
        sizes |= scorer.other_sizes(scored, {place: line.probability})
    return looking.with_sizes(found, sizes)


def test_a_basket_is_kept_as_the_service_looks_at_it(tmp_path):
    orders = [order for order in SHOP.orders() if order.lines][:25]
    model = SHOP.model()
    scorer = Scorer(lambda: model, opened(SHOP.store()), COSTS, 0.3)

    find_sizes = partial(sizes_in, SHOP.store(), AFTER)
    made = make(SHOP.bundle, lines_of(orders), SPLIT, NO_LEVELS, segment, WHOLE, find_sizes)
    columns.write(*made, tmp_path / "replay")
    names = set(OnlineFeatures(SHOP.recipe).score_names)
    kept = ReplayBaskets.read(tmp_path / "replay", names, lambda _: frozenset())

    assert kept.about.kept_baskets == kept.about.baskets == 25
    for order, found in zip(orders, kept.baskets, strict=True):
        served = as_served(scorer, order)
        assert found.guest == (order.customer_id is None)
        assert (found.scored.segment, found.scored.level) == (served.segment, served.level)
        for ours, theirs in zip(found.scored.lines, served.lines, strict=True):
            for name in ("product_id", "value_minor", "size", "color", "drivers", "faults"):
                assert getattr(ours, name) == getattr(theirs, name)
            for name in ("probability", "low", "high", "basket_share", "product_share"):
                assert getattr(ours, name) == pytest.approx(getattr(theirs, name))
            assert ours.reasons == pytest.approx(theirs.reasons)
            assert ours.features == pytest.approx(theirs.features, nan_ok=True)
            assert (ours.other_size is None) == (theirs.other_size is None)
            if ours.other_size is not None:
                assert theirs.other_size is not None
                assert ours.other_size[0] == theirs.other_size[0]
                assert ours.other_size[1] == pytest.approx(theirs.other_size[1])
    assert any(line.other_size for basket in kept.baskets for line in basket.scored.lines)


def no_sizes(_: object, __: object, orders: Sequence[Order], ___: object) -> Sizes:
    return [None] * sum(len(order.lines) for order in orders)


def test_whole_customers_are_drawn_and_no_id_of_one_is_kept():
    lines = lines_of([order for order in SHOP.orders() if order.lines])
    unit = np.arange(len(np.unique(lines.basket)))[lines.basket] // 3
    lines = Lines(lines.matrix, lines.facts, lines.basket, unit)
    few = ReplayParams.model_construct(baskets=10, seed=3)

    table, about = make(SHOP.bundle, lines, SPLIT, NO_LEVELS, segment, few, no_sizes)

    assert sampled(lines, few).sum() == about.kept_units == 4
    assert about.kept_baskets == 10  # the last unit has a single basket, and the others three
    assert about.scale == about.units / 4
    assert "customer_id" not in table.column_names
    assert "order_id" not in table.column_names


def test_large_baskets_end_the_draw_before_there_are_many(monkeypatch):
    lines = lines_of([order for order in SHOP.orders() if order.lines])
    monkeypatch.setattr(scored, "MOST_LINES", 8)

    chosen = sampled(lines, WHOLE)

    assert 0 < chosen[lines.unit].sum() < 8 + max(np.bincount(lines.unit))


def test_the_lines_of_the_test_window_are_read_whatever_became_of_them(tmp_path):
    validated = SHOP.seed.parent / "validated"
    orders = pq.read_table(validated / "order_lines.parquet").to_pandas()
    matrix = orders[["line_id", "order_id", "ordered_at"]].sample(frac=1, random_state=1)
    matrix["label"] = np.where(np.arange(len(matrix)) % 2, 1.0, np.nan)
    matrix.to_parquet(tmp_path / "lines.parquet", index=False)
    first, last = orders["ordered_at"].quantile([0.2, 0.8])
    window = Split(FOREVER, FOREVER, FOREVER, FOREVER, first, last)

    lines = in_test(tmp_path / "lines.parquet", window, frozenset({"size"}), validated)

    inside = orders[(orders["ordered_at"] >= first) & (orders["ordered_at"] < last)]
    assert sorted(lines.matrix["line_id"]) == sorted(inside["line_id"])
    assert list(lines.facts["line_id"]) == list(lines.matrix["line_id"])
    assert lines.matrix["label"].isna().any()
    guests = lines.facts["customer_id"].isna()
    assert len(set(lines.unit)) == lines.facts["customer_id"].nunique() + len(set(lines.basket[guests]))


def test_small_tables_of_tests_have_the_schema(tmp_path):
    small_table.write(tmp_path / "replay")

    assert pq.read_schema(tmp_path / "replay" / columns.LINES).equals(columns.schema(small_table.about().features))
