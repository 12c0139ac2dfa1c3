"""A whole mapping: which file and column of a shop feeds which column of the canonical tables."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from data.attributes import Attribute
from data.number_format import currency_of, minor_digits
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, Table
from data.sources.mapped.mapping.changes import ChangesRule
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.mapping.part import Part, Zone
from data.sources.mapped.mapping.tables import LinesRule, ReturnsRule, TableRule


class CurrencyRule(Part):
    """The currency of all amounts; a text stands for its code."""

    code: str
    """Its ISO 4217 code, such as ``EUR``, in any case; or a sign of one currency alone, such as ``€``."""
    column: str | None = None
    """The column of the order lines' file that names each row's currency, by its code or sign. A row of another
    currency stops the run, unless a rule of ``order_lines.leave_out`` leaves it out."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"code": value} if isinstance(value, str) else value

    @field_validator("code")
    @classmethod
    def _known(cls, value: str) -> str:
        """Read a code in any case, and a sign of one currency; a sign of several is none."""
        code = currency_of(value)
        if code is None:
            raise ValueError("no code of ISO 4217, such as EUR or USD; $, ¥ and kr stand for several currencies")
        return code


class Mapping(Part):
    """A whole mapping file."""

    files: Annotated[dict[str, FileRule], Field(min_length=1)]
    """The shop's files, each under a name that the tables below refer to."""
    timezone: Zone = "UTC"
    """The time zone of all times without one of their own, such as ``Europe/Berlin``."""
    currency: CurrencyRule | None = None
    """The currency of all amounts: the code, or the code and the column that names it on each row."""
    minor_digits: Annotated[int | None, Field(ge=0, le=4)] = None
    """Decimals of the currency. Default: those of ``currency`` (2 for EUR, 0 for JPY, 3 for KWD), and 2 without it."""
    order_lines: LinesRule
    """The origin of the order lines; ``file`` is needed where the mapping has several files."""
    products: TableRule | None = None
    """The origin of the products; without it, the table has the product ids of the order lines and nothing else."""
    customers: TableRule | None = None
    """The origin of the customers; without it, the table has the customer ids of the order lines and nothing else."""
    product_changes: ChangesRule | None = None
    """The origin of later facts of products, such as a history of their brands; without it, they never changed."""
    customer_changes: ChangesRule | None = None
    """The origin of later facts of customers, such as a log of their data; without it, they never changed."""
    returns: ReturnsRule
    """The origin of the returns."""

    @property
    def declared(self) -> tuple[Attribute, ...]:
        """The attributes that the shop declares, of all tables; one that changes have belongs to what they change."""
        parts = [(ORDER_LINES, self.order_lines), (PRODUCTS, self.products), (CUSTOMERS, self.customers)]
        parts += [(owner, rule) for owner, rule in self.changes]
        found: dict[tuple[str, str], Attribute] = {}
        for table, part in parts:
            for name, rule in part.attributes.items() if part is not None else ():
                declared = Attribute(name, table.name, rule.kind, rule.personal == "allowed")
                found.setdefault((table.name, name), declared)
        return tuple(found.values())

    @property
    def changes(self) -> tuple[tuple[Table, ChangesRule], ...]:
        """The tables whose facts change, each with the origin of the changes."""
        rules = ((PRODUCTS, self.product_changes), (CUSTOMERS, self.customer_changes))
        return tuple((owner, rule) for owner, rule in rules if rule is not None)

    def master_data(self, owner: Table) -> TableRule | None:
        """The origin of ``owner``, `data.schema.PRODUCTS` or `data.schema.CUSTOMERS`."""
        return self.products if owner.name == PRODUCTS.name else self.customers

    @property
    def digits(self) -> int:
        """Decimals of the currency: its minor units are so many tenth powers of the main unit."""
        if self.minor_digits is not None:
            return self.minor_digits
        return 2 if self.currency is None else minor_digits(self.currency.code)

    @property
    def file_of_lines(self) -> str:
        """The input that holds the order lines: ``order_lines.file``, or the only input."""
        return self.order_lines.file or next(iter(self.files))

    @property
    def file_of_returns(self) -> str:
        """The input that holds the returns: a separate one, or the input of the order lines."""
        return self.returns.file or self.file_of_lines

    @property
    def has_returns_beside_lines(self) -> bool:
        """Whether a flag, a date or a number of pieces in the row of a line says that it came back."""
        return self.returns.rows is None and self.file_of_returns == self.file_of_lines
