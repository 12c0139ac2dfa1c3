"""Returns that name their line by an id, and by another fact of both files are of another line.

Positions that count from 0 in one file and from 1 in the other find a line all the same, and the wrong one. A fact that
the returns write in another way (`Size S` for S, P01 for P01-S, a price after a voucher) says nothing against the id.
"""

from collections.abc import Iterator
from dataclasses import dataclass

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
REPEATED = 0.5
"""Least share of the differing returns whose line's fact another of them has, so that they show a way of writing."""
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


@dataclass(frozen=True)
class Differing:
    """The returns whose fact ``name`` is another in ``column`` than on the line that they name."""

    name: str
    column: Watched
    compared: int
    others: int
    place: str
    """The file and line of the first one."""
    step: int
    """How many positions on the line is on which the fact is the same; 0 for none."""
    written_otherwise: bool
    """Whether each fact of the lines has one fact of the returns, as another way of writing it."""

    @property
    def found(self) -> str:
        """The count of them, with the first one."""
        return f"another {self.name} on {self.others:,} of {self.compared:,} returns, first at {self.place}"


def refuse(work: Work, columns: list[Watched]) -> None:
    """Refuse returns of which more than a small share are of another line by ``columns``, or of none by its position.

    Facts that differ where the product is the same, or as another way of writing does, and prices are a notice alone.

    Raises
    ------
    UserError
        The message names the column, a row, whether positions are one off, and what to write.
    """
    if work.mapping.returns.match is not None or work.mapping.file_of_returns == work.mapping.file_of_lines:
        return
    compared = [
        _compare(work, name, column)
        for name in LARGEST_SHARE
        if (own := _column(work.mapping, name)) is not None
        for column in columns
        if _same(column.name, own)
    ]
    differing = [each for each in compared if each.others >= FEWEST and each.others > _most(each)]
    for each in differing:
        if each.step:
            raise _one_off(work, each)
    same_product = any(each.name == "product_id" and each.compared and each not in differing for each in compared)
    for each in differing:
        if not same_product and not each.written_otherwise and each.name != "price_minor":
            raise _of_other_lines(work, each)
        _note(work, each)
    _refuse_positions(work)


def _most(each: Differing) -> float:
    return LARGEST_SHARE[each.name] * each.compared


def _one_off(work: Work, each: Differing) -> UserError:
    column = each.column
    return UserError(
        expected=_expected(each),
        found=f"{each.found}; {_off(each.step)}, where it is the same",
        fix=f"match by what both files have, in place of line_id: {_match(work, each.name, column.name)}; or export "
        f"both files with one count of the positions; or, where {column.name!r} may differ, {column.ignored_by}",
    )


def _of_other_lines(work: Work, each: Differing) -> UserError:
    column = each.column
    return UserError(
        expected=_expected(each),
        found=each.found,
        fix=f"compare some of them with the shop: where line_id is right and {column.name!r} is no {each.name} of "
        f"that line, as of what was sent in exchange, {column.ignored_by}; where {column.name!r} is right, "
        f"match by what both files have, in place of line_id: {_match(work, each.name, column.name)}",
    )


def _expected(each: Differing) -> str:
    return (
        f"returns.columns.line_id to name the line that came back, whose {each.name} the column {each.column.name!r} "
        "has, too"
    )


def _note(work: Work, each: Differing) -> None:
    work.decide("returns.line_id", f"other_{each.name}", each.others, [each.place])
    work.notice(
        f"returns.columns.line_id: {each.found}, by the column {each.column.name!r}. line_id is taken, because "
        f"{_reason(each)}. Compare some of them with the shop; where they are right, {each.column.ignored_by}"
    )


def _reason(each: Differing) -> str:
    if each.name == "price_minor":
        return "the price of a return often differs"
    if each.written_otherwise:
        return f"each {each.name} of the lines goes with one of the returns, as another way of writing it does"
    return "the product is the same"


def _column(mapping: Mapping, name: str) -> str | None:
    rule = mapping.order_lines.columns.get(name)
    if rule is None or rule.column is None or rule.extract or rule.per == "line":
        return None  # of an amount of the row, the file of returns has that of the pieces that came back
    return rule.column.rpartition(".")[2]


def _same(one: str, other: str) -> bool:
    return (plain_header(one) or one) == (plain_header(other) or other)


def _compare(work: Work, name: str, column: Watched) -> Differing:
    file = column.file
    rule = work.mapping.order_lines.columns[name].model_copy(update={"column": column.name, "minus": ()})
    cells = cells_of(work, ORDER_LINES, file, {name: rule})
    source = f"(SELECT rowid AS _row, _file, {sql.name(column.name)} FROM {sql.name(f'file_{file}')})"
    facts = f"SELECT _row, {cells[0].value} AS fact FROM {layers(file, cells, source=source)}"
    returned = f"SELECT returned._row, line_id, fact FROM {TABLE} AS returned JOIN ({facts}) USING (_row)"
    sql.run(work.connection, f"CREATE OR REPLACE TEMP TABLE facts AS {returned} WHERE fact IS NOT NULL")
    compared, others, first = _others(work, name, 0)
    step = next((step for step in (-1, 1) if others >= FEWEST and _explains(work, name, step, others)), 0)
    written = others > 0 and not step and _written_otherwise(work, name)
    return Differing(name, column, compared, others, work.place(file, first) if others else "", step, written)


def _written_otherwise(work: Work, name: str) -> bool:
    """Whether each fact of the lines has one fact of the returns, but for a few, and enough returns show it.

    Of products, a part of the line's own id counts as well, such as that of the parent.
    """
    line, most = f"line.{sql.name(name)}", 1 - LARGEST_SHARE[name]
    pairs = (
        f"SELECT lower(trim(CAST(fact AS VARCHAR))) AS fact, lower(trim(CAST({line} AS VARCHAR))) AS own FROM facts "
        f"JOIN {order_lines.TABLE} AS line USING (line_id) WHERE {line} IS NOT NULL"
    )
    counted = f"SELECT own, fact, count(*) AS returns, starts_with(own, fact) AS part FROM ({pairs}) GROUP BY ALL"
    each = "SELECT sum(returns) AS whole, max(returns) AS alike"
    figures = f"{each} FROM ({counted}) GROUP BY own"
    query = (
        "SELECT sum(alike), sum(whole), sum(whole) FILTER (whole > 1), "
        f"(SELECT sum(returns) FILTER (part) FROM ({counted})) FROM ({figures})"
    )
    alike, whole, repeated, parts = (int(figure or 0) for figure in sql.rows(work.connection, query)[0])
    if name == "product_id" and parts >= most * whole:
        return True
    return alike >= most * whole and repeated >= REPEATED * whole


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
