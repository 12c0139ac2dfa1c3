"""Slices of the test lines: for which customers, products and orders the model is better or worse.

Each kind of slice is a partition: every test line is in exactly one slice of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from data.attributes import Attribute, Kind
from data.number_format import ENGLISH

BASKET_SIZES = {"1": 1, "2-3": 3, "4-6": 6, "7+": None}
"""Name of a slice to the largest number of lines in its baskets."""
OTHER, MISSING = "(other)", "(missing)"


@dataclass(frozen=True)
class Slice:
    """Some of the test lines: ``mask`` is bool of shape (n,).

    ``meaning`` is a phrase for the report, empty where the name is enough.
    """

    kind: str
    name: str
    meaning: str
    mask: Bools


@dataclass(frozen=True)
class PriceBands:
    """The slices by price: ``count`` bands of about equal size; ``currency`` is that of the prices, an ISO code."""

    count: int
    currency: str


def slices(
    lines: pd.DataFrame,
    *,
    prices: PriceBands | None,
    max_categories: int,
    personal: Sequence[Attribute] = (),
    bands: int = 1,
) -> Iterator[Slice]:
    """Yield every slice of every kind that is not empty.

    Parameters
    ----------
    lines
        A row a test line, with ``customer_id``, ``customer_lines``, ``product_lines``, ``basket_lines``,
        ``price_minor``, ``ordered_at`` and, where the source has it, ``category``.
    prices
        The price bands; None leaves this kind out.
    max_categories
        How many categories get a slice of their own, those with most lines first; the others share ``(other)``. So
        do labels of personal attributes.
    personal
        The personal attributes: ``lines`` has the column of each. They show for whom the model is better or worse.
    bands
        How many bands of about equal size a personal number has.
    """
    parts = [_customer(lines), _product(lines)]
    if prices is not None:
        parts.append(_price(lines, prices))
    parts += [_basket(lines), _month(lines)]
    if "category" in lines:
        parts.append(labels(lines["category"], "category", "category", max_categories))
    parts += [_personal(lines[each.column], each, bands, max_categories) for each in personal]
    for part in parts:
        yield from (piece for piece in part if piece.mask.any())


def _customer(lines: pd.DataFrame) -> Iterator[Slice]:
    guest = lines["customer_id"].isna().to_numpy()
    known = lines["customer_lines"].fillna(0).to_numpy() > 0
    yield Slice("customer", "known", "has ordered before", ~guest & known)
    yield Slice("customer", "new", "first order in the data", ~guest & ~known)
    yield Slice("customer", "guest", "ordered without an account", guest)


def _product(lines: pd.DataFrame) -> Iterator[Slice]:
    known = lines["product_lines"].fillna(0).to_numpy() > 0
    yield Slice("product", "known", "was ordered before", known)
    yield Slice("product", "new", "never ordered before", ~known)


def _price(lines: pd.DataFrame, bands: PriceBands) -> Iterator[Slice]:
    price = lines["price_minor"].to_numpy(dtype=np.float64)
    edges = np.quantile(price, np.arange(1, bands.count) / bands.count, method="inverted_cdf")
    band = np.searchsorted(edges, price, side="left")
    for number in range(bands.count):
        mask = band == number
        if mask.any():
            low, high = (ENGLISH.exact_amount(end, bands.currency) for end in (price[mask].min(), price[mask].max()))
            yield Slice("price_band", f"q{number + 1}", f"{low} to {high} a piece", mask)


def _basket(lines: pd.DataFrame) -> Iterator[Slice]:
    size = lines["basket_lines"].to_numpy()
    largest_before = 0
    for name, largest in BASKET_SIZES.items():
        mask = (size > largest_before) & (size <= largest if largest else True)
        yield Slice("basket_size", name, f"{name} lines in the basket" if largest != 1 else "alone in its basket", mask)
        largest_before = largest or 0


def _month(lines: pd.DataFrame) -> Iterator[Slice]:
    month = lines["ordered_at"].dt.strftime("%Y-%m").to_numpy()
    for name in np.unique(month):
        yield Slice("month", str(name), "", month == name)


def labels(column: pd.Series, kind: str, word: str, most: int) -> Iterator[Slice]:
    """Yield a slice for each of the ``most`` labels with most lines, and one for all others; slices may be empty.

    ``kind`` names the slices, and ``word`` is what the report calls the column.
    """
    label = column.astype(object).where(column.notna(), MISSING)
    counts = label.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    kept = counts.index[:most]
    grouped = label.where(label.isin(kept), OTHER).to_numpy()
    for name in kept:
        yield Slice(kind, str(name), f"no {word} is recorded" if name == MISSING else "", grouped == name)
    rest = len(counts) - len(kept)
    several = "categories" if word == "category" else f"values of {word}"
    yield Slice(kind, OTHER, f"the {rest} {several} with fewest lines", grouped == OTHER)


def _personal(column: pd.Series, attribute: Attribute, bands: int, most: int) -> Iterator[Slice]:
    kind, words = attribute.column, attribute.words
    if attribute.kind is Kind.NUMBER:
        yield from _bands(column.to_numpy(dtype=np.float64), kind, words, bands)
        return
    if attribute.kind is Kind.FLAG:
        column = column.map({0: "no", 1: "yes"})
    yield from labels(column, kind, words, most)


def _bands(number: Floats, kind: str, words: str, count: int) -> Iterator[Slice]:
    known = ~np.isnan(number)
    yield Slice(kind, MISSING, f"no {words} is recorded", ~known)
    if known.any():
        edges = np.quantile(number[known], np.arange(1, count) / count, method="inverted_cdf")
        band = np.searchsorted(edges, number, side="left")
        for place in np.unique(band[known]):
            mask = known & (band == place)
            yield Slice(kind, f"q{place + 1}", f"{number[mask].min():g} to {number[mask].max():g}", mask)
