"""A made-up product report, small for tests and large for the benchmark.

``python -m tests.serving.products.small_report FOLDER`` writes it. Its figures are consistent like those of a real one.
"""

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from data import attributes
from data.arrays import Floats, Ints
from data.attributes import Attribute, Kind
from data.schema import TIME
from training.products import columns

AS_OF = datetime(2026, 6, 1)
PERIODS = (30, 90, 365)
WEEKS = 52
COST_OF_RETURN = 620.0
MOST_ALERTS = 3000
CATEGORIES = ("dresses", "headphones", "jackets", "jeans", "lamps", "shirts", "shoes", "toys")
BRANDS = ("Aster", "Birch", "Cedar", "Dahlia", "Elm", "Fern", "Gorse", "Hazel", "Iris", "Juniper")
SUPPLIERS = ("East Mill", "Harbour & Sons", "Nordwerk", "Plain Goods", "Silk Road")
SIZES = ("xs", "s", "m", "l", "xl")
COLORS = ("black", "red", "white")
SEGMENTS = ("new", "active", "occasional", "lapsing", "lost", "guest")
REASONS = ("SIZE_TOO_SMALL", "SIZE_TOO_LARGE", "DEFECTIVE", "NOT_AS_DESCRIBED", "STYLE", "UNWANTED")
SPECIAL_NAMES: Mapping[int, str | None] = {
    1: "=HYPERLINK(1)",
    2: "<script>alert(1)</script>",
    3: "100%_wool",
    4: "100 wool",
    5: "夏季连衣裙",
    6: None,
    7: 'Coat, "long"',
}
"""Names that a careless page, search or CSV breaks on, by the product's number."""
ODD_IDS = (
    "..", ".", "a/../b", "//x", "50% #1?", "a&b=c+d", "a\\b", "two  words", "连衣裙", "turned\u202eback", "100%2F",
)  # fmt: skip
"""Ids that a careless address breaks on; the report has none of them."""


ATTRIBUTES = tuple(
    Attribute(name, "products", kind)
    for name, kind in (("material", Kind.CATEGORY), ("rating", Kind.NUMBER), ("washable", Kind.FLAG))
)
MATERIALS = ("<b>wool</b>", "cotton & linen", "silk", None)
WASHABLE = (True, False, None)


@dataclass(frozen=True)
class Shop:
    """The truth of the made-up shop: arrays of one value a product, and the lines that each sells in a day."""

    category: Ints
    brand: Ints
    supplier: Ints
    daily: Floats
    expected: Floats
    excess: Floats
    fault: Ints
    price: Floats

    @property
    def size(self) -> int:
        return len(self.category)


def write(
    folder: Path,
    products: int = 40,
    *,
    seed: int = 7,
    report_id: str = "small-1",
    declared: tuple[Attribute, ...] = (),
) -> Path:
    """Write a whole report to ``folder`` and give the folder; about.json comes last, as it marks a complete report.

    ``declared``: attributes of products; those that are not in `ATTRIBUTES` are missing everywhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    shop = _shop(products, rng)
    items = _items(shop, declared)
    tables = {
        "items": items,
        "variants": _variants(shop, rng),
        "reasons": _reasons(shop, items),
        "weekly": _weekly(shop, rng),
        "buyers": _shares(shop, "segment", SEGMENTS, rng),
        "prices": _shares(shop, "discount", columns.DISCOUNT_BANDS, rng),
        "segments": _segments(),
        "alerts": _alerts(shop, items),
    }
    for table in columns.tables(declared):
        parquet.write_table(tables[table.name], folder / table.file)
    attributes.write(declared, folder)
    (folder / columns.OVERVIEW).write_text(json.dumps(_overview(items), indent=1))
    (folder / columns.ABOUT).write_text(json.dumps(_about(items, products, report_id), indent=1))
    return folder


def product_id(number: int) -> str:
    """The id of product ``number``, counted from 0."""
    return f"P-{number:06d}"


def alert_id(product: str, kind: str) -> str:
    """The id that the product's alert of this kind keeps from report to report."""
    return hashlib.sha256(f"{product}:{kind}".encode()).hexdigest()[:16]


def table_of(table: columns.ReportTable, values: Mapping[str, Any]) -> pa.Table:
    """Make one table of the report of ``values`` by column; columns that are not given are missing."""
    count = len(next(iter(values.values())))
    unknown = set(values) - set(table.schema.names)
    if unknown:
        raise KeyError(f"no columns of {table.name}: {sorted(unknown)}")
    arrays = []
    for field in table.schema:
        given = values.get(field.name)
        made = pa.nulls(count, field.type) if given is None else pa.array(given, from_pandas=True).cast(field.type)
        arrays.append(made)
    return pa.Table.from_arrays(arrays, schema=table.schema)


def _shop(products: int, rng: np.random.Generator) -> Shop:
    category = np.arange(products) % len(CATEGORIES)
    faulty = np.arange(products) % 9 == 0
    return Shop(
        category=category,
        brand=np.arange(products) // 3 % len(BRANDS),
        supplier=np.arange(products) // 5 % len(SUPPLIERS),
        daily=np.round(rng.lognormal(0.0, 1.0, products), 3) + 0.05,
        expected=0.15 + 0.05 * category.astype(np.float64),
        excess=np.where(faulty, 0.15 + 0.1 * rng.random(products), rng.normal(0, 0.03, products)),
        fault=np.where(faulty, np.arange(products) // 9 % len(columns.FAULTS), -1),
        price=np.round(rng.lognormal(8.3, 0.5, products)),
    )


def _names(shop: Shop) -> list[str | None]:
    plain = (f"{CATEGORIES[code].capitalize()} no. {number}" for number, code in enumerate(shop.category))
    return [SPECIAL_NAMES.get(number, name) for number, name in enumerate(plain)]


def _pick(names: Sequence[str], codes: Ints) -> list[str | None]:
    return [None if code < 0 else names[code] for code in codes.tolist()]


def _figures(lines: Floats, expected: Floats, excess: Floats, days: float = 30.0) -> dict[str, Any]:
    """Counts, rate and money of items with so many ``lines``; the interval is that of a binomial share."""
    rate = np.clip(expected + excess, 0.01, 0.95)
    deviation = np.sqrt(rate * (1 - rate) / (lines + 20))
    closed = np.floor(lines * np.clip(1 - 14 / days, 0.2, 1))
    returned = np.round(rate * lines * 0.95)
    return {
        "lines": lines.astype(np.int64),
        "closed_lines": closed.astype(np.int64),
        "returned_lines": returned.astype(np.int64),
        "unsettled_share": np.where(lines > 0, (lines - closed) / np.maximum(lines, 1) * (1 - rate), np.nan),
        "closed_rate": np.where(closed > 0, rate * 0.98, np.nan),
        "rate": rate,
        "rate_low80": np.clip(rate - 1.28 * deviation, 0, 1),
        "rate_high80": np.clip(rate + 1.28 * deviation, 0, 1),
        "rate_low95": np.clip(rate - 1.96 * deviation, 0, 1),
        "rate_high95": np.clip(rate + 1.96 * deviation, 0, 1),
        "expected_rate": expected,
        "excess_rate": rate - expected,
        "excess_returns": (rate - expected) * lines,
        "excess_probability": 1 / (1 + np.exp(-1.7 * (rate - expected) / deviation)),
        "return_cost_minor": rate * lines * COST_OF_RETURN,
        "excess_cost_minor": (rate - expected) * lines * COST_OF_RETURN,
    }


def _items(shop: Shop, declared: tuple[Attribute, ...]) -> pa.Table:
    parts = [_level_items(shop, level, days, declared) for level in columns.LEVELS for days in PERIODS]
    return pa.concat_tables(parts).sort_by(
        [("level", "ascending"), ("item_id", "ascending"), ("period_days", "ascending")]
    )


def _groups(shop: Shop, level: str) -> tuple[Sequence[str], Ints]:
    """The items of a level and, for each product, its item's place among them."""
    match level:
        case "shop":
            return ("shop",), np.zeros(shop.size, dtype=np.int64)
        case "category":
            return CATEGORIES, shop.category
        case "brand":
            return BRANDS, shop.brand
        case "supplier":
            return SUPPLIERS, shop.supplier
    return [product_id(number) for number in range(shop.size)], np.arange(shop.size)


def _level_items(shop: Shop, level: str, days: int, declared: tuple[Attribute, ...]) -> pa.Table:
    ids, codes = _groups(shop, level)
    weight = np.round(shop.daily * days)
    lines = np.bincount(codes, weight, len(ids)).astype(np.float64)
    share = np.maximum(lines, 1)
    expected = np.bincount(codes, weight * shop.expected, len(ids)) / share
    excess = np.bincount(codes, weight * shop.excess, len(ids)) / share
    figures = _figures(lines, np.where(lines > 0, expected, 0.3), excess, days)
    upcoming = figures["rate"] * np.minimum(lines, 14 * lines / days)
    values = {
        "level": [level] * len(ids),
        "item_id": list(ids),
        "period_days": np.full(len(ids), days),
        **figures,
        "lines_before": np.round(lines * 0.9).astype(np.int64),
        "rate_before": figures["rate"] * 0.97,
        "trend_points": excess * 0.1,
        "trend_low95": excess * 0.1 - 0.01,
        "trend_high95": excess * 0.1 + 0.01,
        "upcoming_returns": upcoming,
        "upcoming_low80": np.maximum(upcoming - 1.28 * np.sqrt(upcoming), 0),
        "upcoming_high80": upcoming + 1.28 * np.sqrt(upcoming),
        "upcoming_low95": np.maximum(upcoming - 1.96 * np.sqrt(upcoming), 0),
        "upcoming_high95": upcoming + 1.96 * np.sqrt(upcoming),
        "top_reason": ["SIZE_TOO_SMALL"] * len(ids),
        "top_reason_share": np.full(len(ids), 0.3),
        "top_reason_category_share": np.full(len(ids), 0.3),
    }
    own = _own(shop, excess) | _declared(shop, declared) if level == "product" else {}
    return table_of(columns.items_with(declared), values | own)


def _declared(shop: Shop, declared: tuple[Attribute, ...]) -> dict[str, Any]:
    """The attributes of each product: labels and flags by turns, ratings from 1 to 4.8, some missing."""
    numbers = range(shop.size)
    values: dict[str, list[Any]] = {
        "material": [MATERIALS[number % len(MATERIALS)] for number in numbers],
        "rating": [None if number % 10 == 9 else 1 + number % 40 / 10 for number in numbers],
        "washable": [WASHABLE[number % len(WASHABLE)] for number in numbers],
    }
    return {each.column: values.get(each.name) for each in declared}


def _own(shop: Shop, excess: Floats) -> dict[str, Any]:
    """The columns that only products have."""
    spikes = (np.arange(shop.size) % 18 == 9) & (excess > 0)
    faulty = shop.fault >= 0
    reason = np.where(faulty, shop.fault, np.arange(shop.size) % len(REASONS))
    return {
        "name": _names(shop),
        "category": _pick(CATEGORIES, shop.category),
        "brand": _pick(BRANDS, shop.brand),
        "supplier": _pick(SUPPLIERS, shop.supplier),
        "spike": spikes,
        "spike_since": [AS_OF - timedelta(days=42) if spike else None for spike in spikes],
        "spike_reason": [None] * len(spikes),
        "spike_p_value": np.where(spikes, 0.001, 0.4),
        "spike_rate_before": np.where(spikes, shop.expected, np.nan),
        "spike_rate_after": np.where(spikes, shop.expected + 0.2, np.nan),
        "top_reason": _pick(REASONS, reason),
        "top_reason_share": np.where(faulty, 0.61, 0.3),
        "fault": _pick(columns.FAULTS, shop.fault),
        "fault_probability": np.where(faulty, 0.97, np.nan),
        "mean_price_minor": shop.price,
        "discount_share": np.full(shop.size, 0.12),
    }


def _variants(shop: Shop, rng: np.random.Generator) -> pa.Table:
    labels = [("color", each) for each in COLORS] + [("size", each) for each in SIZES]
    product = np.repeat(np.arange(shop.size), len(labels))
    lines = np.round(shop.daily[product] * PERIODS[-1] / 4)
    excess = shop.excess[product] + rng.normal(0, 0.02, len(product))
    values = {
        "product_id": [product_id(number) for number in product.tolist()],
        "dimension": [dimension for dimension, _ in labels] * shop.size,
        "value": [value for _, value in labels] * shop.size,
        **_figures(lines, shop.expected[product], excess, PERIODS[-1]),
    }
    return table_of(columns.VARIANTS, values)


def _reasons(shop: Shop, items: pa.Table) -> pa.Table:
    """The table of reasons; a product's fault raises the share of its reason."""
    chosen = items.filter(pa.compute.is_in(items["level"], pa.array(["shop", "category", "product"])))
    levels, ids = chosen["level"].to_numpy(zero_copy_only=False), chosen["item_id"].to_numpy(zero_copy_only=False)
    fault = np.full(len(ids), -1)
    own = levels == "product"
    fault[own] = shop.fault[[int(each.removeprefix("P-")) for each in ids[own]]]
    weights = np.tile(np.array([0.3, 0.2, 0.1, 0.1, 0.15, 0.15]), (len(ids), 1))
    weights[fault >= 0, fault[fault >= 0]] += 0.6
    share = (weights / weights.sum(axis=1, keepdims=True)).ravel()
    rows = np.repeat(np.arange(len(ids)), len(REASONS))
    place = np.tile(np.arange(len(REASONS)), len(ids))
    parent = np.array([0.3, 0.2, 0.1, 0.1, 0.15, 0.15])[place]
    returned, rate = chosen["returned_lines"].to_numpy()[rows], chosen["rate"].to_numpy()[rows]
    expected = chosen["expected_rate"].to_numpy()[rows]
    values = {
        "level": levels[rows],
        "item_id": ids[rows],
        "period_days": chosen["period_days"].to_numpy()[rows],
        "reason": [REASONS[each] for each in place.tolist()],
        "returns": np.round(returned * share).astype(np.int64),
        "share": share,
        "parent_share": parent,
        "rate": rate * share,
        "expected_rate": expected * parent,
        "unusual_probability": np.where(place == fault[rows], 0.97, 0.05),
        "excess_cost_minor": (rate * share - expected * parent) * returned * COST_OF_RETURN,
    }
    return table_of(columns.REASONS, values)


def _weekly(shop: Shop, rng: np.random.Generator) -> pa.Table:
    """Week by week; a product's weeks without lines are left out."""
    mondays = np.array([AS_OF - timedelta(weeks=WEEKS - week) for week in range(WEEKS)], dtype="datetime64[us]")
    sold = rng.poisson(np.repeat(shop.daily[:, None] * 7, WEEKS, axis=1))
    parts = []
    for level in columns.LEVELS:
        ids, codes = _groups(shop, level)
        lines = np.zeros((len(ids), WEEKS))
        expected, excess = np.zeros(len(ids)), np.zeros(len(ids))
        np.add.at(lines, codes, sold)
        np.add.at(expected, codes, shop.expected * shop.daily)
        np.add.at(excess, codes, shop.excess * shop.daily)
        daily = np.bincount(codes, shop.daily, len(ids))
        item, week = np.nonzero(lines)
        figures = _figures(lines[item, week], (expected / daily)[item], (excess / daily)[item])
        open_share = np.where(week >= WEEKS - 2, 0.5, 0.0)
        returned = rng.binomial(lines[item, week].astype(np.int64), figures["rate"] * (1 - open_share))
        values = {
            "level": [level] * len(item),
            "item_id": np.array(ids, dtype=object)[item],
            "week": mondays[week],
            "lines": lines[item, week].astype(np.int64),
            "returned_lines": returned,
            "unsettled_share": open_share,
            **{name: figures[name] for name in ("rate", "rate_low80", "rate_high80", "expected_rate")},
            "returned_weight": returned.astype(np.float64),
            "kept_weight": (lines[item, week] - returned) * (1 - open_share),
        }
        parts.append(table_of(columns.WEEKLY, values))
    return pa.concat_tables(parts)


def _shares(shop: Shop, name: str, values: Sequence[str], rng: np.random.Generator) -> pa.Table:
    """Lines by segment of the buyers or by band of discount."""
    table = columns.BUYERS if name == "segment" else columns.PRICES
    parts = []
    for level in ("shop", "category", "product"):
        ids, codes = _groups(shop, level)
        lines = np.bincount(codes, np.round(shop.daily * PERIODS[-1]), len(ids))
        share = rng.dirichlet(np.full(len(values), 5.0), len(ids)).ravel()
        each = np.repeat(np.arange(len(ids)), len(values))
        figures = _figures(np.round(lines[each] * share), np.full(len(each), 0.3), rng.normal(0, 0.02, len(each)))
        kept = ("lines", "rate", "rate_low80", "rate_high80", "expected_rate")
        own: dict[str, Any] = {"parent_share": np.full(len(each), 1 / len(values))}
        if name == "discount":
            own = {"mean_price_minor": np.full(len(each), 4200.0)}
        made = {
            "level": [level] * len(each),
            "item_id": np.array(ids, dtype=object)[each],
            name: list(values) * len(ids),
        }
        parts.append(table_of(table, {**made, "share": share, **own, **{one: figures[one] for one in kept}}))
    return pa.concat_tables(parts)


def _segments() -> pa.Table:
    names = [("activity", each) for each in columns.ACTIVITIES] + [("value", each) for each in columns.VALUES]
    number = np.arange(len(names), dtype=np.float64)
    profit = 2500 - 300 * number
    values = {
        "segmentation": [segmentation for segmentation, _ in names],
        "segment": [segment for _, segment in names],
        "customers": (100 + 50 * number).astype(np.int64),
        "lines": (900 - 40 * number).astype(np.int64),
        "rate": 0.25 + 0.02 * number,
        "rate_low95": 0.23 + 0.02 * number,
        "rate_high95": 0.27 + 0.02 * number,
        "expected_rate": np.full(len(names), 0.3),
        "profit_minor": profit,
        "profit_low95_minor": profit - 200,
        "profit_high95_minor": profit + 200,
        "profit_total_minor": profit * (100 + 50 * number),
    }
    return table_of(columns.SEGMENTS, values)


def _alerts(shop: Shop, items: pa.Table) -> pa.Table:
    """One alert for each fault, and one for each spike."""
    cost = dict(_longest(items, "excess_cost_minor"))
    rows: list[tuple[Any, ...]] = []
    for number in np.flatnonzero(shop.fault >= 0).tolist():
        product, kind = product_id(number), columns.FAULTS[shop.fault[number]]
        evidence = "returned for this in {share:percent} of {returns:count} returns, category {category_share:percent}"
        numbers = {"share": 0.61, "category_share": 0.34, "returns": 143, "sizes": ["s", "m"]}
        advice = "check the size chart of {sizes:list}"
        rows.append((product, kind, cost[product], 0.97, None, evidence, advice, numbers))
        if number % 18 == 9:
            since = AS_OF - timedelta(days=42)
            evidence = "{rate_after:percent} since {since:date}, {rate_before:percent} before"
            numbers = {"rate_after": 0.5, "rate_before": 0.3, "since": since.date().isoformat()}
            rows.append(
                (product, "spike", cost[product] / 2, 0.93, since, evidence, "look at the latest delivery", numbers)
            )
    rows = sorted(rows, key=lambda row: (-row[2], row[0], row[1]))[:MOST_ALERTS]
    names = ("product_id", "kind", "cost_minor", "probability", "since", "evidence", "advice", "numbers")
    values: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    values["numbers"] = [json.dumps(each) for each in values["numbers"]]
    values["since"] = pa.array(values["since"], TIME)
    return table_of(columns.ALERTS, {"alert_id": [alert_id(row[0], row[1]) for row in rows], **values})


def _longest(items: pa.Table, column: str) -> list[tuple[str, float]]:
    chosen = items.filter(pa.compute.equal(items["period_days"], PERIODS[-1]))
    return list(zip(chosen["item_id"].to_pylist(), chosen[column].to_pylist(), strict=True))


def _about(items: pa.Table, products: int, report_id: str) -> dict[str, Any]:
    lines = sum(row["lines"] for row in _of_shop(items) if row["period_days"] == PERIODS[-1])
    return {
        "as_of": AS_OF.isoformat(),
        "shop": "made up",
        "currency": "EUR",
        "periods_days": list(PERIODS),
        "history_from": (AS_OF - timedelta(weeks=WEEKS)).isoformat(),
        "upcoming_days": 28,
        "fault_ratio": 1.5,
        "min_probability": 0.9,
        "false_discovery_rate": 0.1,
        "spike_weeks": 8,
        "lines": lines,
        "products": products,
        "return_fixed_minor": 300,
        "return_value_share": 0.1,
        "margin_share": 0.4,
        "has_reasons": True,
        "has_list_prices": True,
        "report_id": report_id,
    }


def _of_shop(items: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = items.filter(pa.compute.equal(items["level"], "shop")).to_pylist()
    return rows


def _overview(items: pa.Table) -> dict[str, Any]:
    return {"periods": [_period(row) for row in _of_shop(items)]}


def _period(row: Mapping[str, Any]) -> dict[str, Any]:
    days, longest = row["period_days"], row["period_days"] == PERIODS[-1]
    current, before = _shop_figures(row, 0), _shop_figures(row, days)
    return {
        "days": days,
        "current": current,
        "before": None if longest else before,
        "year_before": _shop_figures(row, 364),
        "against_before": None if longest else _change(current, before),
        "against_year_before": _change(current, _shop_figures(row, 364)),
    }


def _shop_figures(row: Mapping[str, Any], days_ago: int) -> dict[str, Any]:
    until = AS_OF - timedelta(days=days_ago)
    less = 1 - 0.04 * (days_ago > 0)
    value = row["lines"] * 4200.0
    return {
        "since": (until - timedelta(days=row["period_days"])).isoformat(),
        "until": until.isoformat(),
        "lines": int(row["lines"] * less),
        "closed_lines": int(row["lines"] * less) if days_ago else row["closed_lines"],
        "returned_lines": int(row["returned_lines"] * less),
        "unsettled_share": 0.0 if days_ago else row["unsettled_share"],
        "closed_rate": row["closed_rate"] * less,
        "rate": row["rate"] * less,
        "rate_low95": row["rate_low95"] * less,
        "rate_high95": row["rate_high95"] * less,
        "value_minor": value,
        "returned_value_minor": value * row["rate"],
        "return_cost_minor": row["return_cost_minor"] * less,
    }


def _change(current: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    total = current["closed_rate"] - other["closed_rate"]
    shares = {"products": 0.5, "customers": 0.25, "discounts": -0.1}
    parts = [{"name": name, "points": total * share} for name, share in shares.items()]
    rest = total - sum(part["points"] for part in parts)
    return {"total_points": total, "parts": [*parts, {"name": "rate", "points": rest}]}


def main() -> None:
    """Write a report to the folder that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.serving.products.small_report", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--products", type=int, default=40)
    parser.add_argument("--attributes", action="store_true", help="with attributes that the shop declares")
    given = parser.parse_args()
    print(write(given.folder, given.products, declared=ATTRIBUTES if given.attributes else ()))


if __name__ == "__main__":
    main()
