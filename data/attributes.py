"""Attributes: further columns of order lines, products and customers that a shop declares, such as ``material``.

A source writes each as the nullable column ``attribute_NAME`` of its table, and the declarations into attributes.json
beside the tables. Validation checks both and passes them on. A folder without this file declares none.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from data import tables
from data.errors import UserError
from data.files import read_json_list, write_text
from data.schema import CARRIED, CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, TABLES, Column, Table

FILE = "attributes.json"
OWNERS: dict[str, Table] = {table.name: table for table in (ORDER_LINES, PRODUCTS, CUSTOMERS)}
"""The tables that may have attributes, by name."""
MOST = 50
"""Most attributes of a shop, over all tables."""
LARGEST = 10**9
"""Bound of a number: within it, sums of numbers are exact to a millionth up to about 9 · 10⁹ in all."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
RESERVED = ("_return_rate", "_by_size", "_kept_offset")
"""Parts of the names of features: with one of them in its name, an attribute could be taken for a feature."""
PREFIX = "attribute_"

Value = str | float | int
"""A category is a text, a number a float, a flag 0 or 1."""


class Kind(StrEnum):
    """What the values of an attribute are."""

    CATEGORY = "category"
    NUMBER = "number"
    FLAG = "flag"


DTYPES: dict[Kind, pa.DataType] = {Kind.CATEGORY: pa.string(), Kind.NUMBER: pa.float64(), Kind.FLAG: pa.bool_()}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One declared attribute of ``table``; ``personal``: it describes a person, and audits show it."""

    name: str
    table: str
    kind: Kind
    personal: bool = False

    @property
    def column(self) -> str:
        """The column of the table that holds it."""
        return PREFIX + self.name

    @property
    def words(self) -> str:
        """Its name in words."""
        return self.name.replace("_", " ")


def checked(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Give the attributes in the order of their tables, then of their names.

    Raises
    ------
    UserError
        There are more than `MOST`, a name is not as `NAME` or is that of another attribute or of a canonical column,
        or a table can't have attributes.
    """
    found = tuple(attributes)
    names = [each.name for each in found]
    canonical = {column: table.name for table in TABLES.values() for column in table.names if column not in CARRIED}
    for each in found:
        if each.table not in OWNERS:
            raise _wrong(f"attributes of {', '.join(OWNERS)}", f"{each.name} of {each.table}", "move it to one of them")
        if not NAME.fullmatch(each.name) or any(part in each.name for part in RESERVED):
            raise _wrong(
                "a name of at most 41 small letters, digits and _ that begins with a letter and has none of "
                f"{', '.join(RESERVED)} in it",
                f"{each.name!r} in {each.table}",
                "rename the attribute; its column in the shop's file keeps its name",
            )
        if each.name in canonical:
            fix = f"map {each.name} as a column of {canonical[each.name]}, or rename the attribute"
            raise _wrong("names that no canonical column has", f"{each.name!r} in {each.table}", fix)
        if names.count(each.name) > 1:
            holders = ", ".join(other.table for other in found if other.name == each.name)
            raise _wrong("each name once, over all tables", f"{each.name!r} in {holders}", "rename all but one")
    if len(found) > MOST:
        raise _wrong(f"at most {MOST} attributes", f"{len(found)}", "declare those that may matter for returns")
    return tuple(sorted(found, key=lambda each: (list(OWNERS).index(each.table), each.name)))


def extended(table: Table, attributes: Iterable[Attribute]) -> Table:
    """The table with the columns of its attributes after its own; a table of changes has those of what it changes."""
    owner = next((name for name, changes in CHANGES.items() if changes.name == table.name), table.name)
    return replace(table, columns=(*table.columns, *(_column(each) for each in attributes if each.table == owner)))


def write(attributes: Sequence[Attribute], folder: Path) -> None:
    """Write attributes.json into ``folder``, one attribute a line; without attributes there is no file.

    Raises as `checked` does.
    """
    if attributes:
        rows = ",\n  ".join(json.dumps(each) for each in as_json(checked(attributes)))
        write_text(f"[\n  {rows}\n]\n", folder / FILE)


def read(folder: Path) -> tuple[Attribute, ...]:
    """Read the attributes that ``folder`` declares, none where it has no attributes.json.

    Raises
    ------
    UserError
        The file is not JSON, or is not what `write` writes.
    """
    file = folder / FILE
    return from_json(read_json_list(file), str(file)) if file.exists() else ()


def as_json(attributes: Iterable[Attribute]) -> list[dict[str, Any]]:
    """Give the attributes as JSON; `from_json` reads it."""
    return [asdict(each) for each in attributes]


def from_json(content: Sequence[Any], where: str) -> tuple[Attribute, ...]:
    """Read what `as_json` wrote; ``where`` names the file or model for an error.

    Raises
    ------
    UserError
        An entry lacks a key, has another key or a wrong value, or the attributes are not as `checked` wants them.
    """
    return checked(_attribute(entry, where) for entry in content)


def check_columns(attributes: Iterable[Attribute], folder: Path) -> None:
    """Refuse tables in ``folder`` that lack the column of a declared attribute.

    Raises
    ------
    UserError
        A column is absent.
    """
    for each in attributes:
        found = tables.columns(OWNERS[each.table], folder)
        if each.column not in found:
            raise UserError(
                expected=f"a column {each.column} in the table {each.table}, as {folder / FILE} declares {each.name}",
                found=f"the columns {', '.join(found)}",
                fix="write the tables and their attributes together: dvc repro --force ingest",
            )


def _attribute(entry: Any, where: str) -> Attribute:
    keys = [*Attribute.__dataclass_fields__]
    whole = isinstance(entry, Mapping) and sorted(entry) == sorted(keys)
    if not whole or entry["kind"] not in set(Kind) or not isinstance(entry["personal"], bool):
        raise UserError(
            expected=f"each attribute in {where} to have {', '.join(keys)}, a kind of {', '.join(Kind)}",
            found=json.dumps(entry),
            fix="make it anew: dvc repro --force ingest",
        )
    return Attribute(str(entry["name"]), str(entry["table"]), Kind(entry["kind"]), entry["personal"])


def _column(attribute: Attribute) -> Column:
    meaning = f"{attribute.words}: a {attribute.kind} that the shop declares"
    return Column(attribute.column, DTYPES[attribute.kind], meaning, required=False, nullable=True)


def _wrong(expected: str, found: str, fix: str) -> UserError:
    return UserError(expected=f"attributes: {expected}", found=found, fix=f"in the mapping, {fix}")
