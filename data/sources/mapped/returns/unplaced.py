"""Returns that can't be placed: they become rejects, and the lines that may be meant lose their outcome."""

from data import sql
from data.errors import UserError
from data.schema import CUSTOMERS, RETURNS
from data.sources import rejects
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.order_lines import DOUBTFUL
from data.sources.mapped.returns import advice
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import POSITION, Work, placed


def start(work: Work) -> None:
    """Make the table `DOUBTFUL`, empty."""
    sql.run(work.connection, f"CREATE TABLE {DOUBTFUL} (line_id VARCHAR)")


def doubt(work: Work, query: str) -> None:
    """Add the lines of ``query`` (``line_id``) to `DOUBTFUL`."""
    sql.run(work.connection, f"INSERT INTO {DOUBTFUL} {query}")


def keep_returned(work: Work, returns: str) -> None:
    """Leave each line once in `DOUBTFUL`, and none with a return in the table ``returns``: its outcome is known."""
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TABLE {DOUBTFUL} AS SELECT DISTINCT line_id FROM {DOUBTFUL} "
        f"ANTI JOIN {returns} USING (line_id) WHERE line_id IS NOT NULL",
    )
    lines = f"SELECT _row FROM {order_lines.TABLE} SEMI JOIN {DOUBTFUL} USING (line_id)"
    work.decide_rows("order_lines.outcome_recorded", "return_not_placed", work.mapping.file_of_lines, lines)


def reject(work: Work, query: str, column: str = "line_id") -> None:
    """Add rejects of the returns of ``query``: ``_row`` of each, its ``rule`` and what was ``found``."""
    rejects.add(
        work.connection,
        f"SELECT 'returns', {POSITION}, {sql.text(column)}, rule, found "
        f"FROM {placed(work.mapping.file_of_returns, f'({query})')}",
    )
    of_files = f"({query}) JOIN (SELECT _row, _file FROM {READ}) USING (_row)"
    work.let_go(RETURNS.name, "refused", f"SELECT rule, _file, count(*) FROM {of_files} GROUP BY ALL")


def described(names: tuple[str, ...], alias: str) -> str:
    """SQL: the values of a row in the columns ``names``, for rejects; a customer's key is left out."""
    shown = [f"{sql.text(name + ' ')} || {alias}.{sql.name(name)}::VARCHAR" for name in names if name != CUSTOMERS.key]
    return f"concat_ws(', ', {', '.join(shown)})" if shown else "''"


def refuse_if_none_is_placed(work: Work, rule: MatchRule) -> None:
    """Stop where no return found its line; the `UserError` has the rules and examples, most frequent first."""
    found = sql.rows(
        work.connection,
        "SELECT rule, count(DISTINCT key), first(concat_ws(', ', key, value) ORDER BY length(key), key) "
        "FROM rejects "
        "WHERE \"table\" = 'returns' GROUP BY rule ORDER BY 2 DESC, 1 LIMIT 3",
    )
    if not found or sql.number(work.connection, "SELECT count(*) FROM placed"):
        return
    raise UserError(
        expected=f"returns.match [{', '.join(rule.by)}] to find the order line of a return",
        found="no return that finds one: "
        + "; ".join(f"{rule} of {count} returns ({row})" for rule, count, row in found),
        fix=advice.of(work, rule),
    )
