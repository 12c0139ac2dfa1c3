"""What-ifs: how changes that customers could make would move the scores. They are contrasts, not effects."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from data import attributes, tables
from data.arrays import Bools
from data.errors import UserError
from data.files import read_json
from data.params import Section
from data.progress.steps import counted
from data.schema import ORDER_LINES
from features.online.features import OnlineFeatures
from features.online.what_if import LEAST_GAIN, Change, SoldSizes, what_ifs
from features.online_state.contents import StateContents
from features.online_state.order import Order, OrderLine
from features.online_state.profiles import read_product
from features.online_state.records import StateAbout, product_key
from features.online_state.seed_file import STATE
from features.stores.store import Snapshot, Store
from training.evaluation.slices import slices
from training.model.bundle import Bundle

FILE = Path("reports/what_ifs.json")


AT_ONCE = 200
"""Orders scored at a time: it bounds the memory."""


OF_A_LINE = 4
"""The most changes of one line: without other sizes, without other colors, the smaller and the larger size."""


KINDS = ("category", "basket_size")
"""Kinds of slices that have measures of their own."""


OF_LINES = ("product_id", "quantity", "price_minor", "list_price_minor", "size", "color")


OF_ORDERS = ("customer_id", "voucher_used", "payment_method", "channel", "region")


COUNTS = ("customer_lines", "product_lines", "basket_lines")
"""Features that slices read."""


class WhatIfParams(Section):
    """The section ``what_ifs`` of params.yaml."""

    orders: Annotated[int, Field(ge=1, le=1_000_000)]
    max_categories: Annotated[int, Field(ge=1, le=1000)]


@dataclass(frozen=True)
class WhatIfEffect:
    """The what-if of one kind of change, over the lines that have it; of two sizes, the lower probability counts.

    ``lines``: number of lines with such a change; ``share``: their share of all lines. ``now`` and ``then``: their mean
    probability before and after the change; ``difference``: the mean of then - now; ``lowered``: the share of them
    whose probability falls by `LEAST_GAIN` or more. These four are None where no line has such a change.
    """

    lines: int
    share: float
    now: float | None
    then: float | None
    difference: float | None
    lowered: float | None


@dataclass(frozen=True)
class SliceEffects:
    """What-ifs of the lines of one slice, by value of `Change`; ``meaning`` is a phrase, or empty."""

    kind: str
    name: str
    meaning: str
    lines: int
    changes: dict[str, WhatIfEffect]


@dataclass(frozen=True)
class WhatIfMeasures:
    """The result of the stage on ``lines`` lines of the latest ``orders`` orders, scored as of ``as_of`` (UTC, ISO)."""

    orders: int
    lines: int
    as_of: str
    overall: dict[str, WhatIfEffect]
    slices: tuple[SliceEffects, ...]


def read_orders(folder: Path, columns: AbstractSet[str], most: int, at: int) -> list[Order]:
    """Read the latest ``most`` orders of the validated tables in ``folder``, as if they were placed at ``at``.

    The facts of customers and products come from the online state.

    Parameters
    ----------
    columns
        The columns of the recipe. The model reads no others, so changes of others are not considered.
    at
        A time, in microseconds since 1970.

    Raises
    ------
    UserError
        There is no table of order lines, or it is empty.
    """
    rows = _latest_lines(folder, ["order_id", *columns_of_orders(folder, columns)], most).to_pylist()
    return [order_of(list(lines), at) for _, lines in groupby(rows, key=itemgetter("order_id"))]


def columns_of_orders(folder: Path, columns: AbstractSet[str]) -> list[str]:
    """Name what an order is made from: those of the recipe's ``columns`` that the table of order lines has."""
    needed = [name for name in (*OF_LINES, *OF_ORDERS) if name in ORDER_LINES.required or name in columns]
    present = tables.columns(ORDER_LINES, folder)
    return needed + [name for name in present if name.startswith(attributes.PREFIX) and name in columns]


def ask(bundle: Bundle, online: OnlineFeatures, store: Store, orders: Sequence[Order]) -> pd.DataFrame:
    """Score every line of ``orders`` in its own basket, and after every change that is possible.

    Returns
    -------
    pd.DataFrame
        A row a line: the columns that `training.evaluation.slices.slices` reads; ``probability``; and for each
        `Change` a column of its value with the lowest probability after the change, NaN where there is none.
    """
    batches = [orders[start : start + AT_ONCE] for start in range(0, len(orders), AT_ONCE)]
    asked = [store.read(partial(_ask, bundle, online, batch)) for batch in counted(batches, "asking", "batches")]
    return pd.concat(asked, ignore_index=True)


def measure(asked: pd.DataFrame, max_categories: int) -> tuple[dict[str, WhatIfEffect], tuple[SliceEffects, ...]]:
    """Measure each change on the result of `ask`: over all lines, and over each slice of `KINDS`."""
    pieces = [piece for piece in slices(asked, prices=None, max_categories=max_categories) if piece.kind in KINDS]
    return effects(asked, np.ones(len(asked), dtype=np.bool_)), tuple(
        SliceEffects(piece.kind, piece.name, piece.meaning, int(piece.mask.sum()), effects(asked, piece.mask))
        for piece in pieces
    )


def effects(asked: pd.DataFrame, mask: Bools) -> dict[str, WhatIfEffect]:
    """Measure each change over the lines of ``mask``, bool of shape (n,), at least one True."""
    lines = asked[mask]
    return {change.value: _effect(lines["probability"], lines[change.value]) for change in Change}


def read(file: Path = FILE) -> WhatIfMeasures | None:
    """Read the result of the stage; None where the stage has not run."""
    if not file.is_file():
        return None
    content = read_json(file)
    overall = _read_effects(content.pop("overall"))
    pieces = [SliceEffects(changes=_read_effects(piece.pop("changes")), **piece) for piece in content.pop("slices")]
    return WhatIfMeasures(**content, overall=overall, slices=tuple(pieces))


def _latest_lines(folder: Path, names: list[str], orders: int) -> pa.Table:
    """Read the lines of the latest orders from the end of the table, which is sorted by time and order."""
    if tables.count(ORDER_LINES, folder) == 0:
        raise UserError(
            expected=f"order lines in {tables.path(ORDER_LINES, folder)}, to score changes of them",
            found="none",
            fix="check the source and reports/validation.json: dvc repro validate",
        )
    groups: list[pa.Table] = []
    with pq.ParquetFile(tables.checked(ORDER_LINES, folder)) as file:
        for number in reversed(range(file.num_row_groups)):
            groups.insert(0, file.read_row_group(number, columns=names))
            lines = pa.concat_tables(groups)
            ids = lines["order_id"].to_numpy()
            starts = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
            if len(starts) > orders:  # the first order may begin in the row group before
                return lines.slice(int(starts[-orders]))
    return lines


def order_of(rows: list[dict[str, Any]], at: int) -> Order:
    """Make the order of these lines, as if it were placed at ``at``; ``rows``: the columns of `columns_of_orders`."""
    lines = tuple(
        OrderLine(**{name: row[name] for name in OF_LINES if name in row}, attributes=_attributes(row)) for row in rows
    )
    return Order(ordered_at=at, lines=lines, **{name: rows[0][name] for name in OF_ORDERS if name in rows[0]})


def _attributes(row: dict[str, Any]) -> dict[str, attributes.Value]:
    """The attributes of the line itself that are known, by name; flags as 0 or 1."""
    given = {name: value for name, value in row.items() if name.startswith(attributes.PREFIX) and value is not None}
    return {
        name.removeprefix(attributes.PREFIX): int(value) if isinstance(value, bool) else value
        for name, value in given.items()
    }


def _ask(bundle: Bundle, online: OnlineFeatures, orders: Sequence[Order], snapshot: Snapshot) -> pd.DataFrame:
    features = online.ask(snapshot, orders).features
    asked = pd.DataFrame(features, columns=list(online.score_names))[list(COUNTS)].copy()
    lines = [line for order in orders for line in order.lines]
    asked["customer_id"] = pd.Series([order.customer_id for order in orders for _ in order.lines], dtype="str")
    asked["price_minor"] = [line.price_minor for line in lines]
    asked["ordered_at"] = pd.Timestamp(orders[0].ordered_at, unit="us")
    if "category" in online.contents.recipe.columns:
        products = snapshot.get([product_key(line.product_id) for line in lines])
        known = [None if value is None else read_product(value).latest().category for value in products]
        asked["category"] = pd.Series(known, dtype="str")
    asked["probability"] = bundle.score_rows(features).probability
    return asked.assign(**_best(bundle, online, orders, snapshot))


def _best(bundle: Bundle, online: OnlineFeatures, orders: Sequence[Order], snapshot: Snapshot) -> dict[str, Any]:
    """Lowest probability of each line by value of `Change`, shape (lines,); NaN where no such change exists."""
    found, start, sold_sizes = [], 0, SoldSizes(online.contents)
    for order in orders:
        every = [(place, frozenset(Change)) for place in range(len(order.lines))]
        changes = what_ifs(sold_sizes, snapshot, order, every, OF_A_LINE * len(every))
        found += [(start + change.line, change) for change in changes]
        start += len(every)
    best = {change.value: np.full(start, np.nan) for change in Change}
    if found:
        answer = online.ask_lines(snapshot, [(change.order, change.place) for _, change in found])
        then = bundle.score_rows(answer.features).probability.tolist()
        for (number, change), probability in zip(found, then, strict=True):
            best[change.change][number] = np.fmin(best[change.change][number], probability)
    return best


def _effect(now: pd.Series, then: pd.Series) -> WhatIfEffect:
    has = then.notna().to_numpy()
    lines, share = int(has.sum()), float(has.mean())
    if not lines:
        return WhatIfEffect(lines, share, None, None, None, None)
    before, after = now.to_numpy()[has], then.to_numpy()[has]
    lowered = float((after <= before - LEAST_GAIN).mean())
    return WhatIfEffect(
        lines, share, float(before.mean()), float(after.mean()), float((after - before).mean()), lowered
    )


def _read_effects(content: dict[str, Any]) -> dict[str, WhatIfEffect]:
    return {change.value: WhatIfEffect(**content[change.value]) for change in Change}


def require_fitting(about: StateAbout, contents: StateContents) -> int:
    """Check that state and model belong together; return the end of the state's tables, microseconds since 1970."""
    if about.as_of is None or about.state_digest != contents.digest:
        raise UserError(
            expected=f"a state in {STATE} with the features of the model, made from tables that hold orders",
            found="a state without orders" if about.as_of is None else "a state with other features",
            fix="make both from the same tables: dvc repro",
        )
    return about.as_of
