"""What training lines asked with: the shares without each field, labels, and ranges that requests are compared with.

A field that stops coming, labels that were renamed, or prices in another unit make requests that the model never saw.
The return rates that would show it are known weeks later.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from data.errors import UserError
from features.catalog import EVERY, NEW_CUSTOMER, NEW_PRODUCT, ORDERS
from features.language.request_field import RequestField
from training.model.split import DAY, Span

SHARE_DAYS = 180
"""Days at the end of the training span from which the shares are; of a shorter span, its second half."""
MOST_LABELS = 2000
"""Labels of a field that are kept. A field with more names things one by one, and a new label of it says little."""
FIGURES = ("price_minor", "quantity", "basket_lines", "basket_value_minor")
"""Line columns whose range is kept, where the matrix has them."""
TAIL = 0.001
"""The share of training lines below a range, and above it."""
START = pd.Timestamp(0)


@dataclass(frozen=True)
class Range:
    """The values of a figure between its quantiles `TAIL` and 1 - `TAIL`; ``outside``: the share of lines beyond."""

    low: float
    high: float
    outside: float


@dataclass(frozen=True)
class AskedField:
    """A field of a request: the line ``column`` that is null without it, and what training lines had of it.

    ``lacking``: the share of lines without it. ``labels``: all that lines had, of customers' own only those that many
    of them have (`features.offline.asked.FEWEST`); None where it has none, or too many.
    ``unseen``: the share of lines whose label no line had before the days that the shares are from.
    """

    column: str
    lacking: float
    labels: frozenset[str] | None = None
    unseen: float = 0.0


@dataclass(frozen=True)
class Asked:
    """What training lines asked with: fields by name, figures by column.

    ``new_customers``: the share of orders whose customer had none before. ``new_products``: the share of lines whose
    product had none before.
    """

    fields: Mapping[str, AskedField]
    ranges: Mapping[str, Range]
    new_customers: float
    new_products: float

    def as_json(self) -> dict[str, Any]:
        """All fields, for `from_json` to read."""
        fields = {name: asdict(each) | {"labels": _sorted(each.labels)} for name, each in sorted(self.fields.items())}
        ranges = {name: asdict(each) for name, each in sorted(self.ranges.items())}
        shares = {"new_customers": self.new_customers, "new_products": self.new_products}
        return {"fields": fields, "ranges": ranges, **shares}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Asked":
        """Read what `as_json` wrote."""
        fields = {
            name: AskedField(**{**each, "labels": None if each["labels"] is None else frozenset(each["labels"])})
            for name, each in content["fields"].items()
        }
        ranges = {name: Range(**each) for name, each in content["ranges"].items()}
        return cls(fields, ranges, float(content["new_customers"]), float(content["new_products"]))


def asked_of(asked: Path, lines: Path, fields: tuple[RequestField, ...], span: Span) -> Asked | None:
    """Find what lines asked with that were ordered in ``span``, whatever became of them.

    Parameters
    ----------
    asked, lines
        The files `features.catalog.ASKED_FILE` and `LINES_FILE`.

    Returns
    -------
    Asked or None
        None where no line was ordered in the span.

    Raises
    ------
    UserError
        The matrix is of an earlier version, which did not count what was asked.
    """
    if not asked.is_file():
        raise UserError(
            expected=f"{asked}, which counts what lines asked with",
            found="a matrix of an earlier version, without it",
            fix="build it again: dvc repro features",
        )
    days = pq.read_table(asked).to_pandas()
    ordered = START + days["day"] * DAY
    days = days[(ordered >= span.since.normalize()) & (ordered < span.until)]
    if days.empty:
        return None
    last = int(days["day"].max())
    late_from = max(last - SHARE_DAYS + 1, (int(days["day"].min()) + last + 1) // 2)
    late, early = days[days["day"] >= late_from], days[days["day"] < late_from]
    totals = late.groupby("field")["lines"].sum()
    of_fields = {
        field.name: _field(field, days, (early, late), int(totals[EVERY])) for field in fields if not field.history_of
    }
    ranges = _ranges(lines, START + late_from * DAY, span.until)
    return Asked(
        of_fields,
        ranges,
        float(totals.get(NEW_CUSTOMER, 0) / totals[ORDERS]),
        float(totals.get(NEW_PRODUCT, 0) / totals[EVERY]),
    )


def _field(field: RequestField, days: pd.DataFrame, parts: tuple[pd.DataFrame, pd.DataFrame], lines: int) -> AskedField:
    own, early, late = (each[each["field"] == field.name] for each in (days, *parts))
    found = AskedField(field.columns[0], 1 - float(late["lines"].sum()) / lines)
    labels = frozenset(own["label"].dropna())
    if not labels or len(labels) > MOST_LABELS:
        return found
    new = ~late["label"].isin(early["label"].dropna())  # also the label of few customers, which has no name
    unseen = float(late.loc[new, "lines"].sum()) / lines if len(early) else 0.0
    return replace(found, labels=labels, unseen=unseen)


def _ranges(lines: Path, since: pd.Timestamp, until: pd.Timestamp) -> dict[str, Range]:
    source = ds.dataset(lines)
    names = [name for name in FIGURES if name in source.schema.names]
    chosen = (pc.field("ordered_at") >= since) & (pc.field("ordered_at") < until)
    table = source.to_table(columns=names, filter=chosen)
    return dict(_range_of(name, table.column(name).drop_null().to_numpy().astype(np.float64)) for name in names)


def _range_of(name: str, values: "np.ndarray[Any, np.dtype[np.float64]]") -> tuple[str, Range]:
    low, high = np.quantile(values, [TAIL, 1 - TAIL], method="inverted_cdf")
    return name, Range(float(low), float(high), float(np.mean((values < low) | (values > high))))


def _sorted(labels: frozenset[str] | None) -> list[str] | None:
    return None if labels is None else sorted(labels)
