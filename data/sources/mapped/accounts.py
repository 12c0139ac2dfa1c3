"""The account of each file: its records, and what became of each, from counts that were taken where it happened."""

from collections.abc import Iterator

from data import sql
from data.schema import CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS
from data.sources.mapped import left_out, order_lines
from data.sources.mapped.copies.leaving import JOINED
from data.sources.mapped.names import table_of
from data.sources.mapped.records.input import FileAccount
from data.sources.mapped.returns.placed_returns import TABLE as RETURNS_TABLE
from data.sources.mapped.rows import Why, Work, rows_of
from data.sources.report import Account


def accounts(work: Work, loaded: dict[str, tuple[FileAccount, ...]]) -> Iterator[Account]:
    """Give the account of each file of each input, and one more for returns among the order lines.

    Raises
    ------
    UserError
        The parts of an account don't add up to the records of the file.
    """
    for name, files in loaded.items():
        table = table_of(work.mapping, name) or JOINED
        kept = _kept(work, name, table)
        with_returns = name == work.mapping.file_of_lines and work.mapping.returns.rows is not None
        came_back = _kept(work, name, RETURNS.name) if with_returns else {}
        for found in files:
            own = _account(work, table, found.path.name, found.records, found.refused, kept)
            yield own.with_footer(found.footer)
            if with_returns:
                rows = _gone(work, table, found.path.name, "left out").get(left_out.RETURNS, 0)
                yield _account(work, RETURNS.name, found.path.name, rows, {}, came_back)


def _account(
    work: Work, table: str, file: str, records: int, unread: dict[str, int], kept: dict[str, tuple[int, ...]]
) -> Account:
    counts = kept.get(file, (0,))
    return Account(
        file,
        table,
        records,
        counts[0],
        sum(_gone(work, table, file, "refused").values()),
        unread,
        _gone(work, table, file, "copy"),
        _gone(work, table, file, "left out"),
        *counts[1:],
    )


def _gone(work: Work, table: str, file: str, why: Why) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in work.gone:
        if (item.table, item.file, item.why) == (table, file, why):
            found[item.rule] = found.get(item.rule, 0) + item.count
    return found


def _kept(work: Work, name: str, table: str) -> dict[str, tuple[int, ...]]:
    """Count the records of each file that are in the canonical table, with pieces and money of order lines."""
    if table == ORDER_LINES.name:
        return _of(work, order_lines.TABLE, "count(*), sum(quantity)::BIGINT, sum(quantity * price_minor)::BIGINT")
    if table == RETURNS.name:
        return _of(work, RETURNS_TABLE, "count(DISTINCT _row)")
    if table in (PRODUCTS.name, CUSTOMERS.name, *(each.name for each in CHANGES.values())):
        return _of(work, f"typed_{table}", "count(*)")
    return _of(work, rows_of(name), "count(*)")


def _of(work: Work, table: str, counts: str) -> dict[str, tuple[int, ...]]:
    found = sql.rows(work.connection, f"SELECT _file, {counts} FROM {table} GROUP BY 1")
    return {str(file): tuple(map(int, values)) for file, *values in found}
