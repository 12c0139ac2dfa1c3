"""The products' attributes that the shop declares, as fields of the items' filter: two for a number, else one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, create_model

from data.attributes import LARGEST, Attribute, Kind
from serving.products.filters import ItemFilter, Text
from serving.products.report import Report

FROM: Final = ".from"
TO: Final = ".to"
"""Ends of the names of a number's two fields; no name of an attribute has a point."""
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Value = str | bool | float
_TYPES: Final[Mapping[Kind, Any]] = {Kind.CATEGORY: Text, Kind.FLAG: bool, Kind.NUMBER: Number}


@dataclass(frozen=True)
class AttributeChoice:
    """One attribute that products have, and the values that they have of it.

    ``values``: labels sorted by name; of a flag those that occur, false first; of a number the least and the greatest.
    """

    attribute: Attribute
    values: tuple[Value, ...]

    @property
    def label(self) -> str:
        """Its name in words, with a capital."""
        return self.attribute.words.capitalize()


def item_filter(report: Report) -> type[ItemFilter]:
    """Give the filter of a report's items: `ItemFilter` with the fields of the report's attributes."""
    return report.once("filter of items", lambda: _item_filter(report.attributes))


def conditions(report: Report, chosen: ItemFilter) -> list[tuple[str, Value]]:
    """Give the SQL condition of each field of an attribute that is chosen, with the value of its parameter."""
    found = [(sql, getattr(chosen, name, None)) for each in report.attributes for name, sql in _fields(each).items()]
    return [(sql, value) for sql, value in found if value is not None]


def choices(report: Report) -> tuple[AttributeChoice, ...]:
    """List the attributes that products have a value of, with their values."""
    found = (AttributeChoice(each, _values(report, each)) for each in report.attributes)
    return tuple(each for each in found if each.values)


def of_product(report: Report, product_id: str) -> tuple[tuple[AttributeChoice, Value], ...]:
    """Give the attributes of one product with its value of each, those without a value left out."""
    if not report.attributes:
        return ()
    names = ", ".join(each.column for each in report.attributes)
    sql = f"SELECT {names} FROM report.items WHERE level = 'product' AND item_id = ? LIMIT 1"
    found = zip(report.attributes, report.rows(sql, [product_id])[0], strict=True)
    return tuple((AttributeChoice(each, (value,)), value) for each, value in found if value is not None)


def _item_filter(attributes: Iterable[Attribute]) -> type[ItemFilter]:
    fields: dict[str, Any] = {name: (_TYPES[each.kind] | None, None) for each in attributes for name in _fields(each)}
    return create_model("ItemFilter", __base__=ItemFilter, **fields) if fields else ItemFilter


def _fields(attribute: Attribute) -> dict[str, str]:
    """Name the fields of an attribute, with the SQL condition of each; `NAME` makes its column safe in SQL."""
    column = attribute.column
    if attribute.kind is Kind.NUMBER:
        return {column + FROM: f"{column} >= ?", column + TO: f"{column} <= ?"}
    return {column: f"{column} = ?"}


def _values(report: Report, attribute: Attribute) -> tuple[Value, ...]:
    column, known = attribute.column, f"FROM report.items WHERE level = 'product' AND {attribute.column} IS NOT NULL"
    if attribute.kind is Kind.NUMBER:
        sql = f"SELECT min({column}), max({column}) {known} HAVING count(*) > 0"
        return tuple(value for row in report.rows(sql) for value in row)
    return tuple(value for (value,) in report.rows(f"SELECT DISTINCT {column} {known} ORDER BY ALL"))
