"""Times of a known layout that the files write in another form than the preset: their values decide the format."""

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import times
from data.drafting.draft import inline, put
from data.drafting.sheet import Sheet
from data.schema import TIME, Table
from data.sources.mapped.mapping.columns import ColumnRule

FORM = "CHECK: the form of these times was seen in the file; day and month are right?"


def adapt(columns: CommentedMap, table: Table, name: str, rule: ColumnRule, sheet: Sheet) -> None:
    """Set the format of the time ``name`` where ``sheet`` has its columns, and the preset's does not read them."""
    if name not in table.names or table.column(name).dtype != TIME or not set(rule.sources) <= set(sheet.columns):
        return
    values = _values(sheet, rule.sources)
    found = times.decide(values)
    if found is None or not found.formats:
        return
    if times.read_by((value for value in values if value not in (*found.no_date, *found.odd)), rule.format):
        return
    kept = (
        {key: value for key, value in columns[name].items() if key != "format"}
        if isinstance(columns[name], dict)
        else {}
    )
    kept = kept or {"column": rule.sources[0]}
    if found.or_else:
        asked = " or ".join((found.formats[0], *found.or_else))
        put(columns, name, inline(**kept), f"CHECK: add format: {asked}; every value can be read by each")
    else:
        form = found.formats[0] if len(found.formats) == 1 else list(found.formats)
        put(columns, name, inline(**kept, format=form), FORM)


def _values(sheet: Sheet, columns: tuple[str, ...]) -> dict[str, int]:
    """The texts of the columns with their counts, put together as ingest does, the most frequent first."""
    cell = f"concat_ws(' ', {', '.join(f'nullif({sheet.cell(column)}, {sql.text(str())})' for column in columns)})"
    query = f"SELECT {cell} AS value, count(*) FROM {sheet.table} WHERE value <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
    return {str(value): int(count) for value, count in sql.rows(sheet.connection, f"{query} LIMIT {times.LOOKED_AT}")}
