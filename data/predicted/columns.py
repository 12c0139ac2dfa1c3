"""The table of predictions with outcomes: every column with its dtype, unit and meaning."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from data.schema import TIME

FOLDER = Path("reports/predictions")
FILE = "predictions_with_outcomes.parquet"
DICTIONARY = "dictionary.csv"

OUTCOMES = {
    "returned": "it came back, and its outcome can't change any more or has been reached already",
    "kept": "its return window closed, and too few of its pieces came back",
    "open": "it was ordered, and its return window has not closed",
    "cancelled": "it was ordered, and cancelled in time",
    "unknown": "it was ordered, and whether it came back was never recorded",
    "not_ordered": "no order is known with it that was placed after the score, or up to 5 minutes before it; for a line"
    " without an id, none within the time that the join was given",
}
"""What became of a scored line."""


@dataclass(frozen=True)
class PredictedColumn:
    """One column of the table; all but those of `KEY` may be missing."""

    name: str
    dtype: pa.DataType
    meaning: str
    unit: str = ""


_TEXT, _WHOLE, _NUMBER = pa.string(), pa.int64(), pa.float64()
KEY = ("request_id", "basket", "line")

LOGGED = (
    PredictedColumn("request_id", _TEXT, "the request that was answered"),
    PredictedColumn("basket", _WHOLE, "place of the basket in the request, from 0"),
    PredictedColumn("line", _WHOLE, "place of the line in the basket, from 0"),
    PredictedColumn("scored_at", TIME, "when the line was scored", "UTC"),
    PredictedColumn("basket_id", _TEXT, "the shop's own id of the basket"),
    PredictedColumn("line_id", _TEXT, "the shop's own id of the line, as the request had it"),
    PredictedColumn("lines", _WHOLE, "lines of the basket"),
    PredictedColumn("customer", _TEXT, "keyed hash of the customer; missing for a guest"),
    PredictedColumn("product_id", _TEXT, "the product"),
    PredictedColumn("size", _TEXT, "the size, in lower case"),
    PredictedColumn("color", _TEXT, "the color, in lower case"),
    PredictedColumn("quantity", _WHOLE, "pieces", "pieces"),
    PredictedColumn("price_minor", _WHOLE, "price of one piece", "minor units"),
    PredictedColumn("probability", _NUMBER, "the probability of a return that was given", "share"),
    PredictedColumn("low", _NUMBER, "lower end of its interval", "share"),
    PredictedColumn("high", _NUMBER, "upper end of its interval", "share"),
    PredictedColumn("expected_cost_minor", _NUMBER, "expected cost of a return", "minor units"),
    PredictedColumn("model_version", _TEXT, "the model; missing where priors answered"),
    PredictedColumn("level_shift", _NUMBER, "what the level added; missing in earlier logs", "log-odds"),
    PredictedColumn("data_as_of", TIME, "time of the latest fact that the state knew", "UTC"),
    PredictedColumn("degraded", _TEXT, "causes for which the answer was degraded, separated by commas"),
    PredictedColumn("features_sha256", _TEXT, "hash of the features, in the order of the model's catalog"),
)
JOINED = (
    PredictedColumn(
        "joined_by", _TEXT, "how the order line was found: by its line_id, or by customer, product and time"
    ),
    PredictedColumn("order_id", _TEXT, "the order"),
    PredictedColumn("order_line_id", _TEXT, "the order line"),
    PredictedColumn("ordered_at", TIME, "when the order was placed", "UTC"),
    PredictedColumn("is_last", pa.bool_(), "whether it is the last score of its order line, of several"),
    PredictedColumn("outcome", _TEXT, f"what became of the line by the end of the tables: {', '.join(OUTCOMES)}"),
    PredictedColumn("label", pa.int8(), "1 returned, 0 kept, as training labels it; missing while the window is open"),
    PredictedColumn("settled_at", TIME, "when the outcome became known", "UTC"),
    PredictedColumn("reason", _TEXT, "reason of the line's first return, as a code of `Reason`"),
    PredictedColumn("tables_until", TIME, "the latest time in the tables: outcomes are known up to then", "UTC"),
)
COLUMNS = (*LOGGED, *JOINED)
SCHEMA = pa.schema([pa.field(each.name, each.dtype, nullable=each.name not in KEY) for each in COLUMNS])
