"""The keys of ``files``: where the files lie, how their records are told apart, and how several belong together."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from data.sources.mapped.mapping.formats import Formats
from data.sources.mapped.mapping.part import Part, Texts

NO_QUOTE = "none"


class JoinRule(Part):
    """How records of another file are found for each record: by one column of each."""

    from_: Annotated[str, Field(alias="from")]
    """The column of this file that holds the key."""
    to: str
    """The column of the other file that holds the key; each key stands there once."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"from": value, "to": value} if isinstance(value, str) else value


class FillDownRule(Part):
    """Columns that a file fills on the first row of a group alone, such as those of an order on its first line."""

    within: str | None = None
    """The column that all rows of a group share, such as the order's number."""
    from_each: str | None = None
    """In place of ``within``: the column whose filled cell begins a group, such as the order's number, where that
    itself stands on the first row alone. Its empty cells are filled, too."""
    columns: Texts = ()
    """The columns whose empty cells take the value of the last filled cell above them in the group."""

    @model_validator(mode="after")
    def _one_group(self) -> "FillDownRule":
        if (self.within is None) == (self.from_each is None):
            raise ValueError("give exactly one of within and from_each")
        if self.within is not None and not self.columns:
            raise ValueError("give the columns to fill")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """All of the columns that the rule names."""
        return (*filter(None, (self.within, self.from_each)), *self.columns)

    @property
    def filled(self) -> tuple[str, ...]:
        """The columns that are filled down."""
        return (*filter(None, (self.from_each,)), *self.columns)


class CopiesRule(Part):
    """Which copy of a record counts where several files, or several rows of one, hold it: exactly one of the keys.

    Copies have the same id (`line_id`, `return_id`, or the key of products and customers). Without an id, copies are
    rows of one order: the order then counts as one file has it, unless an export cut it.
    """

    identical: bool = False
    """Copies are equal in all columns that are read: one of them counts. Others are refused."""
    newest_by: str | None = None
    """The copy with the largest value in this column counts, such as the time of the export: a number, or a time in ISO
    8601 or in one of ``format``."""
    format: Formats = ()
    """Formats of the times in ``newest_by``, in DuckDB's codes of ``strftime``."""
    fullest: bool = False
    """The copy with the most filled cells counts; of equally full ones, the one of the last file."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {value: "true"} if isinstance(value, str) and value in ("identical", "fullest") else value

    @model_validator(mode="after")
    def _one_way(self) -> "CopiesRule":
        if sum((self.identical, self.newest_by is not None, self.fullest)) != 1:
            raise ValueError("give exactly one of identical, fullest, {newest_by: COLUMN}")
        return self


class FileRule(Part):
    """One input: one file, or several of one layout."""

    path: str
    """The file, relative to `data.path`; or a pattern such as ``orders-*.csv.gz``, for several files of one layout."""
    format: Literal["csv", "xlsx", "jsonl", "parquet"] = "csv"
    """CSV, an Excel workbook, JSON (one object a line, or one list of objects), or Parquet. CSV and JSON may be packed
    as .gz or .zip."""
    sheet: Texts = ()
    """The sheet of a workbook, or several of one layout, such as one for each month, whose rows are read one after the
    other; without it, the workbook has only one."""
    rows_of: str | None = None
    """For JSON lines: the list of objects within each object whose items are the rows, such as ``items`` or
    ``order.items``, or a list within a list, ``refunds.items``. A cell of an item is named by the list, as in
    ``items.sku``; the cells of the object, and of the list around it, stand beside each item."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """The character that separates the cells of a CSV file."""
    quote: Annotated[str, Field(pattern=r"^(.|none)$")] = '"'
    """The character that encloses a cell of a CSV file, such as a cell that holds the delimiter; or ``none``, where
    every quote is part of a text."""
    escape: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """The character before a quote inside an enclosed cell, such as a backslash. Default: the quote itself."""
    encoding: str = "utf-8"
    """The encoding of a CSV file, such as ``utf-16``, ``cp1252``, ``gb18030`` or ``cp932`` (Shift-JIS)."""
    skip_lines: Annotated[int, Field(ge=0, le=1000)] = 0
    """Lines before the header. A line ``sep=;`` before it is skipped by itself."""
    footer_lines: Annotated[int, Field(ge=0, le=1000)] = 0
    """Lines at the end that are no records, such as totals."""
    max_cell_lines: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Lines that one enclosed cell may span; a quote without an end within them is an error of its line."""
    trailing_delimiter: bool = False
    """Whether every record of a CSV file ends in a delimiter that the header lacks; the cell behind it is empty."""
    missing: Texts = ()
    """Values that stand for a missing one in any column of the file, besides the empty cell."""
    fill_down: FillDownRule | None = None
    """Columns that stand on the first row of a group alone."""
    join: dict[str, JoinRule] = {}
    """Other inputs, by their names, whose columns are read as columns of this one. A text stands for a column of the
    same name in both. A column that both have is named ``NAME.COLUMN``, with the other input's name."""
    copies: CopiesRule | None = None
    """Which copy of a record counts, for exports that overlap. Without it, equal copies with one id count once, and
    other copies are refused."""
    ignore: Texts = ()
    """Columns that are looked at and not needed, where their names or values say that they matter."""
