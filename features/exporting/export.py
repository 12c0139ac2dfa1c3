"""The export: the canonical tables that a snapshot and the events since amount to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from data import attributes
from data.errors import UserError
from data.files import scratch, whole_folder
from data.logs import log
from data.sources.snapshot import Snapshot
from data.times import MICROSECONDS_PER_DAY, iso
from features.exporting import facts, orders
from features.exporting.changed import Found, changed
from features.exporting.merge import Merge
from features.exporting.orders import Terms
from features.offline import matrix
from features.online_state import restore
from features.online_state.records import StateAbout
from features.params import FeatureParams
from features.recipe import Recipe
from features.stores.store import Store

CLOCKS_APART = 300_000_000
"""How far the clocks of machines that write events may differ, in microseconds: so much is read twice."""


@dataclass(frozen=True)
class Exported:
    """What was written: the rows of each table, and how many orders, products and customers events had changed."""

    rows: dict[str, int]
    changed: dict[str, int]
    description: Snapshot


@dataclass(frozen=True)
class Base:
    """The tables to start from: their folder, and what they are."""

    folder: Path
    description: Snapshot


def export(
    store: Store,
    base: Base,
    out: Path,
    now: int,
    max_delay_days: int,
    feature_params: FeatureParams,
    living: Iterable[str] | None = None,
) -> Exported:
    """Write the tables of ``base`` with what events changed in the state in ``store`` since, into the folder ``out``.

    The folder is replaced as a whole, and may be that of ``base``. The state may go on taking events.

    Parameters
    ----------
    now
        The time of the clock, microseconds since 1970: every event that was answered before is in the tables, unless
        its fact lies ahead of the clock. Such a fact is in the tables that are written after its time.
    max_delay_days
        `validation.max_delay_days` of params.yaml.
    feature_params
        The memory and the threads that DuckDB may take.
    living
        The customers who have a secret: orders of all others are nobody's. None: nobody has one.

    Raises
    ------
    UserError
        The store holds no state, or one of another shop or key, or one that may have forgotten events since ``base``.
    StoreError
        The store can't be read.
    """
    about = _about(store, base.description, now)
    declared = attributes.read(base.folder)
    terms = Terms(Recipe.from_json(about.recipe).outcome, max_delay_days * MICROSECONDS_PER_DAY, declared, now)
    description = replace(base.description, known_until=now)
    since = base.description.known_until
    with scratch(out) as spill, whole_folder(out) as unfinished:
        backend = matrix.connect(feature_params, spill)
        try:
            merge = Merge(backend, base.folder, declared)
            counts = Counter[str]()
            for found in changed(store, 0 if since is None else since - CLOCKS_APART):
                _add(merge, found, terms)
                counts.update(orders=len(found.orders), products=len(found.products), customers=len(found.customers))
            merge.merge()
            if living is not None and (gone := merge.keep(living)):
                log.info("orders of %d customers who were erased are nobody's in these tables", gone)
            rows = merge.write(unfinished)
        finally:
            backend.disconnect()
        attributes.write(declared, unfinished)
        description.write(unfinished)
    return Exported(rows, dict(counts), description)


def _add(merge: Merge, found: Found, terms: Terms) -> None:
    of_orders, of_facts = orders.OrderRows(), facts.FactRows()
    for order in found.orders:
        orders.add(of_orders, order, terms)
    for product in found.products:
        facts.add_product(of_facts, product, terms.attributes)
    for customer in found.customers:
        facts.add_customer(of_facts, customer, terms.attributes)
    for name, rows in (
        *(("order_lines", of_orders.lines), ("returns", of_orders.returns), ("known", of_orders.known)),
        *(("of_lines", of_orders.of_lines), ("marked", of_facts.customers)),
        *(("product_changes", of_facts.product_changes), ("customer_changes", of_facts.customer_changes)),
    ):
        merge.add(name, rows)


def _about(store: Store, base: Snapshot, now: int) -> StateAbout:
    about = restore.current(store)
    if about is None:
        raise UserError(
            expected="an online state that takes events", found="none", fix="start the service once: make serve"
        )
    if (about.id_key, about.reading) != (base.fingerprint, base.reading.as_json()):
        raise UserError(
            expected=f"tables whose customer ids and labels are those of the state: key {about.id_key}",
            found=f"the key {base.fingerprint}, or another reading of labels",
            fix="start from the tables of the run that the service was started with",
        )
    forgotten = now - about.remember_days * MICROSECONDS_PER_DAY
    if base.known_until is not None and base.known_until < forgotten:
        raise UserError(
            expected=f"tables that hold the events up to {iso(forgotten)}: the state has forgotten which came before",
            found=f"those up to {iso(base.known_until)}",
            fix="move the snapshot away, start again from an export of the shop (docs/how-to/events.md), and write the"
            " tables more often",
        )
    if base.known_until is None and (about.as_of is None or about.as_of < forgotten):
        log.warning(
            "the state began with tables that end more than %d days ago, and forgets what came before %s: where it took"
            " events for longer, start from a newer export of the shop",
            about.remember_days,
            iso(forgotten),
        )
    return about
