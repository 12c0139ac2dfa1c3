"""The keys of the canonical tables: which input feeds each of them, and which of its rows."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from data.attributes import PREFIX
from data.schema import Reason
from data.sources.mapped.mapping.columns import AttributeRule, ColumnRule
from data.sources.mapped.mapping.conditions import Conditions, Rules
from data.sources.mapped.mapping.part import Days, Part, Texts


class TableRule(Part):
    """The origin of one canonical table; without ``file``, it is the file of the order lines."""

    file: str | None = None
    """A name under ``files``; without it, the file of the order lines."""
    columns: dict[str, ColumnRule]
    """Each column of the canonical table by its name, with its origin."""
    attributes: dict[str, AttributeRule] = {}
    """Further columns, each by a name of your choice, such as `material`, `fit`, `rating` or `promised_days`."""
    leave_out: Rules = {}
    """Rows that are no rows of the table, such as cancelled orders, gift cards or shipping: each rule by a name of your
    choice, with its condition. The report counts the rows of each rule."""

    @property
    def cells(self) -> dict[str, ColumnRule]:
        """The rules of all columns, those of attributes under the names that the canonical table has for them."""
        return {**self.columns, **{PREFIX + name: rule for name, rule in self.attributes.items()}}


class LinesRule(TableRule):
    """The origin of the order lines; ``file`` is needed where the mapping has several files."""

    unknown_outcome: Rules = {}
    """Lines whose outcome is not known, such as parcels that were lost: each rule by a name, with its condition."""
    unknown_without_return: Rules = {}
    """Lines of which a state says that they came back, such as ``refunded``: those that no return undoes have an
    unknown outcome. Each rule by a name, with its condition."""


class Flag(Part):
    """The return flag: a column of the order lines' file that marks the lines that came back."""

    column: str
    """The shop's column."""
    returned: Texts
    """Values of lines that came back; ``"*"`` is any filled cell that no list has, such as a number of pieces or an
    amount."""
    kept: Texts
    """Values of lines that did not come back; ``"*"`` as above."""
    unknown: Texts = ()
    """Values of lines whose outcome was never recorded; ``""`` is the empty cell, ``"*"`` as above."""

    @model_validator(mode="after")
    def _one_rest(self) -> "Flag":
        if sum("*" in values for values in (self.returned, self.kept, self.unknown)) > 1:
            raise ValueError('give "*" in one of returned, kept and unknown')
        return self


class KnownAfter(Part):
    """The time at which an outcome became known, where no date of return is recorded; for returned and kept lines."""

    delivered_days: Days
    """Days after delivery."""
    ordered_days: Days
    """Days after the order, for lines without a time of delivery."""


class MatchRule(Part):
    """How a return without a line id finds its line. A list of columns stands for ``by``.

    Candidates are the lines with the same filled values in ``by`` that were ordered before the return (or at
    its very moment, where no earlier line fits: of a sale and a return at once, the sale is an exchange), at most
    ``within_days`` before it, and of which enough pieces have not come back. A return with several candidates that
    differ is refused as `ambiguous_line`, and the outcome of these lines is unknown.
    """

    by: Annotated[Texts, Field(min_length=1)]
    """Columns of the order lines that a return and its line share; each is mapped under ``returns.columns``, too."""
    prefer: Texts = ()
    """More columns, strongest first, such as ``size``, ``color``, ``price_minor``: of several candidates, those that
    agree in them are preferred."""
    within_days: Days | None = None
    """Most days from the order to the return."""
    choose: Literal["only", "latest"] = "only"
    """``latest``: of several candidates, the line that was ordered last is meant; it needs the order or the customer
    in ``by``."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"by": value} if isinstance(value, str | list | tuple) else value

    @model_validator(mode="after")
    def _latest_of_one(self) -> "MatchRule":
        if self.choose == "latest" and not {"order_id", "customer_id"} & set(self.by):
            raise ValueError(
                "choose: latest needs order_id or customer_id in by: the last line of a product is anyone's"
            )
        return self


class ReturnsRule(Part):
    """The origin of the returns: a separate file, rows among the order lines, or a flag or date beside each line.

    A number of pieces beside each line stands for it, too: ``quantity`` under ``columns`` with ``known_after``, and
    neither a flag nor a date; where it is empty or 0, the line was kept.
    """

    file: str | None = None
    """A name under ``files``, for returns in a separate file; without it, the file of the order lines."""
    rows: Conditions | None = None
    """The rows of the order lines' file that are returns, such as those with a negative quantity: they are no lines.
    The sign of their quantities is dropped."""
    leave_out: Rules = {}
    """Rows that are no returns of these order lines, such as returns of orders before the export: each rule by a name,
    with its condition."""
    columns: dict[str, ColumnRule] = {}
    """Each column of the canonical table `returns` by its name, with its origin."""
    flag: Flag | None = None
    """The return flag in the file of the order lines; a date of return can mark the returned lines instead."""
    known_after: KnownAfter | None = None
    """The time at which an outcome became known, where no date of return is recorded."""
    match: MatchRule | None = None
    """How returns find their lines, for returns without line ids."""
    whole_order: bool = False
    """Whether a return names an order, by ``match: [order_id]``, and all pieces of all of its lines came back."""
    least_refund: Annotated[float | None, Field(gt=0, le=1)] = None
    """Least share of the price of its pieces that a return was paid back, by ``refunded_minor`` under ``columns``, such
    as ``0.5``: a smaller refund, such as a compensation, is no return, and the outcome of its line is unknown. Without
    it, refunds of less than half are counted, and stay returns; one of 0 always does."""
    reasons: dict[str, Reason] = {}
    """From the shop's own reasons to codes of `data.schema.Reason`; every reason in the file must be listed."""
    comment: Annotated[str | None, Field(min_length=1)] = None
    """The column of customers' comments, in the file of the returns. A reason is read from a comment where none is
    recorded; the text is never written."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of order lines that are read from the returns' rows to find their lines."""
        return () if self.match is None else (*self.match.by, *self.match.prefer)
