"""Stage: validated tables in, the feature matrix, its catalog and its recipe out."""

from pathlib import Path

from data import params
from data.files import scratch, whole_folder
from data.outcome import OutcomeParams
from data.progress.queries import progress_of
from data.progress.steps import counted, step
from data.stage import run
from data.tables import VALIDATED
from features import catalog, recipe
from features.catalog import ASKED_FILE, CASES_FILE, CATALOG_FILE, LINES_FILE, MATRIX, UNSENT_FILE, CatalogEntry
from features.language.nodes import Feature, LineColumn
from features.language.request_field import Labels
from features.offline import asked, requests
from features.offline import matrix as feature_matrix
from features.offline.lines import prepare
from features.offline.posteriors import columns
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
        counted_lines = feature_matrix.count(backend, lines, feature_params, outcome).kept_in(backend)
        tables = {
            LINES_FILE: counted_lines.table if labels is None else requests.as_known(counted_lines, labels),
            UNSENT_FILE: requests.drawn(backend, counted_lines, feature_params.unsent),
            CASES_FILE: requests.in_cases(backend, counted_lines, feature_params.unsent),
        }
        for file, table in counted(tables.items(), "features", "tables", len(tables)):
            found = feature_matrix.compute(table, counted_lines)
            with step(file.stem, polled=progress_of(backend.con)):
                backend.to_parquet(found, unfinished / file.name, compression="zstd", compression_level=1)
        with step(ASKED_FILE.stem, polled=progress_of(backend.con)):
            days = asked.by_day(backend, lines, counted_lines.recipe.request_fields())
            backend.to_parquet(days, unfinished / ASKED_FILE.name, compression="zstd")
        entries = [_entry(feature) for feature in counted_lines.features]
        design = counted_lines.recipe.posterior_design()
        if design is not None:
            # No model reads the copies' posteriors: they have a part of the score to themselves.
            scored = {file: table for file, table in tables.items() if file != UNSENT_FILE}
            columns.add(backend, unfinished, scored, counted_lines, design)
            entries = sorted([*entries, *design.entries()], key=lambda entry: entry.only_reasons)
        catalog.write(entries, unfinished / CATALOG_FILE.name)
        recipe.write(counted_lines.recipe, unfinished / RECIPE_FILE.name)
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
