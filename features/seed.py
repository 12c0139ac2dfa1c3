"""Stage: validated tables and the recipe of the features in, the seed of the online state out.

The seed holds what a state would hold after it had applied every order, delivery and return of the tables as an event.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data import facts, params, tables
from data.attributes import extended
from data.errors import UserError
from data.files import read_json, scratch, whole_folder
from data.logs import log
from data.outcome import as_of, delivery_counts
from data.progress.queries import progress_of
from data.progress.steps import step
from data.reading.reading import PLAIN, Reading
from data.schema import CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, Table
from data.stage import run
from data.tables import RAW, VALIDATED
from data.times import MICROSECONDS_PER_DAY, iso, to_us
from features import recipe
from features.catalog import MATRIX
from features.language.reasons import REASON_COLUMNS
from features.offline import matrix
from features.offline.lines import TableLines, plain, prepare
from features.offline.local.baskets import with_counted
from features.offline.local.engine import Engine
from features.online_state import fact_days, seed_file
from features.online_state import records as state_records
from features.online_state.contents import StateContents
from features.online_state.fact_days import FactDays
from features.online_state.records import StateAbout
from features.online_state.seed_file import AGENDA, AGENDA_FILE, RECORDS, RECORDS_FILE, STATE
from features.params import FeatureParams, OnlineParams
from features.recipe import Recipe
from features.seeding import keys
from features.seeding import orders as seed_orders
from features.seeding import posteriors as seed_posteriors
from features.seeding import profiles as seed_profiles
from features.seeding.counters import counter_records, time_records

SOURCE = RAW / "source.json"
Row = dict[str, Any]


@dataclass(frozen=True)
class SourceFacts:
    """What earlier stages did that the service has to go on from.

    ``id_key``: the fingerprint of the key that hashed the customer ids; None for a simulated shop, which has no key.
    ``reading``: how keys and labels were read. ``matrix``: the folder of the stage ``features``, from which the state
    has what the posteriors learned.
    """

    id_key: str | None
    reading: Reading = PLAIN
    matrix: Path = MATRIX


def build(
    validated: Path,
    state: Path,
    used: Recipe,
    source: SourceFacts,
    feature_params: FeatureParams,
    online: OnlineParams,
) -> StateAbout:
    """Write records.parquet, agenda.parquet and about.json into ``state``, which is replaced as a whole.

    Parameters
    ----------
    used
        The recipe of the model's features.
    source
        What earlier stages did: how ingest hashed the customer ids in the tables, and the like.
    feature_params
        The memory and the threads that DuckDB may take; the other parameters are not used here.

    Raises
    ------
    UserError
        The tables lack columns that the recipe names, or the matrix lacks its posteriors.
    """
    with scratch(state) as spill, whole_folder(state) as unfinished:
        backend = matrix.connect(feature_params, spill)
        try:
            keys.register(backend)
            seed = _Seed(backend, validated, used, source.matrix, online.remember_days)
            count = seed_file.write_rows(seed.records(), RECORDS, unfinished / RECORDS_FILE)
            seed_file.write_rows(seed.agenda(), AGENDA, unfinished / AGENDA_FILE)
        finally:
            backend.disconnect()
        about = StateAbout(
            seed=seed_file.digest(unfinished),
            recipe=used.as_json(),
            state_digest=seed.contents.digest,
            id_key=source.id_key,
            as_of=seed.as_of,
            remember_days=online.remember_days,
            reading=source.reading.as_json(),
            learned_day=seed_posteriors.learned_day(source.matrix, seed.contents),
        )
        seed_file.write_about(about, unfinished)
    log.info("%d records, as of %s", count, iso(seed.as_of))
    return about


class _Seed:
    """The content of the files, read from the tables part by part."""

    def __init__(self, backend: Backend, validated: Path, used: Recipe, learned: Path, remember_days: int) -> None:
        self._backend, self.contents, self._learned = backend, StateContents(used), learned
        self._orders, self._products, self._customers, self._returns = (
            backend.read_parquet(tables.checked(table, validated))
            for table in (ORDER_LINES, PRODUCTS, CUSTOMERS, RETURNS)
        )
        self.as_of = self._time(as_of(self._orders, self._returns))
        memory = remember_days * MICROSECONDS_PER_DAY
        self._due = seed_orders.Due(memory)
        self._validated = validated
        lines = prepare(backend, validated, used.outcome, normal_labels=used.normal_labels)
        _refuse_other_tables(used, lines)
        lines = _known_at(lines, self.as_of)
        origin = matrix.decay_origin(lines, used.params)
        self._engine = Engine(backend, lines, self.contents.features, (), origin, asked=False)
        nodes = self.contents.line_nodes
        self._lines = with_counted(backend, lines, self._engine.lines, nodes)
        orders = plain(self._orders, extended(ORDER_LINES, used.attributes))
        returns = plain(self._returns, RETURNS)
        since = self.as_of - memory
        self._remembered = seed_orders.remember(backend, self._lines, orders, returns, self.contents, since, self.as_of)

    def records(self) -> Iterator[pa.RecordBatch]:
        """Every record, ascending by key: kinds in the order of their letters, counters by the names of their keys."""
        keys_of_times = pa.array([state_records.DAYS, state_records.LATEST])  # in the order of their keys
        times = [fact_days.write(self._fact_days()), state_records.write_latest(self._latest())]
        yield seed_file.rows_of_records(keys_of_times, pa.array(times, pa.binary()))
        yield from seed_posteriors.learned_records(self._learned, self.contents)
        declared = self.contents.recipe.attributes
        customers = plain(self._customers, extended(CUSTOMERS, declared))
        yield from seed_profiles.customer_records(self._backend, customers, declared, self._changes(CUSTOMERS))
        for layout in self.contents.layouts:
            name = f"counters of {layout.key.name.replace('_', ' ')}"
            log.info("%s", name)
            with step(name, polled=progress_of(self._backend.con)):
                yield from counter_records(self._backend, self._engine, layout)
        yield from seed_orders.line_records(self._backend, self._remembered)
        yield from seed_posteriors.level_records(self._backend, self._learned, self.contents)
        yield from seed_orders.order_records(self._backend, self._remembered, self._due)
        products = plain(self._products, extended(PRODUCTS, declared))
        yield from seed_profiles.product_records(self._backend, products, declared, self._changes(PRODUCTS))
        for layout in self.contents.layouts:
            if layout.recalled:
                yield from time_records(self._backend, self._lines, layout)

    def agenda(self) -> Iterator[pa.RecordBatch]:
        """Every entry of the agendas, in the order of the file; `records` comes before."""
        return self._due.agenda()

    def _latest(self) -> state_records.Latest:
        """The latest time of each kind of fact in the tables that counts."""
        found = (self._backend.to_pyarrow(times["at"].max()).as_py() for times in self._counting)
        return state_records.Latest(*found)

    def _fact_days(self) -> FactDays:
        """The days (since 1970, UTC) with facts of each kind in the tables that count."""
        days = (times.select(day=times["at"] // MICROSECONDS_PER_DAY).distinct() for times in self._counting)
        return FactDays(*[fact_days.days_of(self._backend.to_pyarrow(each)["day"].to_pylist()) for each in days])

    @cached_property
    def _counting(self) -> tuple[ir.Table, ir.Table, ir.Table]:
        """The times (``at``) of orders, deliveries and outcomes that count, as the receipts of events say."""
        lines, delivered, orders = self._lines.table, self._orders, plain(self._orders, ORDER_LINES)
        if "cancelled_at" in lines.columns:
            cancelled = lines.filter(lines["cancelled_at"].notnull()).select("line_id")
            delivered = delivered.anti_join(cancelled, "line_id")
        if "delivered_at" in delivered.columns:
            delivered = delivered.filter(delivery_counts(delivered, self.contents.recipe.outcome))
        returned = _times(self._lines.returns, "piece_returned_at")
        return (
            _times(orders, "ordered_at"),
            _times(plain(delivered, ORDER_LINES), "delivered_at"),
            _times(lines, "cancelled_at").union(returned),
        )

    def _changes(self, of: Table) -> list[Row]:
        """The later facts of products or customers, as rows; times are microseconds."""
        changes = CHANGES[of.name]
        if changes not in facts.changes_in(self._validated):
            return []
        table = self._backend.read_parquet(tables.checked(changes, self._validated))
        rows: list[Row] = self._backend.to_pyarrow(
            plain(table, extended(changes, self.contents.recipe.attributes))
        ).to_pylist()
        return rows

    def _time(self, time: ir.TimestampScalar) -> int:
        return to_us(self._backend.to_pyarrow(time).as_py())


def _known_at(lines: TableLines, time: int) -> TableLines:
    """Leave a line open whose return window closes at ``time`` itself: a close is known strictly after its own time."""
    table = lines.table
    still_open = ~table["returned"] & (table["settled_at"] >= time)
    changes = {
        name: ibis.ifelse(still_open, ibis.null(table[name].type()), table[name]) for name in ("settled_at", "returned")
    }
    closing = table["pieces_kept_at"] >= time
    changes["pieces_kept_at"] = ibis.ifelse(closing, ibis.null("int64"), table["pieces_kept_at"])
    return replace(lines, table=table.mutate(**changes))


def _times(table: ir.Table, name: str) -> ir.Table:
    """The times of a column (microseconds), as ``at``; none where the table lacks it."""
    if name not in table.columns:
        return ibis.memtable({"at": []}, schema={"at": "int64"})
    return table.filter(table[name].notnull()).select(at=table[name])


def _refuse_other_tables(used: Recipe, lines: TableLines) -> None:
    missing = used.columns - lines.columns - set(REASON_COLUMNS)
    if missing:
        raise UserError(
            expected=f"validated tables with the columns of the recipe in {recipe.RECIPE_FILE}",
            found=f"no column {', '.join(sorted(missing))}",
            fix="build both from the same source: dvc repro",
        )


def facts_of(source: Path) -> SourceFacts:
    """Read from source.json what the service has to know of ingest.

    Raises
    ------
    UserError
        The file is missing, or its reading is of another version.
    """
    content = read_json(source)
    return SourceFacts(content.get("id_key", {}).get("fingerprint"), Reading.from_json(content.get("reading", {})))


def main() -> None:
    """Run the stage on the folders of the project."""
    feature_params, online = params.load("features", FeatureParams), params.load("online", OnlineParams)
    build(VALIDATED, STATE, recipe.read(), facts_of(SOURCE), feature_params, online)


if __name__ == "__main__":
    run(main)
