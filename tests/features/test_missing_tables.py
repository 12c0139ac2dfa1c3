"""A folder of validated tables in which one is missing or cut: a `UserError` names it, and no error of DuckDB shows."""

import shutil
from pathlib import Path

import pytest

from data.errors import UserError
from features import recipe
from features.build import build as build_matrix
from features.params import OnlineParams
from features.seed import SourceFacts
from features.seed import build as build_seed
from tests.features.built import built
from tests.features.crowded_shop import OUTCOME, PARAMS
from training.products.estimates.lines import read as read_lines

TABLES = ("order_lines", "products", "customers", "returns")
READ = {"matrix": TABLES, "seed": TABLES, "report": ("order_lines", "products", "returns")}
DOORS = [(door, table) for door, tables in READ.items() for table in tables]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Validated tables, and the matrix made of them."""
    folder = built(tmp_path_factory, orders=40)
    return folder / "validated", folder / "matrix"


def enter(door: str, validated: Path, matrix: Path, scratch: Path) -> None:
    if door == "matrix":
        build_matrix(validated, scratch / "new", PARAMS, OUTCOME)
    elif door == "seed":
        online = OnlineParams(remember_days=60)
        used = recipe.read(matrix / "recipe.json")
        build_seed(validated, scratch / "state", used, SourceFacts(None), PARAMS, online)
    else:
        read_lines(matrix / "lines.parquet", validated)


@pytest.mark.parametrize("fault", ["missing", "cut"])
@pytest.mark.parametrize(("door", "table"), DOORS)
def test_a_table_that_is_missing_or_cut_is_named(
    door: str, table: str, fault: str, shop: tuple[Path, Path], tmp_path: Path
) -> None:
    validated = Path(shutil.copytree(shop[0], tmp_path / "validated"))
    file = validated / f"{table}.parquet"
    content = file.read_bytes()
    file.unlink()
    if fault == "cut":
        file.write_bytes(content[: len(content) // 2])

    with pytest.raises(UserError, match=f"{table}.parquet") as caught:
        enter(door, validated, shop[1], tmp_path)

    assert "dvc repro" in caught.value.fix
