from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data.sources.simulated import write
from tests.data.sources.simulated.example import connect, params


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with typical parameters, written once."""
    path = tmp_path_factory.mktemp("shop")
    write(params(), path / "raw", path / "truth")
    return path


@pytest.fixture(scope="session")
def shop(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same shop, each file a view; ``lines`` has order lines with product, truth and return."""
    with connect(folder) as connection:
        yield connection
