"""The contract of each table as a pandera schema, built from `data.schema`: the rules for a single row."""

import re

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaError, SchemaErrors

from data.errors import UserError
from data.schema import RETURNS, TABLES, TIME, Column, Reason, Table
from data.validation.params import Bounds

EMAIL = r"[^\s@]+@[^\s@]+\.[^\s@]+"
"""Pattern of email addresses. It is loose on purpose: a missed address is worse than a false match."""

CODES: dict[tuple[str, str], tuple[str, ...]] = {(RETURNS.name, "reason"): tuple(Reason)}
"""The columns that hold codes, with the codes allowed."""

KEYS = frozenset(table.key for table in TABLES.values())
"""The key columns of all tables. A key may not be empty text, in its own table or in another one."""

MISSING, BLANK, PERSONAL = "missing_value", "blank", "personal_data"
BELOW_MINIMUM, TIME_OUT_OF_BOUNDS, UNKNOWN_CODE = "below_minimum", "time_out_of_bounds", "unknown_code"

MEANINGS: dict[str, str] = {
    MISSING: "no value where each row needs one",
    BLANK: "an empty text where each row needs a value",
    BELOW_MINIMUM: "less than the least value that data/schema.py allows",
    TIME_OUT_OF_BOUNDS: "a time before validation.earliest, or not before validation.latest",
    UNKNOWN_CODE: "not a code that data/schema.py lists",
}

BROKEN = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("key", pa.string()),
        pa.field("column", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("value", pa.string()),
    ]
)
"""One broken rule of one row: the row's place in its file from 0, its key, and column, rule and value for rejects."""


def check_header(table: Table, found: pa.Schema) -> set[str]:
    """Check the columns of a file against ``table``, and return the names of those present.

    Raises
    ------
    UserError
        A required column is absent, a column has another dtype, or a column does not belong to the table.
    """
    missing = [name for name in table.required if name not in found.names]
    unknown = [name for name in found.names if name not in table.names]
    wrong = [
        f"{name} is {found.field(name).type}, not {table.column(name).dtype}"
        for name in found.names
        if name in table.names and found.field(name).type != table.column(name).dtype
    ]
    problems = [f"no column {name}" for name in missing] + [f"an unknown column {name}" for name in unknown] + wrong
    if problems:
        raise UserError(
            expected=f"the table {table.name} with the columns {', '.join(table.required)} and any of "
            f"{', '.join(name for name in table.names if name not in table.required)}",
            found=f"{'; '.join(problems)}; its columns are {', '.join(found.names)}",
            fix=f"map or rename the columns in the source's mapping; data/schema.py says what {table.name} holds",
        )
    return set(found.names)


def contract(table: Table, present: set[str], bounds: Bounds) -> pandera.DataFrameSchema:
    """Build the pandera schema of ``table``, cut to the columns ``present``; frames have Arrow dtypes."""
    columns = {c.name: _column(table, c, bounds) for c in table.columns if c.name in present}
    return pandera.DataFrameSchema(columns, name=table.name, strict=True)


def violations(table: Table, schema: pandera.DataFrameSchema, chunk: pa.Table, first_row: int = 0) -> pa.Table:
    """Find every cell of ``chunk`` that breaks the contract ``schema`` of ``table``.

    Parameters
    ----------
    chunk
        Consecutive rows of one file.
    first_row
        The place of the first of them in the file, from 0.

    Returns
    -------
    pa.Table
        One row a broken rule (`BROKEN`); no row when no rule is broken.
    """
    index = pd.RangeIndex(first_row, first_row + chunk.num_rows)
    frame = chunk.to_pandas(types_mapper=pd.ArrowDtype).set_axis(index)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return pa.concat_tables(_broken(table, chunk, error, first_row) for error in errors.schema_errors)
    return BROKEN.empty_table()


def refuse_personal_data(table: Table, broken: pa.Table) -> None:
    """Raise an error when one of the rows ``broken`` (`BROKEN`) holds personal data.

    Raises
    ------
    UserError
        The message names the column and shows an example with the first letter of the address only.
    """
    found = broken.filter(pc.equal(broken.column("rule"), PERSONAL)).slice(0, 1).to_pylist()
    if found:
        example = re.sub(EMAIL, lambda match: f"{match.group()[0]}***@***", found[0]["value"])
        raise UserError(
            expected=f"no personal data in the table {table.name}",
            found=f"a text like an email address in {table.name}.{found[0]['column']}: {example!r}",
            fix=f"leave the column out of the source's mapping, or deliver {found[0]['column']} without addresses",
        )


def _column(table: Table, column: Column, bounds: Bounds) -> pandera.Column:
    checks = []
    if column.minimum is not None:
        checks.append(pandera.Check.ge(column.minimum, error=BELOW_MINIMUM))
    if column.dtype == TIME:
        within = pandera.Check.in_range(bounds.earliest, bounds.latest, include_max=False, error=TIME_OUT_OF_BOUNDS)
        checks.append(within)
    if column.dtype == pa.string():
        checks.append(pandera.Check(_has_no_email, error=PERSONAL))
        if not column.nullable or column.name in KEYS:
            checks.append(pandera.Check(_is_not_blank, error=BLANK))
    if (table.name, column.name) in CODES:
        checks.append(pandera.Check.isin(CODES[table.name, column.name], error=UNKNOWN_CODE))
    return pandera.Column(pd.ArrowDtype(column.dtype), checks=checks, nullable=column.nullable)


def _has_no_email(text: pd.Series) -> pd.Series:
    # Few texts hold an @, and a search for it is far cheaper than the pattern.
    suspects = text.str.contains("@", regex=False).astype(bool)
    if not suspects.any():
        return ~suspects
    return ~(suspects & text.where(suspects, "").str.contains(re.compile(EMAIL)).astype(bool))


def _is_not_blank(text: pd.Series) -> pd.Series:
    return (text.str.strip() != "").astype(bool)


def _broken(table: Table, chunk: pa.Table, error: SchemaError, first_row: int) -> pa.Table:
    """Turn pandera's failure cases of one column into rows of `BROKEN`."""
    column = error.schema.name
    rule = error.check.error if isinstance(error.check, pandera.Check) else MISSING
    places = pa.array(error.failure_cases["index"].astype("int64"), pa.int64())
    local = pc.subtract(places, first_row)
    keys = chunk.column(table.key).take(local).combine_chunks()
    values = chunk.column(column).take(local).combine_chunks().cast(pa.string())
    names = [pa.repeat(pa.scalar(word, pa.string()), len(places)) for word in (column, rule)]
    return pa.Table.from_arrays([places, keys, names[0], names[1], values], schema=BROKEN)
