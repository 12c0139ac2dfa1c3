"""What customers could change: the latest orders are asked about, and each figure says what it says it does."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from data import tables
from data.arrays import Floats
from data.errors import UserError
from data.schema import ORDER_LINES
from features.online.features import OnlineFeatures
from features.online.what_if import Change
from features.online_state.order import Order, OrderLine, ProductFacts
from features.online_state.profiles import ProductRecord, write_product
from features.online_state.records import product_key
from features.online_state.restore import restore
from features.online_state.seed_file import write_about
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from features.stores.store import Snapshot
from tests.features import seeds
from tests.serving.served_shop import AFTER, ServedShop, served_shop, shop_of_sizes
from training import what_ifs
from training.evaluation import what_ifs as measured
from training.evaluation.what_ifs import FILE, WhatIfEffect, ask, effects, measure, read, read_orders
from training.model.bundle import Bundle, BundleScores

SHOP = shop_of_sizes()
COLUMNS = frozenset(SHOP.recipe.columns)
WITHOUT_SIZES, WITHOUT_COLORS, OTHER_SIZE = Change


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return SHOP.store()


def line(size: str | None, color: str | None = None, product_id: str = "p0", **given: Any) -> OrderLine:
    return replace(OrderLine(product_id, 1, 2000, size=size, color=color), **given)


def said(store: MemoryStore, order: Order, place: int, bundle: Bundle = SHOP.bundle) -> float:
    """The probability of a line of a basket that is asked about by itself."""
    online = OnlineFeatures(Recipe.from_json(bundle.recipe))
    features = store.read(lambda snapshot: online.ask(snapshot, [order])).features
    return float(bundle.score_rows(features[[place]]).probability[0])


def asked(store: MemoryStore, *orders: Order) -> pd.DataFrame:
    return ask(SHOP.bundle, OnlineFeatures(SHOP.recipe), store, orders)


def validated(shop: ServedShop = SHOP) -> Path:
    return shop.seed.parent / "validated"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as the stages before this one leave it."""
    return leave(SHOP, tmp_path, monkeypatch)


def leave(shop: ServedShop, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    for name, source in {"data/validated": validated(shop), "features/state": shop.seed}.items():
        (project / name).parent.mkdir()
        (project / name).symlink_to(source)
    shop.bundle.save(project / "training/bundle")
    choose(project, orders=30)
    return project


def choose(project: Path, orders: int) -> None:
    (project / "params.yaml").write_text(yaml.safe_dump({"what_ifs": {"orders": orders, "max_categories": 3}}))


def test_a_change_is_given_the_probability_that_the_model_says_of_the_changed_basket(store: MemoryStore) -> None:
    own, other = line("xl", "red", sizes_on_sale=()), line("m", "red", sizes_on_sale=())
    blue, alone = line("xl", "blue", sizes_on_sale=()), line("s", None, "p1", sizes_on_sale=())
    order = Order("c1", AFTER, (other, own, blue, alone))

    found = asked(store, Order("c2", AFTER, (alone,)), order).iloc[1:]

    assert found["probability"].tolist() == [said(store, order, place) for place in range(4)]
    without_sizes = replace(order, lines=(own, blue, alone))
    assert found[WITHOUT_SIZES].tolist()[1] == said(store, without_sizes, 0) < found["probability"].tolist()[1]
    assert found[WITHOUT_COLORS].tolist()[2] == said(store, replace(order, lines=(other, blue, alone)), 1)
    assert found[WITHOUT_SIZES].notna().tolist() == [True, True, True, False]
    assert found[WITHOUT_COLORS].notna().tolist() == [False, True, True, False]
    assert found[OTHER_SIZE].isna().all()


def test_of_two_sizes_the_one_with_the_lower_probability_counts(store: MemoryStore) -> None:
    own = line("l", sizes_on_sale=("m", "xl"))
    order = Order("c1", AFTER, (own,))
    smaller, larger = (said(store, replace(order, lines=(replace(own, size=size),)), 0) for size in ("m", "xl"))

    assert smaller < larger  # this shop's model has learned that lines in XL come back
    assert asked(store, order)[OTHER_SIZE].tolist() == [smaller]


def test_the_answers_do_not_hang_on_how_many_orders_are_asked_about_at_a_time(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = SHOP.orders()
    at_once = asked(store, *orders)
    sizes: list[int] = []
    ask_batch = measured._ask

    def counted(bundle: Bundle, online: OnlineFeatures, batch: Sequence[Order], snapshot: Snapshot) -> pd.DataFrame:
        sizes.append(len(batch))
        return ask_batch(bundle, online, batch, snapshot)

    monkeypatch.setattr(measured, "AT_ONCE", 7)
    monkeypatch.setattr(measured, "_ask", counted)

    pd.testing.assert_frame_equal(asked(store, *orders), at_once)
    assert sizes == [7, 7, 7, 7, 7, 5]
    assert len(at_once) == sum(len(order.lines) for order in orders)
    assert at_once[OTHER_SIZE].notna().any()


def test_an_effect_is_measured_on_the_lines_that_have_the_change() -> None:
    nan = np.nan
    frame = pd.DataFrame(
        {
            "probability": [0.5, 0.4, 0.3, 0.2],
            WITHOUT_SIZES.value: [0.25, 0.375, nan, 0.325],
            WITHOUT_COLORS.value: [nan] * 4,
            OTHER_SIZE.value: [nan, nan, 0.25, nan],
        }
    )

    found = effects(frame, np.array([True, True, True, False]))

    # of three lines two have it: means of 0.5 and 0.4, of 0.25 and 0.375; one of them falls by 0.05 or more
    assert astuple(found["without_other_sizes"]) == pytest.approx((2, 2 / 3, 0.45, 0.3125, -0.1375, 0.5))
    assert found["without_other_colors"] == WhatIfEffect(0, 0, None, None, None, None)
    assert found["other_size"].lowered == 1  # 0.05 itself is enough


def test_lines_are_sliced_by_category_and_basket_size_and_every_line_is_in_one_of_each() -> None:
    categories = ["shoes", "hats", "shoes", None, "bags", "shoes", "hats"]
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series(["c"] * 7, dtype="str"),
            "customer_lines": 0.0,
            "product_lines": 0.0,
            "basket_lines": [1, 2, 3, 4, 6, 7, 99],
            "price_minor": 100,
            "ordered_at": pd.Timestamp("2024-07-01"),
            "category": pd.Series(categories, dtype="str"),
            "probability": 0.5,
            **{change.value: [0.1, *[np.nan] * 6] for change in Change},
        }
    )

    overall, found = measure(frame, 2)

    assert [(piece.kind, piece.name, piece.lines) for piece in found] == [
        *(("basket_size", name, lines) for name, lines in (("1", 1), ("2-3", 2), ("4-6", 2), ("7+", 2))),
        *(("category", name, lines) for name, lines in (("shoes", 3), ("hats", 2), ("(other)", 2))),
    ]
    assert [piece.changes["other_size"].lines for piece in found] == [1, 0, 0, 0, 1, 0, 0]
    assert overall["other_size"].share == pytest.approx(1 / 7)


def test_the_category_of_a_line_is_the_one_that_the_state_knows_of_its_product() -> None:
    known = MemoryStore()
    shoes = write_product(ProductRecord(ProductFacts(category="shoes")))
    known.write(lambda transaction: transaction.put(product_key("p1"), shoes))
    online = OnlineFeatures(seeds.recipe_of(seeds.FEW_COLUMNS | {"category"}))
    order = Order("c", AFTER, (line(None), line(None, product_id="p1")))

    class Even:
        def score_rows(self, x: Floats) -> BundleScores:
            return BundleScores(*[np.full(len(x), 0.5)] * 8)

    found = ask(cast("Bundle", Even()), online, known, [order])["category"]

    assert found.isna().tolist() == [True, False]
    assert found[1] == "shoes"


@pytest.mark.parametrize("rows_in_a_group", [3, 1000])
def test_the_latest_orders_are_read_whole_wherever_the_file_is_cut(tmp_path: Path, rows_in_a_group: int) -> None:
    table = tables.read(ORDER_LINES, validated())
    pq.write_table(table, tables.path(ORDER_LINES, tmp_path), row_group_size=rows_in_a_group)
    rows = table.to_pylist()
    latest = list(dict.fromkeys(row["order_id"] for row in rows))  # the table is sorted by time

    for most in (1, 2, 7, 1000):
        found = read_orders(tmp_path, COLUMNS, most, AFTER)

        expected = [[row for row in rows if row["order_id"] == order_id] for order_id in latest[-most:]]
        assert [[each.product_id for each in order.lines] for order in found] == [
            [row["product_id"] for row in lines] for lines in expected
        ]
        assert [order.customer_id for order in found] == [lines[0]["customer_id"] for lines in expected]
        assert [order.lines[0].size for order in found] == [lines[0]["size"] for lines in expected]
        assert {order.ordered_at for order in found} == {AFTER}


def test_what_the_model_does_not_know_of_a_line_is_not_read() -> None:
    orders = read_orders(validated(), COLUMNS - {"size"}, 1000, AFTER)

    assert {each.size for order in orders for each in order.lines} == {None}
    assert {each.color for order in orders for each in order.lines} == {None, "red", "blue"}


def test_the_stage_asks_about_the_latest_orders_at_the_end_of_the_tables_and_repeats_its_bytes(project: Path) -> None:
    what_ifs.main()
    written = FILE.read_bytes()
    what_ifs.main()

    found, at = read(), SHOP.about.as_of
    assert found is not None
    assert at is not None
    assert FILE.read_bytes() == written
    assert found.as_of == pd.Timestamp(at, unit="us").isoformat()
    orders = read_orders(validated(), COLUMNS, 30, at)
    assert (found.orders, found.lines) == (30, sum(len(order.lines) for order in orders))
    of_seed = MemoryStore()
    restore(SHOP.seed, of_seed)
    overall, pieces = measure(asked(of_seed, *orders), 3)
    assert overall["other_size"].lines > 0
    for name, effect in overall.items():
        assert astuple(found.overall[name]) == pytest.approx(astuple(effect), abs=1e-6)
    assert [piece.name for piece in found.slices] == [piece.name for piece in pieces]
    assert json.loads(written) == json.loads(json.dumps(asdict(found)))
    choose(project, orders=3)
    what_ifs.main()
    fewer = read()
    assert fewer is not None
    assert fewer.orders == 3


def test_a_source_without_sizes_has_no_change_of_sizes_and_still_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(served_shop(), tmp_path, monkeypatch)

    what_ifs.main()

    found = read()
    assert found is not None
    assert found.lines > 0
    assert (
        found.overall["without_other_sizes"]
        == found.overall["other_size"]
        == WhatIfEffect(0, 0, None, None, None, None)
    )


def test_tables_without_a_line_are_refused(project: Path) -> None:
    table = tables.read(ORDER_LINES, validated())
    (project / "data/validated").unlink()
    tables.write(ORDER_LINES, table.select(ORDER_LINES.required).slice(0, 0), project / "data/validated")

    with pytest.raises(UserError, match=r"order lines in data/validated/order_lines\.parquet[\s\S]*none"):
        what_ifs.main()
    assert not FILE.exists()


def test_a_state_that_is_missing_is_refused(project: Path) -> None:
    (project / "features/state").unlink()

    with pytest.raises(UserError, match="the seed of the online state in features/state"):
        what_ifs.main()


@pytest.mark.parametrize(
    ("change", "found"), [({"state_digest": "x"}, "with other features"), ({"as_of": None}, "without orders")]
)
def test_a_state_that_does_not_fit_is_refused(project: Path, change: dict[str, Any], found: str) -> None:
    (project / "features/state").unlink()
    shutil.copytree(SHOP.seed, project / "features/state")
    write_about(replace(SHOP.about, **change), project / "features/state")

    with pytest.raises(UserError, match=f"a state {found}"):
        what_ifs.main()


def test_where_the_stage_has_not_run_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert read(tmp_path / "what_ifs.json") is None
