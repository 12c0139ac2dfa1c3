"""A file or several of one layout, read as text by the reader of ingest: their columns, and what the columns hold."""

import glob
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting.draft import listed, put
from data.drafting.layouts import nested
from data.drafting.layouts.layout import Layout, look_at_all
from data.errors import UserError
from data.personal_data import judgement
from data.sources.mapped.cleaning import clean, unwrapped
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import headers, inputs
from data.sources.mapped.records.input import FileAccount, Input
from data.sources.session import open_session

OTHER_SHEETS = re.compile(
    r"return|refund|rma|retour|rück|devol|cancel|storn|archiv|old|alt|copy|kopie|test|template|summary|total|pivot|退|取消",
    re.IGNORECASE,
)
"""Words in the names of sheets that hold something else than those beside them."""

NUMBERED = re.compile(r" \(\d+\)$")
"""Ends of names that several columns have, such as ``Nr. (2)``: which is which depends on their order."""

SHARED, FEWEST_SHARED = 0.8, 4
"""Least share and number of the columns of a file that another one of the same kind has."""

Group = tuple[Layout, list[str], list[Path]]
"""Files of one layout, and the columns that all of them have."""

VALUES = 3000
"""Different values of a column that are looked at, the most frequent first."""


@dataclass
class Sheet:
    """One input of a mapping to be: files with one header, loaded into a table of the session."""

    name: str
    path: str
    layout: Layout
    columns: list[str]
    connection: duckdb.DuckDBPyConnection
    files: list[Path]
    unreadable: int = 0
    """Records that could not be read."""
    headers: int = 0
    """Records that repeat the header, as where files were put together; they are dropped here."""
    only_some: tuple[str, ...] = ()
    """Columns that some of the files have alone; they are not read."""
    grouped: dict[str, str] = field(default_factory=dict)
    """Names with the group that stands above them, where the header has two rows: ``Kunde Nr.`` of ``Nr. (2)``."""
    emptied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The texts that stand for no value, by column, whose cells `empty` emptied."""
    _values: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The path, and the sheet of a workbook with several."""
        return f"{self.path}, {', '.join(self.layout.sheets)}" if self.layout.sheets else self.path

    @property
    def how(self) -> str:
        """The keys of the layout in words."""
        return ", ".join(f"{key}: {value!r}" for key, value in self.layout.keys.items()) or "comma, UTF-8"

    @property
    def rule(self) -> FileRule:
        """The rule that reads the files."""
        return self.layout.rule(self.path)

    @property
    def table(self) -> str:
        """The quoted name of the table."""
        return sql.name(f"file_{self.name}")

    @cached_property
    def rows(self) -> int:
        """Records that were read."""
        return sql.number(self.connection, f"SELECT count(*) FROM {self.table}")

    def header(self, column: str) -> str:
        """The words by which ``column`` is judged: of an item's cell, without the list that holds the items.

        Beside the items of a refund, the cells of the refund itself keep its name: ``refunds.created_at``.
        """
        steps = str(self.layout.keys.get("rows_of", "")).split(".")
        for count in range(len(steps), 0, -1):
            path = ".".join(steps[:count])
            if path and column.startswith(f"{path}."):
                whole = count == len(steps) or not nested.step_of_returns(path)
                return column.removeprefix(f"{path}.") if whole else column
        return self.grouped.get(column, column)

    @property
    def has_returns_within(self) -> bool:
        """Whether the rows are a list of returns within an order or an item."""
        return bool(nested.step_of_returns(str(self.layout.keys.get("rows_of", ""))))

    def is_of_return(self, column: str) -> bool:
        """Whether ``column`` is a cell of a list about returns, and not of the order or item around it."""
        step = nested.step_of_returns(str(self.layout.keys.get("rows_of", "")))
        return bool(step) and column.startswith(f"{step}.")

    def as_tree(self) -> CommentedMap:
        """The rule of the files in YAML, with what was seen as comments."""
        rule = CommentedMap()
        some = ", ".join(self.only_some)
        put(rule, "path", self.path, f"CHECK: some files alone have {some}, which is not read" if some else "")
        for key, value in self.layout.keys.items():
            put(rule, key, listed(value) if isinstance(value, tuple) else value, self.layout.notes[key])
        return rule

    def cell(self, column: str) -> str:
        """SQL: the clean text of ``column``."""
        return sql.name(column)

    def values(self, *columns: str) -> dict[str, int]:
        """The filled values of a column with their counts, the most frequent first, at most `VALUES`.

        Those of several columns are put together with a blank, where all of them are filled.
        """
        key = "\0".join(columns)
        if key not in self._values:
            cell = " || ' ' || ".join(map(self.cell, columns))
            filled = " AND ".join(f"{self.cell(column)} <> ''" for column in columns)
            query = f"SELECT {cell}, count(*) FROM {self.table} WHERE {filled} GROUP BY 1 ORDER BY 2 DESC, 1"
            self._values[key] = {
                str(value): int(count) for value, count in sql.rows(self.connection, f"{query} LIMIT {VALUES}")
            }
        return self._values[key]

    def filled(self, column: str) -> int:
        """Rows in which ``column`` is filled."""
        return sql.number(self.connection, f"SELECT count(*) FROM {self.table} WHERE {self.cell(column)} <> ''")

    def distinct(self, column: str) -> int:
        """Different filled values of ``column``."""
        cell = self.cell(column)
        return sql.number(self.connection, f"SELECT count(DISTINCT {cell}) FROM {self.table} WHERE {cell} <> ''")

    def empty(self, placeholders: tuple[str, ...]) -> None:
        """Empty the cells with one of ``placeholders``, so that a column is judged by the values that are read."""
        each = " UNION ALL ".join(
            f"SELECT DISTINCT {place} AS _place, {self.cell(column)} AS _cell FROM {self.table} "
            f"WHERE {self.cell(column)} IN ({sql.texts(placeholders)})"
            for place, column in enumerate(self.columns)
        )
        found = sql.rows(self.connection, each) if each else []
        self.emptied = {
            column: tuple(value for value in placeholders if (place, value) in found)
            for place, column in enumerate(self.columns)
        }
        cells = [
            f"CASE WHEN {self.cell(column)} NOT IN ({sql.texts(held)}) THEN {self.cell(column)} ELSE '' END "
            f"AS {self.cell(column)}"
            for column, held in self.emptied.items()
            if held
        ]
        if cells:
            query = f"SELECT * REPLACE ({', '.join(cells)}) FROM {self.table}"
            sql.run(self.connection, f"CREATE OR REPLACE TABLE {self.table} AS {query}")
            self._values.clear()

    def is_unique(self, column: str) -> bool:
        """Whether every row has its own value in ``column``."""
        return self.rows > 0 and self.distinct(column) == self.rows

    def personal(self, column: str, *, may_hold_names: bool = False) -> bool:
        """Whether ``column`` holds names, e-mails, phones or addresses, by its name or its values."""
        try:
            judgement.refuse(column, list(self.values(column)), may_hold_names=may_hold_names)
        except UserError:
            return True
        return False


def within(one: Sheet, column: str, other: Sheet, key: str) -> float:
    """The share of the different values of ``column`` that stand in the column ``key`` of ``other``."""
    values = f"SELECT DISTINCT {one.cell(column)} AS _key FROM {one.table} WHERE _key <> ''"
    keys = f"SELECT DISTINCT {other.cell(key)} AS _key FROM {other.table}"
    found = sql.number(one.connection, f"SELECT count(*) FROM ({values}) SEMI JOIN ({keys}) USING (_key)")
    return found / max(1, one.distinct(column))


@contextmanager
def open_sheets(paths: list[Path], folder: Path, scratch: Path) -> Iterator[list[Sheet]]:
    """Read ``paths``, which lie in ``folder``; files of one header and layout become one sheet.

    Raises
    ------
    UserError
        A file is missing or can't be read.
    """
    groups: dict[tuple[object, ...], Group] = {}
    for path in paths:
        if not path.is_file():
            fix = 'name the files of the shop: make mapping FILES="a.csv b.csv"'
            raise UserError(expected=f"the file {path}", found="no such file", fix=fix)
        for layout in look_at_all(path):
            found = headers.names("file", layout.rule(_pattern([path], folder)), folder)
            rest = sorted(item for item in layout.keys.items() if item[0] != "sheet")
            key = (*found, *rest, *_apart(path, layout))
            group = groups.setdefault(key, (layout, found, []))
            if layout.sheets and path in group[2]:
                group[0].set("sheet", (*group[0].sheets, *layout.sheets), "CHECK: sheets of one layout are one input")
            else:
                group[2].append(path)
    with open_session(scratch) as connection:
        taken: set[str] = set()
        together = _with_further_columns(list(groups.values()))
        yield [_load(connection, *group, folder, scratch, taken) for group in together]


def _with_further_columns(groups: list[Group]) -> list[Group]:
    """Put files together whose columns stand in another order, or of which some have a few more than the others.

    `_load` reads the columns that all of them have.
    """
    together: list[Group] = []
    for group in sorted(groups, key=lambda group: len(group[1])):
        alike = next((other for other in together if _are_alike(other, group)), None)
        if alike is None:
            together.append(group)
        else:
            alike[2].extend(group[2])
    first = {id(files): place for place, (_, _, files) in enumerate(groups)}
    return sorted(together, key=lambda group: first[id(group[2])])


def _are_alike(fewer: Group, more: Group) -> bool:
    """Whether ``more`` has the columns of ``fewer`` and at most a few others; numbered names depend on their order."""
    names, others = set(fewer[1]), set(more[1])
    if more[0].sheets or fewer[0].keys != more[0].keys or any(map(NUMBERED.search, names | others)):
        return False
    return names == others or (names < others and len(names) >= max(FEWEST_SHARED, SHARED * len(others)))


def _apart(path: Path, layout: Layout) -> tuple[str, ...]:
    """What parts sheets of one header: the workbook, and a name that says that they hold something else."""
    if not layout.sheets:
        return ()
    return str(path), *(word.lower() for word in OTHER_SHEETS.findall(layout.sheets[0]))


def _load(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    found: list[str],
    files: list[Path],
    folder: Path,
    scratch: Path,
    taken: set[str],
) -> Sheet:
    columns = [name for name in found if name and found.count(name) == 1]
    returned = nested.step_of_returns(str(layout.keys.get("rows_of", ""))).rpartition(".")[2]
    name = _name(list(layout.sheets) or ([returned] if returned else [file.name for file in files]), taken)
    sheet = Sheet(name, _pattern(files, folder), layout, columns, connection, files)
    accounts = inputs.stage(connection, Input(name, sheet.rule, tuple(columns), "order_lines"), folder, scratch)
    if len(layout.groups) >= len(found):
        plain = ((name, NUMBERED.sub("", name), group) for name, group in zip(found, layout.groups, strict=False))
        sheet.grouped = {name: f"{group} {own}".strip() for name, own, group in plain if name}
    sheet.only_some = _only_some(sheet, folder)
    sheet.unreadable = sum(sum(account.refused.values()) for account in accounts)
    _clean(sheet, accounts)
    _drop_headers(sheet)
    return sheet


def _only_some(sheet: Sheet, folder: Path) -> tuple[str, ...]:
    """Name the columns that not all of the files have."""
    if len(sheet.files) == 1:
        return ()
    each = (headers.names("file", sheet.layout.rule(_pattern([path], folder)), folder) for path in sheet.files)
    return tuple(dict.fromkeys(name for names in each for name in names if name and name not in sheet.columns))


def _clean(sheet: Sheet, accounts: tuple[FileAccount, ...]) -> None:
    """Clean all cells once, as ingest cleans them: dozens of statements look at each."""
    ascii_only = all(account.ascii_only for account in accounts)
    names = [sql.name(column) for column in sheet.columns]
    bare = [unwrapped(name) if any(account.formulas for account in accounts) else name for name in names]
    pairs = zip(bare, names, strict=True)
    cells = ", ".join(f"{clean(cell, ascii_only=ascii_only)} AS {name}" for cell, name in pairs)
    if cells:
        statement = f"CREATE OR REPLACE TABLE {sheet.table} AS SELECT * REPLACE ({cells}) FROM {sheet.table}"
        sql.run(sheet.connection, statement)


def _drop_headers(sheet: Sheet) -> None:
    """Drop and count the records most of whose cells are the names of their columns."""
    same = " + ".join(
        f"({sheet.cell(column)} IS NOT DISTINCT FROM {sql.text(column)})::INT" for column in sheet.columns
    )
    if len(sheet.columns) > 1:
        repeated = f"2 * ({same}) > {len(sheet.columns)}"
        sheet.headers = sql.number(sheet.connection, f"SELECT count(*) FROM {sheet.table} WHERE {repeated}")
        if sheet.headers:
            sql.run(sheet.connection, f"DELETE FROM {sheet.table} WHERE {repeated}")


def _name(names: list[str], taken: set[str]) -> str:
    """Name an input after its files or its sheet: the letters that their ``names`` begin with."""
    stem = _common([name.split(".")[0] for name in names])
    words = "".join(sign if sign.isalpha() else "_" for sign in stem.lower()).strip("_")
    name = base = "_".join(filter(None, words.split("_"))) or "file"
    number = 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def _pattern(files: list[Path], folder: Path) -> str:
    """The path of one file, or a pattern that all of ``files`` and, if possible, no others fit."""
    names = [file.relative_to(folder).as_posix() for file in files]
    if len(names) == 1:
        return glob.escape(names[0])
    start = _common(names)
    end = _common([name[len(start) :][::-1] for name in names])[::-1]
    return f"{glob.escape(start)}*{glob.escape(end)}"


def _common(names: list[str]) -> str:
    """The letters that all ``names`` begin with."""
    alike = itertools.takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False))
    return "".join(signs[0] for signs in alike)
