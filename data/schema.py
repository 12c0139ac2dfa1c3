"""The canonical tables, in one place: every column with its dtype, unit, key and meaning.

Sources write these tables, validation checks them against this contract, and all later stages read only them.
Times are UTC without a zone; money is whole minor units (cents) of the shop's one currency.
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

TIME = pa.timestamp("us")

LONGEST_ID, LONGEST_LABEL, LONGEST_TEXT = 128, 200, 500
"""Most characters of an id, of a label such as a category, and of a text for people, such as a product's name."""
TEXTS_FOR_PEOPLE = ("name", "reason_detail")

OTHER_IDS = ("exchanged_for_product", "merged_into")
"""Columns that hold an id of another table, under a name of their own."""


class Reason(StrEnum):
    """Why a customer sent a line back: Shopify's `ReturnReason` codes, and two more that shops need."""

    SIZE_TOO_SMALL = "SIZE_TOO_SMALL"
    SIZE_TOO_LARGE = "SIZE_TOO_LARGE"
    DEFECTIVE = "DEFECTIVE"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    WRONG_ITEM = "WRONG_ITEM"
    COLOR = "COLOR"
    STYLE = "STYLE"
    UNWANTED = "UNWANTED"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"
    ARRIVED_LATE = "ARRIVED_LATE"
    INCOMPATIBLE = "INCOMPATIBLE"


REASON_GROUPS: dict[str, tuple[Reason, ...]] = {
    "size": (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE),
    "quality": (Reason.DEFECTIVE, Reason.INCOMPATIBLE),
    "description": (Reason.NOT_AS_DESCRIBED,),
    "taste": (Reason.COLOR, Reason.STYLE, Reason.UNWANTED),
    "service": (Reason.WRONG_ITEM, Reason.ARRIVED_LATE),
    "other": (Reason.OTHER, Reason.UNKNOWN),
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    ``required``: every source must deliver the column. A source that lacks an optional column leaves it out.
    ``nullable``: some of its values may be missing. ``minimum``: the least value allowed, in ``unit``.
    """

    name: str
    dtype: pa.DataType
    meaning: str
    unit: str = ""
    required: bool = True
    nullable: bool = False
    minimum: int | None = None

    @property
    def longest(self) -> int | None:
        """Most characters of a text; None for a column that holds no texts."""
        if self.dtype != pa.string():
            return None
        if self.name.endswith("_id") or self.name in OTHER_IDS:
            return LONGEST_ID
        return LONGEST_TEXT if self.name in TEXTS_FOR_PEOPLE else LONGEST_LABEL


@dataclass(frozen=True)
class Table:
    """One canonical table; ``key`` names the column that is unique in it, ``order`` the columns it is sorted by."""

    name: str
    key: str
    order: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column called ``name``; `KeyError` when the table has no such column."""
        return {column.name: column for column in self.columns}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in the order in which they are written."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that every source must deliver."""
        return tuple(column.name for column in self.columns if column.required)

    def arrow(self, present: set[str] | None = None) -> pa.Schema:
        """The Arrow schema of the table, cut to the columns ``present`` where given."""
        return pa.schema(
            [
                pa.field(c.name, c.dtype, nullable=c.nullable)
                for c in self.columns
                if present is None or c.name in present
            ]
        )


def _optional(name: str, dtype: pa.DataType, meaning: str, unit: str = "", minimum: int | None = None) -> Column:
    return Column(name, dtype, meaning, unit, required=False, nullable=True, minimum=minimum)


ORDER_LINES = Table(
    name="order_lines",
    key="line_id",
    order=("ordered_at", "order_id", "line_id"),
    columns=(
        Column("line_id", pa.string(), "one product in one order: the unit that is scored"),
        Column("order_id", pa.string(), "the order, and so the basket, that the line belongs to"),
        Column("customer_id", pa.string(), "keyed hash of the customer; missing for a guest", nullable=True),
        Column("product_id", pa.string(), "the product, without its size and color"),
        Column("ordered_at", TIME, "when the order was placed; the same for all lines of an order", "UTC"),
        Column("quantity", pa.int64(), "pieces ordered", "pieces", minimum=1),
        Column("price_minor", pa.int64(), "price paid for one piece, after discounts", "minor units", minimum=0),
        _optional("list_price_minor", pa.int64(), "price of one piece before discounts", "minor units", minimum=0),
        _optional("size", pa.string(), "size ordered, as labelled, in lower case"),
        _optional("color", pa.string(), "color ordered, as labelled, in lower case"),
        _optional("voucher_used", pa.bool_(), "whether a voucher was redeemed on the order"),
        _optional("payment_method", pa.string(), "how the order was paid"),
        _optional("channel", pa.string(), "where the order came from, such as web, app or store"),
        _optional("region", pa.string(), "where the order is shipped to: a country or a state, never an address"),
        _optional("delivered_at", TIME, "when the line was delivered; missing when it was not, or not yet", "UTC"),
        _optional("closes_at", TIME, "when the outcome is decided, where the source itself says so", "UTC"),
        _optional("outcome_recorded", pa.bool_(), "false: whether the line came back was never recorded"),
        _optional("cancelled_at", TIME, "when the line was cancelled; missing when it was not", "UTC"),
        _optional("shipped_at", TIME, "when the line was sent out; missing when it was not, or not yet", "UTC"),
        _optional("exchanged_for_product", pa.string(), "the product that the line was exchanged for"),
        _optional("exchanged_for_size", pa.string(), "the size that the line was exchanged for, in lower case"),
    ),
)

PRODUCTS = Table(
    name="products",
    key="product_id",
    order=("product_id",),
    columns=(
        Column("product_id", pa.string(), "the product, without its size and color"),
        _optional("name", pa.string(), "what the product is called, for people to read"),
        _optional("department", pa.string(), "top level of the range, such as fashion or electronics"),
        _optional("category", pa.string(), "category of the product, such as dresses or headphones"),
        _optional("brand", pa.string(), "brand of the product"),
        _optional("supplier", pa.string(), "who supplies the product"),
        _optional("launched_at", TIME, "when the product went on sale", "UTC"),
    ),
)

CUSTOMERS = Table(
    name="customers",
    key="customer_id",
    order=("customer_id",),
    columns=(
        Column("customer_id", pa.string(), "keyed hash of the customer"),
        _optional("registered_at", TIME, "when the customer's account was opened", "UTC"),
        _optional(
            "birth_year", pa.int64(), "year of birth; for audits, not a feature unless switched on", "year", 1900
        ),
        _optional("title", pa.string(), "form of address; for audits, not a feature unless switched on"),
        _optional("merged_into", pa.string(), "keyed hash of the customer whose account took this one over"),
        _optional("erased_at", TIME, "when the customer was erased: no order up to then names the customer", "UTC"),
    ),
)

RETURNS = Table(
    name="returns",
    key="return_id",
    order=("returned_at", "return_id"),
    columns=(
        Column("return_id", pa.string(), "one return of one order line"),
        Column("line_id", pa.string(), "the order line that came back"),
        Column("returned_at", TIME, "when the return was known to the shop's systems", "UTC"),
        Column("quantity", pa.int64(), "pieces that came back", "pieces", minimum=1),
        _optional("reason", pa.string(), "why, as a code of `Reason`; missing when it was not recorded"),
        _optional("reason_detail", pa.string(), "the shop's own finer reason"),
        _optional(
            "reason_inferred",
            pa.bool_(),
            "whether the reason was read from the customer's comment, not given as a code",
        ),
        _optional("requested_at", TIME, "when the customer asked to return", "UTC"),
        _optional("condition", pa.string(), "the state in which the goods came back, such as as new or worn"),
        _optional("refunded_minor", pa.int64(), "money paid back for the return", "minor units", minimum=0),
    ),
)


def _changes(name: str, of: Table, facts: tuple[str, ...]) -> Table:
    """The table of the later facts of ``of``: a value replaces the one before from ``changed_at`` on."""
    return Table(
        name=name,
        key="change_id",
        order=("changed_at", "change_id"),
        columns=(
            Column("change_id", pa.string(), f"one change of facts of the {of.key.removesuffix('_id')}"),
            of.column(of.key),
            Column("changed_at", TIME, "when the change was known: what is ordered later has its values", "UTC"),
            *(of.column(fact) for fact in facts),
        ),
    )


PRODUCT_CHANGES = _changes("product_changes", PRODUCTS, PRODUCTS.names[1:])
CUSTOMER_CHANGES = _changes("customer_changes", CUSTOMERS, ("registered_at", "birth_year", "title"))
CHANGES: dict[str, Table] = {PRODUCTS.name: PRODUCT_CHANGES, CUSTOMERS.name: CUSTOMER_CHANGES}
"""The tables of changes by the table whose facts they change. Their files may be absent: then nothing changed."""

TABLES: dict[str, Table] = {table.name: table for table in (ORDER_LINES, PRODUCTS, CUSTOMERS, RETURNS)}

CARRIED = (
    *("shipped_at", "exchanged_for_product", "exchanged_for_size"),
    *("requested_at", "condition", "refunded_minor"),
    *("merged_into", "erased_at"),
)
"""Columns that are validated, and that no feature reads."""

CUSTOMER_IDS = (CUSTOMERS.key, "merged_into")
"""The columns that hold a customer's keyed hash."""

LABELS = (
    *("size", "color", "payment_method", "channel", "region", "exchanged_for_size"),
    *("department", "category", "brand", "supplier", "title", "condition"),
)
"""The columns of labels: they are compared by `data.reading.labels.normal_form`, and a mapping may translate them."""

DRIVERS = ("customer", "product", "size", "price", "bracketing", "basket", "season", "context")
"""The factors whose contribution to each line's return probability is in the truth."""

TRUTH = Table(
    name="truth",
    key="line_id",
    order=("line_id",),
    columns=(
        Column("line_id", pa.string(), "the order line"),
        Column(
            "return_probability", pa.float64(), "the probability with which the simulator drew the outcome", "share"
        ),
        *(
            Column(
                f"reason_{reason.value.lower()}",
                pa.float64(),
                f"P({reason.value} | returned) of the simulator",
                "share",
            )
            for reason in Reason
            if reason is not Reason.UNKNOWN
        ),
        *(
            Column(
                f"driver_{factor}",
                pa.float64(),
                f"how far {factor} moves the true odds of a return from the shop's average; missing for old lines",
                "log-odds",
                nullable=True,
            )
            for factor in DRIVERS
        ),
    ),
)
"""The truth of a simulated shop: not a canonical table, and read by the evaluation alone."""

REJECTS = Table(
    name="rejects",
    key="row",
    order=("table", "rule", "key", "column"),
    columns=(
        Column("table", pa.string(), "the table the row was meant for"),
        Column("key", pa.string(), "the row's key, or file and line where it has none", nullable=True),
        Column("column", pa.string(), "the column that broke the rule", nullable=True),
        Column("rule", pa.string(), "the rule that was broken"),
        Column("value", pa.string(), "the value found, as text", nullable=True),
    ),
)
"""Refused rows, each with the broken rule: written by sources (cells that can't be read) and by validation."""
