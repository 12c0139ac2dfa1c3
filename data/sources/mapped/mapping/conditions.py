"""Conditions on the shop's own cells, which leave rows out or withdraw their outcome."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from data.sources.mapped.mapping.formats import ZonedFormats
from data.sources.mapped.mapping.part import Part, Start, Texts


class Condition(Part):
    """A condition on one column of the shop's file. With several tests, all of them must hold."""

    column: str
    """The shop's column."""
    is_: Annotated[Texts, Field(alias="is")] = ()
    """Values of the cell, in any case; `""` is the empty cell."""
    is_not: Texts = ()
    """Values that the cell does not have, in any case; an empty cell is none of them."""
    empty: bool | None = None
    """Whether the cell is empty."""
    below: float | None = None
    """The number in the cell is less than this one."""
    above: float | None = None
    """The number in the cell is more than this one."""
    before: Start | None = None
    """The date in the cell lies before this year or date, by the mapping's time zone."""
    format: ZonedFormats = ()
    """Format of the date in DuckDB's codes of ``strftime``. Default: ISO 8601."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of the number."""
    thousands: Literal[".", ",", "'", " "] | None = None
    """The mark between thousands of the number."""
    optional: bool = False
    """Whether a file may have no row that meets the condition, such as a state that other exports have: then the run
    gives no notice of it."""

    @model_validator(mode="after")
    def _some_test(self) -> "Condition":
        if not self.tests:
            raise ValueError("give one of is, is_not, empty, below, above, before")
        return self

    @property
    def tests(self) -> set[str]:
        """The names of the tests that the condition has."""
        return self.model_fields_set & {"is_", "is_not", "empty", "below", "above", "before"}


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, dict) else value


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(_several), Field(min_length=1)]
"""One condition, or a list of which all must hold."""

Rules = Annotated[dict[str, Conditions], Field(max_length=100)]
"""Conditions, each under the name by which the report counts its rows."""
