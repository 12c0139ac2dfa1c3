"""Improbable amounts: more decimals than the currency has, and prices of one product that are worlds apart."""

from collections.abc import Iterator, Mapping

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.validation.improbable.finding import ENOUGH_LINES, Improbable

ROUNDED = "rounded"
"""The name of the count in the source's decisions."""
THREE_DECIMALS = "three_decimals_or_none"
"""The name of the count of amounts with three decimals, in a column whose other amounts have none."""
GRAVE_SHARE = 0.01
FAR = 30
"""Times: so far is no sale from the usual price. In Online Retail six of 100,000 lines are farther, in BADS none."""
FAR_SHARE = 0.02
FEWEST_SALES = 5
"""Lines of a product that show its usual price."""


def rounded(decisions: Mapping[str, Mapping[str, float]], rows: Mapping[str, int]) -> Iterator[Improbable]:
    """Look at the amounts that the source had to round.

    Parameters
    ----------
    decisions
        By ``table.column``, the source's counts of what it decided.
    rows
        The rows of each table.
    """
    for place, counts in sorted(decisions.items()):
        cells, whole = counts.get(ROUNDED, 0), rows.get(place.partition(".")[0], 0)
        if not cells or whole < ENOUGH_LINES:
            continue
        yield Improbable(
            "rounded_amounts",
            f"{cells:,.0f} of {whole:,} amounts in {place} have more decimals than the currency",
            None,
            "The file may hold several currencies, amounts before tax, or a number that is no price",
            "check minor_digits in the mapping, and leave rows of other currencies out by a rule of the mapping",
            grave=cells >= GRAVE_SHARE * whole,
        )


def thousands(decisions: Mapping[str, Mapping[str, float]], rows: Mapping[str, int]) -> Iterator[Improbable]:
    """Look at the amounts such as 1.200 beside 950; ``decisions`` and ``rows`` as for `rounded`."""
    for place, counts in sorted(decisions.items()):
        cells, whole = counts.get(THREE_DECIMALS, 0), rows.get(place.partition(".")[0], 0)
        if cells and whole >= ENOUGH_LINES:
            yield Improbable(
                "thousands_as_decimals",
                f"{cells:,.0f} of {whole:,} amounts in {place} have three decimals, and all others have none",
                None,
                "The mark is most likely one of thousands: 1.200 is read as 1.20, and 950 as 950.00",
                'set thousands beside the column in the mapping, such as thousands: "." with decimal: ","',
                grave=True,
            )


def far_apart(backend: Backend, lines: ir.Table) -> Iterator[Improbable]:
    """Look for order ``lines`` whose price is far from the median price of their product."""
    priced = lines.filter(lines["price_minor"] > 0)
    bounds = priced.group_by("product_id").aggregate(
        sales=priced.count(), least=priced["price_minor"].min(), most=priced["price_minor"].max()
    )
    # Hardly any product has such prices, so few lines need a median.
    wide = bounds.filter((bounds["sales"] >= FEWEST_SALES) & (bounds["most"] >= FAR * bounds["least"]))
    suspects = priced.semi_join(wide, "product_id").select("product_id", "price_minor")
    usual = suspects.group_by("product_id").aggregate(usual=suspects["price_minor"].median())
    ratio = suspects.inner_join(usual, "product_id")
    ratio = ratio.mutate(
        far=(ratio["price_minor"] >= FAR * ratio["usual"]) | (ratio["usual"] >= FAR * ratio["price_minor"])
    )
    figures = {"lines": priced.count().as_scalar(), "far": ratio["far"].sum().coalesce(0).as_scalar()}
    count, far = (int(backend.to_pyarrow(figure).as_py()) for figure in figures.values())
    if far and far >= FAR_SHARE * count:
        first = ratio.filter(ratio["far"]).order_by(["product_id", "price_minor"]).limit(1)
        (example,) = backend.to_pyarrow(first).to_pylist()
        yield Improbable(
            "far_apart_prices",
            f"{far:,} of {count:,} prices are {FAR} times the usual price of their product, or a {FAR}th of it",
            f"{example['price_minor']} minor units for product_id '{example['product_id']}', "
            f"usually {example['usual']:.0f}",
            "The column may hold amounts in several currencies, or in two units",
            "leave rows of other currencies out by a rule of the mapping; check minor_digits, decimal and thousands",
            grave=True,
        )
