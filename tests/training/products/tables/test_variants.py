from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.training.products.small_context import context_of, drawn_lines
from training.products.columns import VARIANTS
from training.products.estimates.context import Context
from training.products.estimates.lines import ReportLines
from training.products.tables.variants import variants

SMALL = 2
"""The code of size s."""


def faulty(lines: ReportLines) -> np.ndarray:
    """Size s of product 0 comes back at 0.8; all of product 1 at 0.8; all else at 0.3."""
    odd = ((lines.product == 0) & (lines.size == SMALL)) | (lines.product == 1)
    return np.where(odd, 0.8, 0.3)


@pytest.fixture(scope="module")
def context() -> Context:
    return context_of(drawn_lines(faulty, count=16_000)[0])


@pytest.fixture(scope="module")
def table(context: Context) -> pa.Table:
    return variants(context)


@pytest.fixture(scope="module")
def frame(table: pa.Table) -> Any:
    return table.to_pandas().set_index(["product_id", "dimension", "value"])


def test_the_table_is_as_the_dictionary_says_and_in_order(table: pa.Table):
    keys = list(zip(*(table[name].to_pylist() for name in VARIANTS.key), strict=True))

    assert table.schema == VARIANTS.schema
    assert keys == sorted(set(keys))


def test_the_same_shop_gives_the_same_bytes(context: Context, table: pa.Table):
    again = variants(context)

    assert again.combine_chunks().to_batches()[0].serialize() == table.combine_chunks().to_batches()[0].serialize()


def test_lines_are_counted_where_they_have_a_size_or_a_color(frame: Any, context: Context):
    lines, counted = context.lines, frame.groupby("dimension")["lines"].sum()

    assert counted["size"] == (context.longest & (lines.size >= 0)).sum()
    assert counted["color"] == (context.longest & (lines.color >= 0)).sum()
    own = context.longest & (lines.product == 5) & (lines.color == 1)
    assert frame.loc[("p00005", "color", "red"), "lines"] == own.sum()
    assert frame.loc[("p00005", "color", "red"), "returned_lines"] == (own & lines.returned).sum()


def test_a_product_without_sizes_has_none(frame: Any):
    # Every fourth product is sold without sizes.
    sized = frame.xs("size", level="dimension").index.get_level_values("product_id").unique()

    assert sized.tolist() == [f"p{place:05d}" for place in range(40) if place % 4 != 3]


def test_a_shop_without_sizes_and_colors_has_no_variants(context: Context):
    lines, none = context.lines, np.full(len(context.lines), -1)
    bare = replace(lines, size=none, color=none, names=replace(lines.names, size=[], color=[]))

    found = variants(replace(context, lines=bare))

    assert found.schema == VARIANTS.schema
    assert len(found) == 0


def test_a_faulty_size_stands_out_from_the_others(frame: Any):
    sizes = frame.loc["p00000"].loc["size"]

    assert sizes["rate"].idxmax() == "s"
    assert sizes.loc["s", "rate"] > 0.6
    assert sizes.loc[["m", "l"], "rate"].max() < 0.5
    assert sizes["expected_rate"].to_numpy() == pytest.approx(0.3)


def test_a_size_of_few_lines_is_taken_for_what_the_rest_of_its_product_is():
    lines, _ = drawn_lines(lambda x: np.where(x.product % 2 == 0, 0.7, 0.3), count=16_000)
    # One line of size s a product, the others of size m or l.
    first = np.unique(lines.product[lines.day > lines.as_of - 365], return_index=True)[1]
    first += int((lines.day <= lines.as_of - 365).sum())
    size = np.where(np.isin(lines.row, first), SMALL, lines.row % 2)
    context = context_of(replace(lines, size=size))

    listed: Any = variants(context).to_pandas()
    rates = listed.set_index(["dimension", "value"]).loc[("size", "s")]["rate"].to_numpy()

    # One line says next to nothing, and 0.3 is expected of all.
    assert (rates[::2] > 0.55).all()
    assert (rates[1::2] < 0.45).all()
