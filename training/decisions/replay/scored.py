"""Makes the table of baskets to replay: scored as the service would have on their day, with what became of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data import tables
from data.arrays import Bools, Floats, Ints
from data.schema import ORDER_LINES, PRODUCTS, TIME
from features.catalog import REASON, REASON_INFERRED
from features.online.features import OnlineFeatures
from features.online_state.order import Order
from features.recipe import Recipe
from training.decisions.basket import SEGMENT_FEATURES
from training.decisions.policy import Segment
from training.decisions.replay import columns
from training.decisions.replay.columns import FEATURE, REASONS, About
from training.decisions.replay.columns import REASON as CHANCE
from training.decisions.replay.params import ReplayParams
from training.decisions.replay.sizes import Sizes, other_sizes
from training.evaluation.what_ifs import columns_of_orders, order_of
from training.model.bundle import Bundle
from training.model.level.days import DailyLevels
from training.model.split import DAY, Split

DRIVERS: Final = 2
"""So many of the factors that raise a score are its drivers for a policy, as in the service."""
OF_FACTORS: Final = 5
"""Among so many of the strongest factors, as the service lists no more."""

MOST_LINES: Final = 100_000
"""About so many lines are kept at most: it bounds the memory of a replay where baskets are large."""
FindSizes = Callable[[Bundle, OnlineFeatures, Sequence[Order], Floats], Sizes]


class SegmentOf(Protocol):
    """Gives the segment of a customer, as `training.decisions.basket.segment_of` by the shop's parameters."""

    def __call__(self, features: Mapping[str, float], *, guest: bool) -> Segment:
        """Give the segment by ``features`` of any line of the basket."""


@dataclass(frozen=True)
class Lines:
    """Lines of baskets, by time and basket: their rows of the ``matrix``, and their ``facts``, row by row the same.

    ``basket`` and ``unit``: numbers from 0 on, int64 of shape (n,).
    """

    matrix: pd.DataFrame
    facts: pd.DataFrame
    basket: Ints
    unit: Ints

    def of_units(self, chosen: Bools) -> "Lines":
        """Those of the units that are ``chosen``, bool of shape (units,), which get new numbers."""
        kept = chosen[self.unit]
        basket, unit = (np.unique(each[kept], return_inverse=True)[1] for each in (self.basket, self.unit))
        matrix, facts = (each[kept].reset_index(drop=True) for each in (self.matrix, self.facts))
        return Lines(matrix, facts, basket.astype(np.int64), unit.astype(np.int64))

    def counts(self) -> tuple[int, int]:
        """How many baskets and how many units they are of."""
        return len(np.unique(self.basket)), len(np.unique(self.unit))


def make(
    bundle: Bundle,
    lines: Lines,
    split: Split,
    levels: DailyLevels,
    segments: SegmentOf,
    params: ReplayParams,
    find_sizes: FindSizes = other_sizes,
) -> tuple[pa.Table, About]:
    """Make the table from the ``lines`` of `in_test`: the model learned from none of them."""
    baskets, units = lines.counts()
    kept = lines.of_units(sampled(lines, params))
    features = tuple(name for name in bundle.features if name in kept.matrix)
    until = bundle.learned_until
    about = About(
        split.test_from.isoformat(), split.test_until.isoformat(), (split.test_until - split.test_from) / DAY,
        baskets, units, *kept.counts(), bundle.level, None if until is None else until.isoformat(),
        bundle.reasons is not None, features,
    )  # fmt: skip
    content = {**_scores(kept, bundle, levels), **_facts(kept), **_of_baskets(kept, segments)}
    content |= _sizes(kept, bundle, np.asarray(content["probability"]), find_sizes)
    content |= {FEATURE + name: kept.matrix[name].to_numpy(np.float64, na_value=np.nan) for name in features}
    schema = columns.schema(features)
    return pa.table({name: pa.array(content[name], schema.field(name).type) for name in schema.names}), about


def in_test(matrix: Path, split: Split, recipe_columns: frozenset[str], validated: Path = tables.VALIDATED) -> Lines:
    """Read the lines of the test window, whatever became of them."""
    ordered = pc.field("ordered_at")
    inside = (ordered >= _scalar(split.test_from)) & (ordered < _scalar(split.test_until))
    rows: pd.DataFrame = ds.dataset(matrix).to_table(filter=inside, use_threads=False).to_pandas()
    rows = rows.sort_values(["ordered_at", "order_id", "line_id"], ignore_index=True)
    needed = ["line_id", *columns_of_orders(validated, recipe_columns)]
    present = tables.columns(ORDER_LINES, validated)
    of_orders = [*needed, *(name for name in ("size", "color") if name in present and name not in needed)]
    file = tables.checked(ORDER_LINES, validated)
    facts: pd.DataFrame = ds.dataset(file).to_table(columns=of_orders, filter=inside, use_threads=False).to_pandas()
    facts = facts.set_index("line_id").loc[rows["line_id"]].reset_index()
    basket = pd.factorize(rows["order_id"])[0].astype(np.int64)
    customers = facts["customer_id"]
    known = customers.where(customers.notna(), "basket " + pd.Series(basket).astype(str))
    unit = pd.factorize(known)[0].astype(np.int64)
    return Lines(rows, _with_products(facts, validated), basket, unit)


def sampled(lines: Lines, params: ReplayParams) -> Bools:
    """Draw whole units until they have ``params.baskets`` baskets, or `MOST_LINES`: bool of shape (units,)."""
    pairs = np.unique(np.stack([lines.unit, lines.basket]), axis=1)
    baskets, count = np.bincount(pairs[0]), np.bincount(lines.unit)
    shuffled = np.random.default_rng(params.seed).permutation(len(baskets))
    before, lines_before = (np.cumsum(each[shuffled]) - each[shuffled] for each in (baskets, count))
    chosen = np.zeros(len(baskets), dtype=bool)
    chosen[shuffled[(before < params.baskets) & (lines_before < MOST_LINES)]] = True
    return chosen


def _scalar(time: pd.Timestamp) -> pa.Scalar:
    return pa.scalar(time.to_pydatetime(), TIME)


def _with_products(facts: pd.DataFrame, validated: Path) -> pd.DataFrame:
    present = tables.columns(PRODUCTS, validated)
    wanted = [name for name in ("category", "department") if name in present]
    products: pd.DataFrame = tables.read(PRODUCTS, validated, ["product_id", *wanted]).to_pandas()
    return facts.merge(products, how="left", on="product_id", validate="many_to_one")


def _scores(lines: Lines, bundle: Bundle, levels: DailyLevels) -> dict[str, Any]:
    """Score each line at the level of its day, with reasons and drivers."""
    shift = levels.shifts(lines.matrix["ordered_at"])
    scores = bundle.score(lines.matrix, shift)
    x = bundle.rows(lines.matrix, bundle.features)
    of_reasons = bundle.reason_rows(x)
    chances = np.full((len(x), len(REASONS)), np.nan) if of_reasons is None else of_reasons
    return {
        "probability": scores.probability,
        "low": scores.low,
        "high": scores.high,
        "basket_share": scores.order_share + scores.customer_share,
        "product_share": scores.product_share,
        "drivers": _drivers(bundle, x[:, : len(bundle.score_features)]),
        **{CHANCE + each: chances[:, place] * scores.probability for place, each in enumerate(REASONS)},
    }


def _drivers(bundle: Bundle, x: Floats) -> list[list[str]]:
    drivers = bundle.drivers
    by_factor = drivers.of_factors(drivers.of_features(x))
    strongest = np.argsort(-np.abs(by_factor), axis=1, kind="stable")[:, :OF_FACTORS]
    return [
        [drivers.factors[place] for place in places if row[place] > 0][:DRIVERS]
        for places, row in zip(strongest.tolist(), by_factor.tolist(), strict=True)
    ]


def _facts(lines: Lines) -> dict[str, Any]:
    matrix, facts = lines.matrix, lines.facts
    recorded = matrix[REASON] if REASON in matrix else pd.Series(None, matrix.index, dtype=object)
    usable = recorded.isin(REASONS)
    if REASON_INFERRED in matrix:
        usable &= ~matrix[REASON_INFERRED].fillna(value=False).astype(bool)
    texts = {
        name: _text(facts[name]) if name in facts else [None] * len(facts)
        for name in ("product_id", "size", "color", "category", "department")
    }
    return {
        **texts,
        "value_minor": (facts["price_minor"] * facts["quantity"]).to_numpy(np.float64),
        "returned": [None if pd.isna(each) else bool(each) for each in matrix["label"]],
        "came_back_for": _text(recorded.where(usable & (matrix["label"] == 1))),
    }


def _text(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(each) else str(each) for each in column]


def _of_baskets(lines: Lines, segments: SegmentOf) -> dict[str, Any]:
    guest = lines.facts["customer_id"].isna().to_numpy(dtype=bool)
    return {
        "basket": lines.basket,
        "unit": lines.unit,
        "guest": guest,
        "at": lines.matrix["ordered_at"].dt.as_unit("us"),
        "segment": _segments(lines, guest, segments),
    }


def _segments(lines: Lines, guest: Bools, segments: SegmentOf) -> list[str]:
    """The segment of each line: that of the basket's first one, as in the service."""
    present = [name for name in SEGMENT_FEATURES if name in lines.matrix]
    rows = cast("list[Mapping[str, float]]", lines.matrix[present].to_dict("records"))
    first = np.unique(lines.basket, return_index=True)[1]
    of_basket = [segments(rows[place], guest=bool(guest[place])).value for place in first.tolist()]
    return [of_basket[basket] for basket in lines.basket.tolist()]


def _sizes(lines: Lines, bundle: Bundle, probability: Floats, find: FindSizes) -> dict[str, Any]:
    online = OnlineFeatures(Recipe.from_json(bundle.recipe), bundle.known_labels)
    found = find(bundle, online, list(_orders(lines)), probability)
    return {
        "other_size": [None if each is None else each[0] for each in found],
        "other_size_probability": [None if each is None else each[1] for each in found],
    }


def _orders(lines: Lines) -> Iterator[Order]:
    facts = lines.facts.astype(object)
    rows = cast("list[dict[str, Any]]", facts.where(facts.notna(), None).to_dict("records"))
    numbered = zip(lines.basket.tolist(), rows, strict=True)
    for _, pairs in groupby(numbered, key=lambda pair: pair[0]):
        yield order_of([row for _, row in pairs], 0)
