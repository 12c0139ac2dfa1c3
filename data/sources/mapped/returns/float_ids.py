"""Ids that a spreadsheet or script wrote as decimal numbers in one of two tables: 12001.0 is 12001."""

from data import sql
from data.errors import UserError
from data.logs import log
from data.schema import CUSTOMERS
from data.sources.mapped import order_lines
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work


def unite(work: Work, names: tuple[str, ...]) -> None:
    """Write the ids ``names`` of the returns as the order lines do, where they differ by ``.0`` alone.

    Customers' keys are hashed before, and so left alone.

    Raises
    ------
    UserError
        The order lines have both forms as different ids.
    """
    for name in names:
        column = sql.name(name)
        texts = f"SELECT typeof({column}) = 'VARCHAR' FROM {order_lines.TABLE} LIMIT 1"
        if name != CUSTOMERS.key and sql.number(work.connection, texts):
            _unite(work, name)


def _unite(work: Work, name: str) -> None:
    column = sql.name(name)
    if not _any_decimal(work, READ, column) and not _any_decimal(work, order_lines.TABLE, column):
        return
    other = f"CASE WHEN ends_with({column}, '.0') THEN left({column}, -2) ELSE {column} || '.0' END"
    known = f"SELECT DISTINCT {column} FROM {order_lines.TABLE}"
    lonely = f"SELECT DISTINCT {column} FROM {READ} ANTI JOIN ({known}) USING ({column}) WHERE {_number(column)}"
    sql.run(
        work.connection,
        f"CREATE TABLE float_ids AS SELECT own.{column} AS written, other AS meant FROM "
        f"(SELECT {column}, {other} AS other FROM ({lonely})) AS own "
        f"SEMI JOIN ({known}) AS known ON other = known.{column}",
    )
    count, written, meant = sql.rows(
        work.connection, "SELECT count(*), min(written), arg_min(meant, written) FROM float_ids"
    )[0]
    if count:
        _refuse_both_forms(work, name, column)
        sql.run(work.connection, f"UPDATE {READ} SET {column} = meant FROM float_ids WHERE {column} = written")
        work.decide(f"returns.{name}", "float_ids", count)
        log.warning(
            "ingest: returns.%s: %d ids, such as %s, stand in the order lines as %s; they are taken as the same",
            name, count, written, meant,
        )  # fmt: skip
    sql.run(work.connection, "DROP TABLE float_ids")


def _any_decimal(work: Work, table: str, column: str) -> bool:
    found = sql.rows(work.connection, f"SELECT 1 FROM {table} WHERE ends_with({column}, '.0') LIMIT 1")
    return bool(found)


def _number(column: str) -> str:
    return f"regexp_full_match({column}, '[0-9]+([.]0)?')"


def _refuse_both_forms(work: Work, name: str, column: str) -> None:
    decimals = f"SELECT DISTINCT {column} FROM {order_lines.TABLE} WHERE regexp_full_match({column}, '[0-9]+[.]0')"
    both = sql.rows(
        work.connection,
        f"SELECT min({column}) FROM ({decimals}) "
        f"WHERE left({column}, -2) IN (SELECT {column} FROM {order_lines.TABLE})",
    )[0][0]
    if both is not None:
        own = work.mapping.order_lines.columns[name]
        raise UserError(
            expected=f"the ids {name} in one form, {str(both)[:-2]} or {both}",
            found=f"both {both!r} and {str(both)[:-2]!r} in the order lines' column {', '.join(own.sources)!r}, "
            "and returns that name ids in a form which the order lines lack",
            fix="export both files with the ids as text, or as whole numbers; "
            f"or read them as one by extract: '^(.+?)(?:\\.0)?$' under both columns {name}",
        )
