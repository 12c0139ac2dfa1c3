"""The table of items: the shop, each category, brand, supplier and product, in each period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from data.arrays import Floats, Ints
from training.products.columns import ITEMS, items_with
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence
from training.products.estimates.figures import Group, Rates, or_null
from training.products.estimates.lines import NONE, LineNames
from training.products.estimates.rates import Prior, fit_prior
from training.products.findings.trend import trend
from training.products.findings.upcoming import upcoming


@dataclass(frozen=True)
class ItemLevel:
    """One kind of item: the code of each line's item, the items' ids, and the evidence for their rates."""

    name: str
    codes: Ints
    ids: list[str]
    evidence: Evidence

    def group(self, chosen: Any) -> Group:
        """Group the lines ``chosen`` by item."""
        return Group(chosen, self.codes, len(self.ids), self.evidence)


def levels(context: Context) -> Iterator[ItemLevel]:
    """Give each level that the shop has; for categories and the shop the expected rate uses the buyers only."""
    lines, names = context.lines, context.lines.names
    yield ItemLevel("shop", np.zeros(len(lines), dtype=np.int64), ["shop"], context.evidence_of_buyers)
    yield ItemLevel("category", lines.category, names.category, context.evidence_of_buyers)
    for name, codes, ids in (
        ("brand", lines.brand, names.brand),
        ("supplier", lines.supplier, names.supplier),
        ("product", lines.product, names.product),
    ):
        yield ItemLevel(name, codes, ids, context.evidence)


@dataclass(frozen=True)
class Findings:
    """What other modules found about items; their rows show it too.

    ``spikes``, ``faults``: columns by product code, shape (products,). ``reasons``: the table of reasons.
    """

    spikes: Mapping[str, pa.Array]
    faults: Mapping[str, pa.Array]
    reasons: pa.Table


def items(context: Context, findings: Findings) -> pa.Table:
    """Make the table `columns.items_with` the shop's attributes, sorted by its key.

    An item has rows only for periods with lines of it.
    """
    parts: list[pa.Table] = []
    for level in levels(context):
        if level.ids:
            parts += _of_level(context, level, findings)
    table = pa.concat_tables(parts)
    return table.sort_by([(name, "ascending") for name in ITEMS.key])


def _of_level(context: Context, level: ItemLevel, findings: Findings) -> Iterator[pa.Table]:
    prior = prior_of(context, level)
    longest = level.group(context.longest)
    coming = upcoming(context, longest, figures.rates(context, longest, prior))
    for days in context.params.periods_days:
        yield _rows(context, level, days, prior, coming, findings)


def prior_of(context: Context, level: ItemLevel) -> Prior:
    """Learn how far the items of a level lie from their expected rates, over the longest period."""
    if level.name == "product":
        return context.prior
    return fit_prior(level.group(context.longest).grouped(context.visible))


def _rows(
    context: Context, level: ItemLevel, days: int, prior: Prior, coming: Mapping[str, Floats], findings: Findings
) -> pa.Table:
    group = level.group(context.within(days))
    found = figures.rates(context, group, prior)
    at = found.places
    columns: dict[str, Any] = {
        "level": pa.array([level.name] * len(at)),
        "item_id": pa.array(level.ids).take(pa.array(at)),
        "period_days": pa.array(np.full(len(at), days), pa.int32()),
        **_kinds(level, context.lines.names, at),
        **_attributes(level, context.lines.names, at),
        **figures.columns(context, group, found),
        **_before(context, level, days, prior, found),
        **{name: or_null(values[at]) for name, values in trend(context, group).items()},
        **{name: or_null(values[at]) for name, values in coming.items()},
        **_found(level, at, findings),
        **_prices(context, group, at),
    }
    schema = items_with(context.lines.names.attributes).schema
    return _with_reasons(pa.table(columns), level.name, days, findings.reasons).select(schema.names).cast(schema)


def _kinds(level: ItemLevel, names: LineNames, at: Ints) -> dict[str, pa.Array]:
    if level.name != "product":
        empty = pa.nulls(len(at), pa.string())
        own = {level.name: pa.array(level.ids).take(pa.array(at))} if level.name != "shop" else {}
        return {"name": empty, "category": empty, "brand": empty, "supplier": empty} | own
    return {
        "name": pa.array(names.name, pa.string()).take(pa.array(at)),
        "category": _labelled(names.category, names.product_category[at]),
        "brand": _labelled(names.brand, names.product_brand[at]),
        "supplier": _labelled(names.supplier, names.product_supplier[at]),
    }


def _attributes(level: ItemLevel, names: LineNames, at: Ints) -> dict[str, pa.Array]:
    if level.name == "product":
        return {each.column: values.take(pa.array(at)) for each, values in names.attributes.items()}
    return {each.column: pa.nulls(len(at), values.type) for each, values in names.attributes.items()}


def _labelled(labels: list[str], codes: Ints) -> pa.Array:
    return pa.array(labels, pa.string()).take(pa.array(codes, mask=codes == NONE))


def _before(context: Context, level: ItemLevel, days: int, prior: Prior, found: Rates) -> dict[str, Any]:
    group = level.group(context.within(days, days))
    before = figures.rates(context, group, prior)
    rate = np.full(len(level.ids), np.nan)
    if context.covers(days, days):
        rate[before.places] = before.posterior.mean
    return {"lines_before": group.lines()[found.places], "rate_before": or_null(rate[found.places])}


def _found(level: ItemLevel, at: Ints, findings: Findings) -> dict[str, pa.Array]:
    columns = {**findings.spikes, **findings.faults}
    if level.name == "product":
        return {name: column.take(pa.array(at)) for name, column in columns.items()}
    return {name: pa.nulls(len(at), column.type) for name, column in columns.items()}


def _prices(context: Context, group: Group, at: Ints) -> dict[str, pa.Array]:
    lines = context.lines
    known = ~np.isnan(lines.discount_share)
    count, listed = group.lines(), group.sums(known)
    discount = group.sums(np.where(known, lines.discount_share, 0.0))
    return {
        "mean_price_minor": pa.array((group.sums(lines.price_minor) / np.maximum(count, 1))[at]),
        "discount_share": or_null(np.divide(discount, listed, out=np.full(group.count, np.nan), where=listed > 0)[at]),
    }


def _with_reasons(table: pa.Table, level: str, days: int, reasons: pa.Table) -> pa.Table:
    """Add the most frequent reason of each item; of equally frequent reasons, the first by name."""
    frame = reasons.select(
        ["level", "item_id", "period_days", "reason", "returns", "share", "parent_share"]
    ).to_pandas()
    frame = frame[(frame["level"] == level) & (frame["period_days"] == days) & (frame["returns"] > 0)]
    top = frame.sort_values(["returns", "reason"], ascending=[False, True]).drop_duplicates("item_id")
    found = top.set_index("item_id").reindex(table["item_id"].to_pylist())
    added = {"top_reason": "reason", "top_reason_share": "share", "top_reason_category_share": "parent_share"}
    for name, source in added.items():
        kind = pa.string() if name == "top_reason" else pa.float64()
        table = table.append_column(name, pa.array(found[source], kind, from_pandas=True))
    return table
