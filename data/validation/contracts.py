"""The contract of each table as a pandera schema, built from `data.schema`: the rules for a single row."""

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaError, SchemaErrors

from data import attributes
from data.errors import UserError
from data.personal_data import emails, masking
from data.schema import LONGEST_ID, LONGEST_LABEL, LONGEST_TEXT, OTHER_IDS, RETURNS, TABLES, TIME, Column, Reason, Table
from data.validation import texts
from data.validation.params import Bounds
from data.validation.texts import LINE_BREAK, PERSONAL, TOO_LONG

CODES: dict[tuple[str, str], tuple[str, ...]] = {(RETURNS.name, "reason"): tuple(Reason)}
"""The columns that hold codes, with the codes allowed."""

IDS = frozenset({*(table.key for table in TABLES.values()), *OTHER_IDS})
"""The columns of ids. An id may not be empty text, in its own table or in another one."""

MISSING, BLANK = "missing_value", "blank"
BELOW_MINIMUM, TIME_OUT_OF_BOUNDS, UNKNOWN_CODE = "below_minimum", "time_out_of_bounds", "unknown_code"
NUMBER_OUT_OF_BOUNDS = "number_out_of_bounds"

WITHHELD = (PERSONAL, TOO_LONG, LINE_BREAK)
"""Rules whose broken cells may hold what nobody should see, such as the whole rows of other customers."""

MEANINGS: dict[str, str] = {
    MISSING: "no value where each row needs one",
    BLANK: "an empty text where each row needs a value",
    PERSONAL: "an email, the number of a phone, a card or a bank account, or a whole address in a column that should "
    "hold none; its text is written nowhere",
    TOO_LONG: f"an id of more than {LONGEST_ID} characters, a label of more than {LONGEST_LABEL}, or a text for "
    f"people of more than {LONGEST_TEXT}, as when a quote is never closed; the text is written nowhere",
    LINE_BREAK: "an id or a label of several lines, as when a quote is never closed; the text is written nowhere",
    BELOW_MINIMUM: "less than the least value that data/schema.py allows",
    TIME_OUT_OF_BOUNDS: "a time before validation.earliest, or not before validation.latest",
    UNKNOWN_CODE: "not a code that data/schema.py lists",
    NUMBER_OUT_OF_BOUNDS: "a number that is not finite, or is beyond a billion, above or below 0",
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
    found = [_broken(table, chunk, *broken, first_row) for broken in texts.broken(table, chunk)]
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        found += [_broken(table, chunk, *_failure(error, first_row), first_row) for error in errors.schema_errors]
    return pa.concat_tables(found) if found else BROKEN.empty_table()


def refuse_personal_data(table: Table, found: Mapping[str, int], filled: Mapping[str, int]) -> None:
    """Refuse the table when one of its columns is personal data, such as emails, and not a text here and there.

    Parameters
    ----------
    found
        By column, the cells that surely hold personal data.
    filled
        By column, all cells that are not missing.

    Raises
    ------
    UserError
        The message names the column and no value.
    """
    for column, cells in found.items():
        if cells >= emails.LEAST_SHARE * filled[column]:
            raise UserError(
                expected=f"no personal data in the table {table.name}",
                found=f"{cells:,} of {filled[column]:,} texts in {table.name}.{column} hold emails, phone numbers, "
                "accounts or addresses",
                fix=f"leave the column out of the source's mapping, or deliver {column} without them",
            )


def _column(table: Table, column: Column, bounds: Bounds) -> pandera.Column:
    checks = []
    if column.minimum is not None:
        checks.append(pandera.Check.ge(column.minimum, error=BELOW_MINIMUM))
    if column.dtype == TIME:
        within = pandera.Check.in_range(bounds.earliest, bounds.latest, include_max=False, error=TIME_OUT_OF_BOUNDS)
        checks.append(within)
    if column.dtype == pa.string() and (not column.nullable or column.name in IDS):
        checks.append(pandera.Check(_is_not_blank, error=BLANK))
    if column.dtype == pa.float64():
        largest = attributes.LARGEST
        checks.append(pandera.Check.in_range(-largest, largest, error=NUMBER_OUT_OF_BOUNDS))
    if (table.name, column.name) in CODES:
        checks.append(pandera.Check.isin(CODES[table.name, column.name], error=UNKNOWN_CODE))
    return pandera.Column(pd.ArrowDtype(column.dtype), checks=checks, nullable=column.nullable)


def _is_not_blank(text: pd.Series) -> pd.Series:
    return (text.str.strip() != "").astype(bool)


def _failure(error: SchemaError, first_row: int) -> tuple[str, str, pa.Int64Array]:
    """Turn pandera's failure cases of one column into its name, the rule, and the places in the chunk, from 0."""
    rule = str(error.check.error) if isinstance(error.check, pandera.Check) else MISSING
    rows = pa.array(error.failure_cases["index"].astype("int64"), pa.int64())
    return error.schema.name, rule, pc.subtract(rows, first_row)


def _broken(table: Table, chunk: pa.Table, column: str, rule: str, places: pa.Int64Array, first_row: int) -> pa.Table:
    """Describe the cells of ``column`` that broke ``rule``, at ``places`` of the chunk, in rows of `BROKEN`."""
    keys = chunk.column(table.key).take(places).combine_chunks()
    cells = chunk.column(column).take(places).combine_chunks()
    values = _shown(cells) if pa.types.is_string(cells.type) else cells.cast(pa.string())
    if rule in WITHHELD:
        keys = pa.nulls(len(keys), pa.string()) if column == table.key else keys
        values = _sizes(cells, rule)
    names = [pa.repeat(pa.scalar(word, pa.string()), len(places)) for word in (column, rule)]
    return pa.Table.from_arrays([pc.add(places, first_row), keys, names[0], names[1], values], schema=BROKEN)


def _shown(cells: pa.StringArray) -> pa.StringArray:
    return pa.array([None if cell is None else masking.shown(cell) for cell in cells.to_pylist()], pa.string())


def _sizes(cells: pa.StringArray, rule: str) -> pa.StringArray:
    """Give the sizes of texts that must not be written; of one with personal data not even that."""
    if rule == PERSONAL:
        return pa.nulls(len(cells), pa.string())
    return pc.binary_join_element_wise(pc.utf8_length(cells).cast(pa.string()), "characters", " ")
