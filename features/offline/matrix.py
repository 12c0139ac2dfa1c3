"""Executes the feature definitions over all lines at once, with Ibis on DuckDB, out of core."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.errors import UserError
from data.logs import log
from data.outcome import OutcomeParams
from data.progress.queries import progress_of
from data.progress.steps import counted, step
from data.times import MICROSECONDS_PER_DAY
from features.catalog import CANCELLED_AT, CASE, REASON, REASON_INFERRED
from features.language.nodes import ASKED_AT, BasketCounter, Counter, Derived, Feature, LineNode, walk
from features.language.reasons import REASON_COLUMNS
from features.offline.counters import CounterHistory, history, history_name, join_histories
from features.offline.lines import TableLines, prepare, with_baskets
from features.params import DefinitionParams, FeatureParams
from features.recipe import Recipe

ABOUT = (
    *(
        "line_id",
        "order_id",
        "customer_id",
        "product_id",
        "ordered_at",
        "closes_at",
        "settled_at",
        CANCELLED_AT,
        "label",
    ),
    *(REASON, REASON_INFERRED),
)
"""Columns of the matrix that identify the line and give its outcome; none of them is a feature.

`CANCELLED_AT` exists where the source records cancellations, and the last two where it records reasons.
"""
TIMES = ("ordered_at", "closes_at", "settled_at", CANCELLED_AT)
DESCRIBING = ("quantity", "price_minor", "category")
"""Columns kept beside the features for slices and reports, where the source has them, as are personal attributes."""


def connect(params: FeatureParams, scratch: Path) -> Backend:
    """Open a new DuckDB that spills to ``scratch`` above ``params.memory_gb``."""
    return ibis.duckdb.connect(
        scratch / "features.duckdb",
        memory_limit=f"{params.memory_gb}GB",
        threads=params.threads,
        temp_directory=str(scratch),
    )


def matrix(backend: Backend, validated: Path, params: FeatureParams, outcome: OutcomeParams) -> tuple[ir.Table, Recipe]:
    """Compute every feature of every line.

    Returns
    -------
    tuple
        The matrix: one row for each line in the canonical order, with `ABOUT`, `DESCRIBING` and one column for each
        feature (``int64`` or ``double``, null where missing). And the recipe of the features.
    """
    return matrix_of(backend, prepare(backend, validated, outcome), params, outcome)


def matrix_of(
    backend: Backend, lines: TableLines, params: FeatureParams, outcome: OutcomeParams
) -> tuple[ir.Table, Recipe]:
    """As `matrix`, for prepared ``lines``; their column `ASKED_AT` holds the scoring time of each line."""
    counted = count(backend, lines, params, outcome)
    return compute(counted.table, counted), counted.recipe


@dataclass(frozen=True)
class CountedLines:
    """All lines with their basket counters, derived columns, and counters before their scoring times.

    ``describing``: the columns that stay beside the features.
    """

    table: ir.Table
    recipe: Recipe
    features: list[Feature]
    describing: tuple[str, ...]

    def kept_in(self, backend: Backend) -> "CountedLines":
        """Write the table to disk: whoever reads it more than once doesn't join all histories again."""
        with step("counters of all lines", polled=progress_of(backend.con)):
            return replace(self, table=backend.create_table("counted_lines", self.table))


def count(backend: Backend, lines: TableLines, params: FeatureParams, outcome: OutcomeParams) -> CountedLines:
    """Count what the features of ``lines`` read, before any formula is computed."""
    recipe = recipe_of(lines, params, outcome)
    features = recipe.features()
    log.info("%d features of %d lines", len(features), lines.table.count().to_pyarrow().as_py())
    with step("baskets", polled=progress_of(backend.con)):
        lines = with_baskets(backend, lines, _line_nodes(features))
    origin = decay_origin(lines, params)
    grouped = list(_by_history(features).values())
    histories = [_remember(backend, lines, counters, origin) for counters in counted(grouped, "histories", "histories")]
    return CountedLines(join_histories(lines, histories, origin), recipe, features, describing(lines))


def describing(lines: TableLines) -> tuple[str, ...]:
    """Name the columns that stay beside the features, where the source has them."""
    return (*DESCRIBING, *(each.column for each in lines.attributes if each.personal))


def recipe_of(lines: TableLines, params: FeatureParams, outcome: OutcomeParams) -> Recipe:
    """Give the recipe of all features that the columns of ``lines`` allow."""
    columns = lines.columns | (set(REASON_COLUMNS) & set(lines.table.columns))
    return Recipe(params.definition, outcome, columns, lines.attributes, posteriors=params.posteriors.priors)


def _remember(backend: Backend, lines: TableLines, counters: list[Counter], origin: int) -> CounterHistory:
    """Compute one history and write it to disk, so that memory holds one history at a time."""
    key = counters[0].key
    name = history_name(key, counters)
    log.info("history of %s", name.replace("_", " "))
    with step(name.replace("_", " "), polled=progress_of(backend.con)):
        table = backend.create_table(f"history_{name}", history(lines, key, counters, origin))
    return CounterHistory(key, counters, table)


def _line_nodes(features: list[Feature]) -> list[LineNode]:
    nodes = {
        node.name: node for feature in features for node in walk(feature) if isinstance(node, BasketCounter | Derived)
    }
    return list(nodes.values())


def _by_history(features: list[Feature]) -> dict[str, list[Counter]]:
    counters = {node.name: node for feature in features for node in walk(feature) if isinstance(node, Counter)}
    grouped: dict[str, list[Counter]] = {}
    for counter in counters.values():
        grouped.setdefault(history_name(counter.key, [counter]), []).append(counter)
    return grouped


def decay_origin(lines: TableLines, params: DefinitionParams) -> int:
    """Give the time (microseconds) from which decay is computed: that of the first order.

    Raises
    ------
    UserError
        The orders span so many half-lives that the weights would overflow.
    """
    times = lines.table.aggregate(first=lines.table["ordered_at"].min(), last=lines.table[ASKED_AT.name].max())
    first, last = (times.to_pyarrow().column(name)[0].as_py() for name in ("first", "last"))
    span = (last - first) / MICROSECONDS_PER_DAY
    if span / params.half_life.short_days > 900:  # 2^1024 overflows a double
        raise UserError(
            expected=f"features.half_life.short_days of at least {span / 900:.0f} for orders over {span:.0f} days",
            found=f"{params.half_life.short_days}",
            fix="raise it in params.yaml",
        )
    return int(first)


def compute(table: ir.Table, counted: CountedLines) -> ir.Table:
    """Compute the features of ``table``: that of ``counted``, some of its rows, or its lines without some fields."""
    features, describing = counted.features, counted.describing
    named: dict[str, Feature] = {}
    for feature in features:
        named |= {node.name: node for node in walk(feature) if isinstance(node, Feature)}
    for layer in _layers(list(named.values())):
        table = table.mutate(**{_column(f): f.formula(*(table[_column(part)] for part in f.reads)) for f in layer})
    names = [name for name in (CASE, *ABOUT, *describing) if name in table.columns]
    values = {f.name: _typed(table[_column(f)], whole=f.whole) for f in features}
    described = {name: _timed(table[name]) if name in TIMES else table[name] for name in names if name not in values}
    order = [name for name in (CASE, "line_no") if name in table.columns]
    return table.order_by(order).select(**described, **values)


def _timed(microseconds: ir.Value) -> ir.Value:
    """A time in whole microseconds as a timestamp: the epoch plus an interval, in UTC and without a time zone."""
    return ibis.timestamp("1970-01-01") + microseconds.as_interval("us")


def _typed(value: ir.Value, *, whole: bool) -> ir.Value:
    """Cast in DuckDB itself: DuckDB reads a literal such as 0.5 as a decimal, and Ibis does not see this."""
    return value.try_cast("int64") if whole else value.try_cast("float64")


def _column(node: object) -> str:
    """The column of a node. A feature gets a prefix for now, since some have the name of the line column they copy."""
    name = str(getattr(node, "name", ""))
    return f"feature__{name}" if isinstance(node, Feature) else name


def _layers(features: list[Feature]) -> Iterator[list[Feature]]:
    """Group the features so that each group reads only features of earlier groups."""
    done: set[str] = set()
    left = features
    while left:
        ready = [f for f in left if all(p.name in done for p in f.reads if isinstance(p, Feature))]
        yield ready
        done |= {feature.name for feature in ready}
        left = [feature for feature in left if feature.name not in done]
