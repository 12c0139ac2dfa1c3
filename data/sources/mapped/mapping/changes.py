"""The keys of the tables of changes: a history of products, or a log of customers' data."""

from typing import Literal

from data.sources.mapped.mapping.tables import TableRule


class ChangesRule(TableRule):
    """The origin of later facts of products or customers: a file with a row for each change.

    A row may hold the changed columns alone, or the whole record as it was from then on: a value replaces the one
    before, an equal value changes nothing, and an empty cell says nothing, as a field that an event leaves out. So an
    empty cell takes no value away. An order has the facts that were known before it.
    """

    file: str
    """A name under ``files``. Where the file feeds another table, too, name it there a second time."""
    master_data_as_of: Literal["now", "start"] = "now"
    """What ``products`` (or ``customers``) holds of the columns that the changes have, too. ``now``: today's values.
    Then a value of which the changes say when it was known is read from them alone, and is missing before the first of
    them. ``start``: the values before the first change; they count until then."""
