"""Source mapped: any shop's CSV or parquet files, read by a YAML mapping. No code here is written for one shop."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from data import attributes, identity, sql, tables
from data.identity import KeyKind
from data.personal_data import judgement
from data.personal_data.kinds import Kind
from data.pseudonyms.pseudonyms import from_environment
from data.schema import CUSTOMER_IDS, CUSTOMERS, ORDER_LINES, PRODUCT_CHANGES, PRODUCTS, REJECTS, RETURNS
from data.sources.mapped import accounts, changes, master_data, order_lines, prepared, readings, returns
from data.sources.mapped.checks import check
from data.sources.mapped.cleaning import is_wrapped
from data.sources.mapped.copies import joined_returns
from data.sources.mapped.mapping.columns import AttributeRule, ColumnRule
from data.sources.mapped.mapping.load import load
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin, origins, table_of, table_rules
from data.sources.mapped.records import headers, inputs
from data.sources.mapped.records.input import FileAccount, Input
from data.sources.mapped.returns import placed_returns, unread_orders
from data.sources.mapped.rows import EXAMPLES, IDS, Work, cells_of, layers, rows_of, sample_of
from data.sources.mapped.signs import (
    damaged_ids,
    dated_sizes,
    free_lines,
    header_zones,
    left_over_files,
    minor_units,
    other_lines,
    overlooked,
    percentages,
    placeholders,
    planned,
    refund_rows,
    return_states,
    two_formats,
    unread_clocks,
    unreturned,
)
from data.sources.mapped.signs.unread_clocks import watched_clocks
from data.sources.mapped.signs.watched import Watched, watched_columns, watched_of_returns, watched_states
from data.sources.params import CommentParams
from data.sources.report import SourceReport
from data.sources.session import open_session

SAMPLE = 5_000
"""Rows of a file, roughly, that are searched for personal data: a share of 5% is found to a third of a percent."""


LABELS = (PRODUCTS.key, "brand", "supplier", "category")
"""The product, and labels of it that are the same in every order."""

NUMBERS = ("order_id", "return_id", "change_id")
"""Columns of numbers that a shop gives. A line's id may be made of the product's name."""


def write(folder: Path, mapping_file: Path, raw: Path, comments: CommentParams) -> SourceReport:
    """Read the files in ``folder`` by ``mapping_file``, and write the canonical tables and rejects into ``raw``.

    ``comments``: when a reason is read from a comment, for a mapping that names the column of comments.

    Raises
    ------
    UserError
        The mapping, a file or a column is missing or wrong; see `mapping.load` and `records.inputs.stage`.
    """
    mapping = load(mapping_file)
    check(mapping, mapping_file)
    pseudonyms = from_environment()
    with open_session(raw) as connection:
        work = Work(connection, mapping)
        named = origins(mapping, folder)
        further = _further(mapping, named, folder)
        loaded = _stage(work, folder, named, further.columns, raw)
        _refuse_personal(work)
        for sign in (planned, minor_units, percentages, header_zones):
            sign.refuse(work)
        two_formats.note(work)
        unread_clocks.note(work, further.clocks)
        reading = readings.of(mapping)
        identity.name_ids(connection, _customers(work), IDS, pseudonyms.make, reading.customer)
        order_lines.read(work)
        damaged_ids.count(work)
        placeholders.note(work)
        dated_sizes.note(work)
        free_lines.note(work)
        overlooked.refuse(work, further.outcomes)
        refund_rows.refuse(work, further.outcomes)
        unread_orders.note(work, further.orders)
        returns.read(work, comments)
        joined_returns.note(work, placed_returns.TABLE)
        other_lines.refuse(work, further.common)
        return_states.refuse(work, further.of_returns)
        unreturned.refuse(work, further.states)
        changes.read(work)
        queries = {
            ORDER_LINES: order_lines.select(work),
            **{each: changes.before(work, each, master_data.select(work, each)) for each in (PRODUCTS, CUSTOMERS)},
            **changes.selects(work),
            RETURNS: returns.select(work),
            REJECTS: "SELECT * FROM rejects",
        }
        for table, query in queries.items():
            tables.write(attributes.extended(table, mapping.declared), connection.sql(query), raw)
        attributes.write(mapping.declared, raw)
        paths = tuple(file.path for files in loaded.values() for file in files)
        left_over_files.note(work, folder, paths)
        found = tuple(accounts.accounts(work, loaded))
        return SourceReport(paths, work.decisions, work.examples, tuple(work.notices), found, reading)


@dataclass(frozen=True)
class _Further:
    """Columns that no rule reads, or that a rule reads for something else, by the sign that looks at them."""

    outcomes: list[Watched]
    of_returns: list[Watched]
    states: list[Watched]
    common: list[Watched]
    orders: list[Watched]
    clocks: list[Watched]

    @property
    def columns(self) -> list[Watched]:
        """All of them; a column that several signs look at stands there more than once."""
        return [*self.outcomes, *self.of_returns, *self.states, *self.common, *self.orders, *self.clocks]


def _further(mapping: Mapping, named: dict[str, dict[str, Origin]], folder: Path) -> _Further:
    """Find the columns that signs look at, which have to be loaded beside those of the rules."""
    lines, returned = mapping.file_of_lines, mapping.file_of_returns
    joined = {file: (file, *mapping.files[file].join) for file in (lines, returned)}
    read = dict.fromkeys(file for files in joined.values() for file in files)
    names = {file: headers.names(file, mapping.files[file], folder) for file in read}

    def watched(which: Callable[..., list[Watched]], file: str) -> list[Watched]:
        """List the columns of the rows of ``file``, those of joined inputs included."""
        return which(mapping, named[file], {each: names[each] for each in joined[file]})

    return _Further(
        outcomes=watched(watched_columns, lines),
        of_returns=watched(watched_of_returns, returned),
        states=watched(watched_states, lines),
        common=other_lines.common_columns(mapping, {returned: names[returned]}),
        orders=watched(unread_orders.unread_columns, returned),
        clocks=[column for file in joined for column in watched(partial(watched_clocks, file=file), file)],
    )


def _stage(
    work: Work, folder: Path, named: dict[str, dict[str, Origin]], watched: list[Watched], scratch: Path
) -> dict[str, tuple[FileAccount, ...]]:
    """Load the columns of every input into DuckDB, and prepare its rows; return the accounts of the files read."""
    loaded: dict[str, tuple[FileAccount, ...]] = {}
    for name, columns in named.items():
        wanted = [origin.column for origin in columns.values() if not origin.other]
        wanted += [item.origin.column for item in watched if item.holder == name]
        feeds = table_of(work.mapping, name) or ORDER_LINES.name
        source = Input(name, work.mapping.files[name], tuple(dict.fromkeys(wanted)), feeds)
        loaded[name] = inputs.stage(work.connection, source, folder, scratch)
        if all(account.ascii_only for account in loaded[name]):
            work.ascii_only.add(name)
        if any(account.formulas for account in loaded[name]):
            _note_wrapped(work, source)
        _note_loose_quotes(work, name, loaded[name])
        prepared.prepare(work, name, columns)
    return loaded


def _note_wrapped(work: Work, source: Input) -> None:
    """Note whether texts of an input stand as formulas of a spreadsheet, and count them by column."""
    counts = ", ".join(f"count(*) FILTER ({is_wrapped(sql.name(column))})" for column in source.wanted)
    (found,) = sql.rows(work.connection, f"SELECT {counts} FROM {source.table}")
    for column, wrapped in zip(source.wanted, found, strict=True):
        if wrapped:
            work.wrapped.add(source.name)
        work.decide(f"files.{source.name}", f"text_formulas in {column}", wrapped)


def _note_loose_quotes(work: Work, name: str, files: tuple[FileAccount, ...]) -> None:
    """Count the records of an input with a quote that encloses nothing; one at the end of an id belongs to none."""
    places = [f"{file.path.name}:line {line}" for file in files for line in file.first_loose]
    count = sum(file.loose_quotes for file in files)
    work.decide(f"files.{name}", "quotes_within_texts", count, places[:EXAMPLES])
    if count:
        work.notice(
            f"files.{name}: {count:,} records have a quote in a text that no quote encloses, such as "
            f"{', '.join(places[:EXAMPLES])}. It is kept as a sign of inches would be; where a quote was lost, correct "
            "the line, because the sign is now part of the text"
        )


def _refuse_personal(work: Work) -> None:
    """Search a sample of each mapped text column for personal data, before anything is written.

    The sample is spread over the whole file. The texts of comments are not searched, because they are never written; of
    a comment's column only the name is checked. A customer's key that is no number of the shop's own is hashed.
    """
    if work.mapping.returns.comment is not None:
        judgement.refuse(work.mapping.returns.comment, (), may_hold_names=True)
    for file in dict.fromkeys(file for _, file, _ in table_rules(work.mapping)):
        step = 1 + sql.number(work.connection, f"SELECT count(*) FROM {rows_of(file)}") // SAMPLE
        some = f"SELECT * FROM {rows_of(file)} WHERE hash(_row) % {step} = 0"
        sql.run(work.connection, f"CREATE TABLE {sample_of(file)} AS {some}")
    for table, file, columns in table_rules(work.mapping):
        if table.name == PRODUCTS.name:
            _refuse_labels_of_customers(work, file, {name: columns[name] for name in LABELS if name in columns})
        for item in cells_of(work, table, file, columns):
            rule = columns[item.column.name]
            if not rule.sources or item.column.dtype != pa.string() or rule.key not in (None, KeyKind.ID):
                continue
            rows = f"{layers(file, [item], source=sample_of(file))} WHERE {item.parse} IS NOT NULL"
            values = [value for (value,) in sql.rows(work.connection, f"SELECT {item.parse} FROM {rows}")]
            label = item.column.name in ("size", "color", "exchanged_for_size")
            about_products = table.name in (PRODUCTS.name, PRODUCT_CHANGES.name) or label
            # The shop has said of such an attribute that it is about the person, and audits show it.
            allowed = {Kind.TOWN} if isinstance(rule, AttributeRule) and rule.personal == "allowed" else set()
            name = " ".join(rule.sources)
            numbers = item.column.name in NUMBERS
            judgement.refuse(
                name, values, may_hold_names=about_products, brands=not label, allowed=allowed, numbers=numbers
            )


def _refuse_labels_of_customers(work: Work, file: str, columns: dict[str, ColumnRule]) -> None:
    """Search a sample of the labels of products for names of those who bought them."""
    by_name = {item.column.name: item for item in cells_of(work, PRODUCTS, file, columns)}
    product = by_name.get(PRODUCTS.key)
    for name in LABELS[1:]:
        if product is not None and (label := by_name.get(name)) is not None:
            filled = f"{product.parse} IS NOT NULL AND {label.parse} IS NOT NULL"
            sample = layers(file, [product, label], source=sample_of(file))
            pairs = sql.rows(work.connection, f"SELECT {product.parse}, {label.parse} FROM {sample} WHERE {filled}")
            judgement.refuse_of_customers(
                " ".join(columns[name].sources), [(str(one), str(other)) for one, other in pairs]
            )


def _customers(work: Work) -> str:
    """SQL: the ids of all customers in all inputs, as text."""
    queries = [
        f"SELECT {item.parse} FROM {layers(file, [item])}"
        for table, file, columns in table_rules(work.mapping)
        for name in CUSTOMER_IDS
        if name in columns
        for item in cells_of(work, table, file, {name: columns[name]})
    ]
    return " UNION ALL ".join(queries) or "SELECT NULL::VARCHAR"
