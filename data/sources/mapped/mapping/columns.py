"""The keys of a column: where its cells come from, and how they are read."""

from typing import Any, Literal

from pydantic import model_validator

from data.attributes import Kind
from data.identity import KeyKind
from data.sources.mapped.mapping.formats import ZonedFormats
from data.sources.mapped.mapping.part import End, Part, Start, Texts, Zone

ORIGINS = ("column", "columns", "constant", "generated", "one_order_per")


class ColumnRule(Part):
    """The origin of one canonical column: exactly one of the first five keys. The other keys define how it is read."""

    column: str | None = None
    """The shop's column in the file."""
    columns: Texts = ()
    """Several of the shop's columns, put together with a space between them, such as a date and a time of day."""
    constant: str | None = None
    """One value for all rows, for a value that the file lacks and the shop knows."""
    generated: Literal["by_position"] | None = None
    """For ``line_id``, ``return_id`` and ``change_id``: an id numbered by position in the order (or among the line's
    returns, or the changes of the product or customer)."""
    one_order_per: Literal["customer_and_day"] | None = None
    """For ``order_id``: all lines of one customer on one day are one order; a guest's line is an order of its own."""
    extract: str | None = None
    """A regular expression with one group, which is the value: one column can hold product, size and color. Cells that
    do not match count as missing, and the report counts them."""
    format: ZonedFormats = ()
    """Format of times in DuckDB's codes of ``strftime``, such as ``"%d.%m.%Y"``, or several: a cell that two of them
    read as two times is refused. ``%b`` and ``%B`` read names of months in English, German, French, Spanish, Italian,
    Portuguese, Dutch, Swedish and Polish, and ``%p`` reads words such as ``a. m.``, ``μμ``, ``下午`` and ``오전``.
    ``Z``, ``UTC`` or ``+00:00`` at its end is read as the zone. Numbers are ``excel_serial`` (days, as a spreadsheet
    counts them, such as 45365.5), ``epoch_seconds`` or ``epoch_milliseconds`` (since 1970, in UTC). Default: ISO 8601.
    """
    timezone: Zone | None = None
    """The time zone of this column, where it differs from the mapping's."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers, such as ``,`` for ``1.234,50``."""
    thousands: Literal[".", ",", "'", " "] | None = None
    """The mark between thousands, such as ``.`` for ``1.234,50``; a space stands for every kind of space, and a comma
    reads India's groups, as in ``1,23,456``, too."""
    unit: Texts = ()
    """Signs that may stand before or behind a number, such as ``€``, ``$`` or ``円``."""
    minus: Texts = ()
    """Columns with amounts that are subtracted, such as a discount; an empty cell is 0."""
    per: Literal["piece", "line"] = "piece"
    """Whether an amount is for one piece, or for all pieces of the line and so divided by ``quantity``."""
    sign: Literal["keep", "drop", "either"] = "keep"
    """For ``quantity``: ``drop`` reads -2 as 2, in a file of returns that counts pieces below zero. Where both signs
    stand in it, it is refused, because one may be of pieces sent out anew; ``either`` takes both for returns. For
    ``refunded_minor``: ``drop`` reads -19.90 as 19.90."""
    case: Literal["keep", "lower", "upper"] = "keep"
    """Whether texts are kept unchanged, or converted to lower or upper case."""
    labels: dict[str, str] = {}
    """From the shop's own values to those to write, for a label such as ``payment_method``; others stay."""
    key: KeyKind | None = None
    """For ``customer_id``: what the column holds. Default: ``id``, the shop's own number. The others are normalised, so
    that two spellings are one customer. Every key is hashed and never written."""
    missing: Texts = ()
    """More values that stand for a missing one, such as a placeholder date, or a number that stands for guests."""
    valid_from: Start | None = None
    """Times before this year or date count as missing: they are placeholders."""
    valid_to: End | None = None
    """Times after this year or date count as missing: they are placeholders. The year or date itself is valid."""
    true: Texts = ("true", "1")
    """The values that mean yes, in a column of yes or no; ``"*"`` is any value that is not listed elsewhere."""
    false: Texts = ("false", "0")
    """The values that mean no; ``""`` is the empty cell."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnRule":
        if sum(getattr(self, origin) not in (None, ()) for origin in ORIGINS) != 1:
            raise ValueError("give exactly one of " + ", ".join(ORIGINS))
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The shop's columns that feed the value, in the order in which they are put together."""
        return self.columns if self.column is None else (self.column,)

    @property
    def reads(self) -> tuple[str, ...]:
        """All of the shop's columns that the rule reads, the subtracted ones included."""
        return (*self.sources, *self.minus)


class AttributeRule(ColumnRule):
    """A further column that the shop declares: it becomes features, and stands in requests under ``attributes``."""

    kind: Kind
    """What its values are: a ``category`` (a label), a ``number``, or a ``flag`` (yes or no)."""
    personal: Literal["allowed", "no"] | None = None
    """Needed for customers: ``allowed`` says that it is about the person (a body measure, an age) and that the shop may
    use it, and audits show it; ``no`` says that it is not about the person, such as a level of membership."""
