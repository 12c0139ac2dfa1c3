"""Amounts whose column says that they are in cents: read as whole units of the currency they would be a hundredfold."""

import re

from data.errors import UserError
from data.sources.mapped.names import table_rules
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.watched import looked_at

MINOR = re.compile(
    r"(?<![^\W_])(cents?|minor([ _]units?)?|pence|centimes?|c[ée]ntimos?|centavos?|centesimi|grosz[ey]?|[öø]re|kopek|"
    r"haler)(?![^\W_])|(?<![^\W_])in ct(?![^\W_])|\(ct\)|kuruş|копе",
    re.IGNORECASE,
)
"""Words for the hundredth of a currency in the names of columns."""


def in_minor_units(column: str) -> bool:
    """Whether the name of a ``column`` says that its amounts are in cents: ``unit_price_cents``, ``priceCents``."""
    return MINOR.search(re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", column).replace("_", " ")) is not None


def refuse(work: Work) -> None:
    """Refuse amounts in cents where the mapping gives the currency decimals.

    Raises
    ------
    UserError
        The message names the column, and what to write.
    """
    if work.mapping.digits == 0:
        return
    for table, file, columns in table_rules(work.mapping):
        ignored = looked_at(work.mapping, file)
        for name, rule in columns.items():
            for column in rule.reads if name.endswith("_minor") else ():
                if in_minor_units(column) and column.rpartition(".")[2] not in ignored:
                    raise UserError(
                        expected=f"{table.name}.columns.{name} to hold amounts in whole units of the currency",
                        found=f"the column {column!r}, by whose name they are in cents already: 1990 would be 199000",
                        fix="set minor_digits: 0 in the mapping, beside currency, if all amounts are in cents; or, if "
                        f"they are not, files.{file}.ignore: [{column}]",
                    )
