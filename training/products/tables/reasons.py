"""Returns of each item by reason."""

import numpy as np
import pyarrow as pa

from data.arrays import Floats
from features.language.reasons import REASONS
from training.products import columns
from training.products.estimates.context import Context
from training.products.findings.reasons import (
    ReasonItems,
    Study,
    brands,
    categories,
    divided,
    fit_priors,
    products,
    shop,
    study,
    suppliers,
)


def table(context: Context) -> pa.Table:
    """Make the report's table of reasons; empty where no return has a recorded reason."""
    parts = []
    names = context.lines.names
    every = (
        ("category", categories, names.category),
        ("brand", brands, names.brand),
        ("supplier", suppliers, names.supplier),
        ("product", products, names.product),
    )
    levels = [level for level in every if level[2]]
    priors = {level: fit_priors(make(context, context.longest)) for level, make, _ in levels}
    for days in context.params.periods_days:
        chosen = context.within(days)
        parts.append(_rows("shop", ["shop"], days, _alone(shop(context, chosen))))
        for level, make, ids in levels:
            studied = study(make(context, chosen), priors[level], context.params.fault_ratio)
            parts.append(_rows(level, ids, days, studied))
    return pa.concat_tables(parts).combine_chunks()


def _alone(items: ReasonItems) -> Study:
    """Study the shop, which has no parent to compare with: its rates are not shrunk."""
    weight = (items.evidence.returned + items.evidence.kept)[:, None]
    nothing = np.full_like(items.returns, np.nan)
    share = divided(items.returns, items.recorded[:, None])
    return Study(items.returns, share, nothing, divided(items.returns, weight), nothing, nothing, nothing, [])


def _rows(level: str, ids: list[str], days: int, studied: Study) -> pa.Table:
    item, place = np.nonzero(studied.returns > 0)
    codes = pa.array([reason.value for reason in REASONS])
    values = {
        "level": pa.repeat(level, len(item)),
        "item_id": pa.array(ids, pa.string()).take(pa.array(item)),
        "period_days": pa.repeat(pa.scalar(days, pa.int32()), len(item)),
        "reason": codes.take(pa.array(place)),
        "returns": pa.array(studied.returns[item, place].astype(np.int64)),
        "share": _numbers(studied.share[item, place]),
        "parent_share": _numbers(studied.parent_share[item, place]),
        "rate": _numbers(studied.rate[item, place]),
        "expected_rate": _numbers(studied.expected[item, place]),
        "unusual_probability": _numbers(studied.unusual[item, place]),
        "excess_cost_minor": _numbers(studied.excess_cost_minor[item, place]),
    }
    return pa.table(values, schema=columns.REASONS.schema)


def _numbers(values: Floats) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)
