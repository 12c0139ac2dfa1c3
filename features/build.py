"""Stage: validated tables in, the feature matrix, its catalog and its recipe out."""

from functools import partial
from pathlib import Path

from data import params
from data.files import scratch, whole_folder
from data.outcome import OutcomeParams
from data.progress.queries import progress_of
from data.progress.steps import step
from data.stage import run
from data.tables import VALIDATED
from features import catalog, recipe
from features.catalog import ASKED_FILE, CATALOG_FILE, MATRIX, CatalogEntry
from features.language.nodes import Feature, LineColumn
from features.language.request_field import Labels
from features.offline import asked, portable
from features.offline import matrix as feature_matrix
from features.offline.lines import LINES, prepare, texts_of
from features.offline.local.matrix import Matrix
from features.params import FeatureParams
from features.recipe import RECIPE_FILE


def build(
    validated: Path, matrix: Path, feature_params: FeatureParams, outcome: OutcomeParams, labels: Labels | None = None
) -> None:
    """Write the matrix, its copies without some fields, catalog.json and recipe.json into the folder ``matrix``.

    The folder is replaced as a whole. ``labels``: those that a model knows, by field, to score the lines as the service
    does; None for every label, which is what a model learns from.
    """
    with scratch(matrix) as spill, whole_folder(matrix) as unfinished:
        backend = feature_matrix.connect(feature_params, spill)
        with step("orders and returns", polled=progress_of(backend.con)):
            lines = prepare(backend, validated, outcome)
        used = feature_matrix.recipe_of(lines, feature_params, outcome)
        with step(ASKED_FILE.stem, polled=progress_of(backend.con)):
            days = asked.by_day(backend, lines, used.request_fields())
            backend.to_parquet(days, unfinished / ASKED_FILE.name, compression="zstd")
        if feature_params.engine == "local":
            made = Matrix(backend, lines, used, feature_params, labels)
            backend.raw_sql(f"DROP TABLE {LINES}")  # the arrays have what is needed from here on
            learning = made.write(unfinished)
        else:
            counted_lines = feature_matrix.count(backend, lines, feature_params, outcome).kept_in(backend)
            learning = portable.write(backend, counted_lines, feature_params.unsent, labels, unfinished)
        entries = [_entry(feature) for feature in used.features()]
        if learning is not None:
            learning.write(unfinished, partial(texts_of, backend))
            entries = sorted([*entries, *learning.design.entries()], key=lambda entry: entry.only_reasons)
        catalog.write(entries, unfinished / CATALOG_FILE.name)
        recipe.write(used, unfinished / RECIPE_FILE.name)
        backend.disconnect()


def _entry(feature: Feature) -> CatalogEntry:
    return CatalogEntry(
        name=feature.name,
        dtype="int64" if feature.whole else "double",
        unit=feature.unit,
        factor=feature.factor,
        meaning=feature.meaning,
        missing=feature.missing,
        source=tuple(part.source if isinstance(part, LineColumn) else part.name for part in feature.reads),
        only_reasons=feature.only_reasons,
    )


def main() -> None:
    """Run the stage on the folders of the project."""
    build(VALIDATED, MATRIX, params.load("features", FeatureParams), params.load("outcome", OutcomeParams))


if __name__ == "__main__":
    run(main)
