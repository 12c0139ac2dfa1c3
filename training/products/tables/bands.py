"""The lines of an item by bands (of customers, of discounts), and the return rate of each band."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.arrays import Bools, Floats, Ints
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence, grouped
from training.products.estimates.lines import ReportLines
from training.products.estimates.rates import posterior

Columns = dict[str, pa.Array]


@dataclass(frozen=True)
class BandLevel:
    """One level of items: ``item`` is the code of each line's item, ``parent`` the code of each item's parent.

    Codes of parents are those of the categories, then one last code for the shop.
    """

    name: str
    ids: Sequence[str]
    item: Ints
    parent: Ints


def levels(lines: ReportLines) -> Iterator[BandLevel]:
    """Give shop, categories and products; a product without a category has the shop as its parent."""
    names = lines.names
    shop = len(names.category)
    yield BandLevel("shop", ["shop"], np.zeros(len(lines.product), dtype=np.int64), np.array([shop]))
    yield BandLevel("category", names.category, lines.category, np.full(shop, shop))
    kinds = names.product_category
    yield BandLevel("product", names.product, lines.product, np.where(kinds < 0, shop, kinds))


def divided(context: Context, band: Ints, names: Sequence[str], column: str) -> pa.Table:
    """Divide the lines of the longest period, item by item; items in the order of `levels`, bands in that of ``names``.

    Parameters
    ----------
    band
        Each line's place in ``names``, shape (lines,); lines below 0 are left out.
    column
        The name of the column that holds the band's name.

    Returns
    -------
    pa.Table
        ``level``, ``item_id``, ``column``, ``lines``, ``share``, ``parent_share``, ``mean_price_minor``, ``rate``,
        ``rate_low80``, ``rate_high80``, ``expected_rate``: see `training.products.columns`. Empty bands have no row.
    """
    chosen = context.longest & (band >= 0)
    counts = _parents(context.lines, band, chosen, len(names))
    parts = [_level(context, level, band, chosen, counts, names) for level in levels(context.lines)]
    return pa.concat_tables(parts).rename_columns({"band": column})


def _parents(lines: ReportLines, band: Ints, chosen: Bools, width: int) -> Floats:
    """Give the share of each band in each category and, in the last row, in the shop: shape (categories + 1, width)."""
    kinds = len(lines.names.category) + 1
    cell = np.where(lines.category < 0, kinds - 1, lines.category)[chosen] * width + band[chosen]
    counts = np.bincount(cell, minlength=kinds * width).reshape(kinds, width).astype(np.float64)
    counts[-1] = counts.sum(axis=0)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0), dtype=np.float64)


def _level(
    context: Context, level: BandLevel, band: Ints, chosen: Bools, parents: Floats, names: Sequence[str]
) -> pa.Table:
    chosen = chosen & (level.item >= 0)
    width, items = len(names), len(level.ids)
    cell = level.item[chosen] * width + band[chosen]
    counts = np.bincount(cell, minlength=items * width)
    some = np.flatnonzero(counts)
    item, which = np.divmod(some, width)
    evidence, expected = _evidence(context, chosen, cell, some)
    rates = posterior(evidence, context.prior)
    price = np.bincount(cell, weights=context.lines.price_minor[chosen], minlength=items * width)
    return pa.table(
        {
            "level": pa.repeat(level.name, len(some)),
            "item_id": pa.array(level.ids, pa.string()).take(item),
            "band": pa.array(names, pa.string()).take(which),
            "lines": counts[some],
            "share": counts[some] / np.bincount(level.item[chosen], minlength=items)[item],
            "parent_share": parents[level.parent[item], which],
            "mean_price_minor": price[some] / counts[some],
            "rate": rates.mean,
            "rate_low80": rates.quantile(0.1),
            "rate_high80": rates.quantile(0.9),
            "expected_rate": expected,
        }
    )


def _evidence(context: Context, chosen: Bools, cell: Ints, some: Ints) -> tuple[Evidence, Floats]:
    """Give the evidence of the cells ``some``, and the mean expected rate of all their lines, observable or not."""
    count = int(some.max(initial=-1)) + 1
    total = np.bincount(cell, weights=context.expected[chosen], minlength=count)
    expected = total[some] / np.bincount(cell, minlength=count)[some]
    found = grouped(context.evidence.take(chosen), context.visible[chosen], cell, count).take(some)
    around = np.where(
        np.isnan(found.expected), expected, found.expected
    )  # where all lines are too young to be observed
    return Evidence(found.returned, found.kept, around), expected
