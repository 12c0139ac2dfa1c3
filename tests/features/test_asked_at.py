"""The scoring time may differ from the time of the order: tables and baskets agree on the facts before it."""

from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.build import _entry
from features.definitions.selection import lacking
from features.offline import matrix as feature_matrix
from features.offline.lines import prepare
from features.offline.local.matrix import Matrix
from features.online.features import OnlineFeatures
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.stores.memory import MemoryStore
from tests.features import seeds
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.event_log import event_log
from tests.features.parity import Comparison, Offline
from tests.features.states import state_of

DAY = 86_400_000_000
T = 1_700_000_000_000_000


def asked_at(ordered_at: Any) -> Any:
    """Six days before the order, at it, or up to 18 days after it; of a number, and of a column."""
    return ordered_at + (ordered_at // (DAY // 2) % 5 - 1) * 6 * DAY


def matrix(validated: Path, folder: Path) -> OnlineFeatures:
    """Write the matrix at these scoring times, and give the online features for the same times."""
    folder.mkdir()
    backend = feature_matrix.connect(PARAMS, folder)
    lines = prepare(backend, validated, OUTCOME)
    moved = lines.table.mutate(asked_at=asked_at(lines.table["ordered_at"]))
    later = replace(lines, table=moved, attributes=())
    recipe = feature_matrix.recipe_of(later, PARAMS, OUTCOME)
    pq.write_table(Matrix(backend, later, recipe, PARAMS).whole(), folder / "lines.parquet")
    backend.disconnect()
    return OnlineFeatures(recipe)


@pytest.mark.parametrize("seed", [7, 8])
def test_tables_and_baskets_agree_on_scoring_times_before_and_after_the_order(seed: int, tmp_path: Path) -> None:
    validated = crowded_shop(seed=seed, lives=True).write(tmp_path / "validated")
    online, log = matrix(validated, tmp_path / "matrix"), event_log(validated)
    compared = Comparison(online, Offline.read(tmp_path / "matrix", online.names))
    live = state_of(online)
    questions = [(asked_at(each.order.ordered_at), each) for moment in log for each in moment.placed]
    questions.sort(key=itemgetter(0))

    for moment in log:
        while questions and questions[0][0] <= moment.at:
            at, placed = questions.pop(0)
            while live.advance(at):
                pass
            ask = partial(online.ask, orders=[placed.order], reasons=True, asked_at=[at])
            compared.hold(placed, live.store.read(ask).features)
        live.apply(moment.events, moment.at)

    assert compared.lines > 150
    assert compared.examples == []


def test_ages_end_at_the_scoring_time_and_the_calendar_is_that_of_the_order() -> None:
    online = OnlineFeatures(seeds.recipe_of(seeds.EVERY_COLUMN))
    line = OrderLine("p", 1, 1000, product=ProductFacts(launched_at=T - 3 * DAY))
    order = Order("someone", T, (line,), customer=CustomerFacts(registered_at=T - 5 * DAY))

    then, later = (MemoryStore().read(partial(online.ask, orders=[order], asked_at=at)) for at in (None, [T + DAY]))

    changed = {
        name: (before, after)
        for name, before, after in zip(online.score_names, then.features[0], later.features[0], strict=True)
        if before != after and not (np.isnan(before) and np.isnan(after))
    }
    assert changed == {"product_age_days": (3, 4), "customer_tenure_days": (5, 6)}


def test_the_catalog_names_the_column_of_the_tables_that_the_moment_is_read_from() -> None:
    features = {feature.name: feature for feature in seeds.recipe_of(seeds.EVERY_COLUMN).features()}

    assert _entry(features["product_age_days"]).source == ("ordered_at", "launched_at")
    assert lacking(features["product_age_days"], seeds.EVERY_COLUMN - {"ordered_at"}) == {"ordered_at"}
