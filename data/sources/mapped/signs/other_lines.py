"""Returns that name their line by an id, and by another fact of both files are of another line.

Positions that count from 0 in one file and from 1 in the other find a line all the same, and the wrong one.
"""

from collections.abc import Iterator

from data import sql
from data.errors import UserError
from data.personal_data.headers import plain_header
from data.schema import ORDER_LINES
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin
from data.sources.mapped.returns.placed_returns import TABLE
from data.sources.mapped.rows import Work, cells_of, layers
from data.sources.mapped.signs.watched import Names, Watched

LARGEST_SHARE = {"product_id": 0.05, "size": 0.05, "color": 0.05, "price_minor": 0.5}
"""The facts that are compared, each with the share of returns that may differ: a refund is often of another price."""
FEWEST = 3
"""Returns of another line that are no odd ones."""
ALIKE = 0.9
"""Least share of the returns that another position explains."""
POSITION = r"^(.*[^0-9])([0-9]+)$"
"""The parts of an id of a line: what stands before its position, and the position."""


def common_columns(mapping: Mapping, names: Names) -> list[Watched]:
    """List the columns of the file of returns with the name of one that feeds a fact of order lines.

    They are compared where the returns name their line by its id; those under ``ignore`` are left out.

    Parameters
    ----------
    names
        The columns of the file of returns.
    """
    file, rule = mapping.file_of_returns, mapping.returns
    if rule.match is not None or "line_id" not in rule.columns or file == mapping.file_of_lines:
        return []
    columns = names[file]
    return [
        Watched(column, Origin(column), file)
        for name in LARGEST_SHARE
        if (own := _column(mapping, name)) is not None
        for column in columns
        if _same(column, own) and columns.count(column) == 1 and column not in mapping.files[file].ignore
    ]


def refuse(work: Work, columns: list[Watched]) -> None:
    """Refuse returns of which more than a small share are of another line by ``columns``, or of none by its position.

    Raises
    ------
    UserError
        The message names the column, a row, whether positions are one off, and what to write.
    """
    if work.mapping.returns.match is not None or work.mapping.file_of_returns == work.mapping.file_of_lines:
        return
    for name, most in LARGEST_SHARE.items():
        own = _column(work.mapping, name)
        for column in columns:
            if own is not None and _same(column.name, own):
                _compare(work, name, column, most)
    _refuse_positions(work)


def _column(mapping: Mapping, name: str) -> str | None:
    rule = mapping.order_lines.columns.get(name)
    return None if rule is None or rule.column is None or rule.extract else rule.column.rpartition(".")[2]


def _same(one: str, other: str) -> bool:
    return (plain_header(one) or one) == (plain_header(other) or other)


def _compare(work: Work, name: str, column: Watched, most: float) -> None:
    file = column.file
    rule = work.mapping.order_lines.columns[name].model_copy(update={"column": column.name, "minus": ()})
    cells = cells_of(work, ORDER_LINES, file, {name: rule})
    source = f"(SELECT rowid AS _row, _file, {sql.name(column.name)} FROM {sql.name(f'file_{file}')})"
    facts = f"SELECT _row, {cells[0].value} AS fact FROM {layers(file, cells, source=source)}"
    returned = f"SELECT returned._row, line_id, fact FROM {TABLE} AS returned JOIN ({facts}) USING (_row)"
    sql.run(work.connection, f"CREATE OR REPLACE TEMP TABLE facts AS {returned} WHERE fact IS NOT NULL")
    compared, others, first = _others(work, name, 0)
    if others >= FEWEST and others > most * compared:
        step = next((step for step in (-1, 1) if _explains(work, name, step, others)), 0)
        raise UserError(
            expected=f"returns.columns.line_id to name the line that came back, whose {name} the column "
            f"{column.name!r} has, too",
            found=f"another {name} on {others:,} of {compared:,} returns, first at {work.place(file, first)}"
            + (f"; {_off(step)}, where it is the same" if step else ""),
            fix=f"match by what both files have, in place of line_id: {_match(work, name, column.name)}; or export "
            f"both files with one count of the positions; or, where {column.name!r} may differ, {column.ignored_by}",
        )


def _others(work: Work, name: str, step: int) -> tuple[int, int, int]:
    """Count the returns with a line ``step`` positions on, those with another fact than it, and give the first one."""
    line, fact = f"line.{sql.name(name)}", "lower(trim(CAST({} AS VARCHAR)))"
    differs = f"{fact.format('fact')} <> {fact.format(line)}"
    moved = _moved("facts.line_id", step) if step else "facts.line_id"
    query = (
        f"SELECT count(*), count(*) FILTER ({differs}), coalesce(min(facts._row) FILTER ({differs}), 0) FROM facts "
        f"JOIN {order_lines.TABLE} AS line ON line.line_id = {moved} WHERE {line} IS NOT NULL"
    )
    compared, others, first = sql.rows(work.connection, query)[0]
    return int(compared), int(others), int(first)


def _explains(work: Work, name: str, step: int, others: int) -> bool:
    """Whether the facts are those of the line ``step`` positions on."""
    compared, still, _ = _others(work, name, step)
    return compared - still >= max(ALIKE * compared, others)


def _moved(column: str, step: int) -> str:
    """SQL: the id of the line ``step`` positions on, with as many digits; null for an id without a position."""
    before, digits = (f"regexp_extract({column}, {sql.text(POSITION)}, {group})" for group in (1, 2))
    number = f"(TRY_CAST({digits} AS BIGINT) + {step})::VARCHAR"
    padded = f"lpad({number}, length({digits})::INTEGER, '0')"
    return f"({before} || CASE WHEN starts_with({digits}, '0') THEN {padded} ELSE {number} END)"


def _refuse_positions(work: Work) -> None:
    """Refuse returns without a line where the position before or behind has one: one of the files counts from 0."""
    lonely = f"SELECT line_id FROM {TABLE} ANTI JOIN {order_lines.TABLE} USING (line_id)"
    count, whole = (sql.number(work.connection, f"SELECT count(*) FROM ({each})") for each in (lonely, f"FROM {TABLE}"))
    if count < FEWEST or count <= LARGEST_SHARE["product_id"] * whole:
        return
    returned, sold = (_first_position(work, table) for table in (TABLE, order_lines.TABLE))
    if returned is None or sold is None or abs(returned - sold) != 1:
        return
    step = sold - returned
    known = f"SELECT line_id FROM {order_lines.TABLE}"
    found = f"SELECT count(*) FROM ({lonely}) WHERE {_moved('line_id', step)} IN ({known})"
    if sql.number(work.connection, found) >= ALIKE * count:
        raise UserError(
            expected="positions that count alike in returns.columns.line_id and order_lines.columns.line_id",
            found=f"{count:,} of {whole:,} returns of no line; {_off(step)}: they count from {returned} in the "
            f"returns and from {sold} in the order lines, and the other returns name the wrong line",
            fix="export both files with one count of the positions; or, where both have the product, match by it in "
            "place of line_id: returns.match: [order_id, product_id], with these columns under returns.columns",
        )


def _first_position(work: Work, table: str) -> int | None:
    position = f"TRY_CAST(regexp_extract(line_id, {sql.text(POSITION)}, 2) AS BIGINT)"
    found = sql.rows(work.connection, f"SELECT min({position}) FROM {table}")[0][0]
    return None if found is None else int(found)


def _off(step: int) -> str:
    return f"the positions of the returns are one too {'large' if step < 0 else 'small'}"


def _match(work: Work, name: str, column: str) -> str:
    """Write a match by the order and the product, with what else is common, and what to map for it."""
    by = "order_id" if name == "product_id" else "order_id, product_id"
    own = [f"order_id: {_order(work)}", f"{name}: {column}"]
    return f"match: [{by}, {name}], with {' and '.join(own)} under returns.columns"


def _order(work: Work) -> str:
    """Name the column of the order's number in the returns, where their line's id is made of it."""
    names = list(_orders(work.mapping))
    return names[0] if names else "COLUMN OF THE ORDER'S NUMBER"


def _orders(mapping: Mapping) -> Iterator[str]:
    order = mapping.order_lines.columns["order_id"].column
    for column in mapping.returns.columns["line_id"].columns:
        if order is not None and _same(column, order):
            yield column
