"""Stage: validated tables in, the feature matrix, its catalog and its recipe out."""

from pathlib import Path

from data import params
from data.files import scratch, whole_folder
from data.outcome import OutcomeParams
from data.stage import run
from data.tables import VALIDATED
from features import catalog, recipe
from features.catalog import CATALOG_FILE, LINES_FILE, MATRIX, CatalogEntry
from features.language.nodes import Feature, LineColumn
from features.offline import matrix as feature_matrix
from features.params import FeatureParams
from features.recipe import RECIPE_FILE


def build(validated: Path, matrix: Path, feature_params: FeatureParams, outcome: OutcomeParams) -> None:
    """Write lines.parquet, catalog.json and recipe.json into ``matrix``, which is replaced as a whole."""
    with scratch(matrix) as spill, whole_folder(matrix) as unfinished:
        backend = feature_matrix.connect(feature_params, spill)
        table, used = feature_matrix.matrix(backend, validated, feature_params, outcome)
        backend.to_parquet(table, unfinished / LINES_FILE.name, compression="zstd", compression_level=1)
        catalog.write([_entry(feature) for feature in used.features()], unfinished / CATALOG_FILE.name)
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
