"""Crowded shops with the matrix that the stage builds of them, made once for all tests."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.build import build
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.matrices import by_line
from tests.made_once import made_once


def built(
    factory: pytest.TempPathFactory, orders: int = 90, seed: int = 7, *, lives: bool = False, changes: bool = False
) -> Path:
    """The folder of a crowded shop, to read alone: its tables in ``validated``, and its ``matrix``."""
    shop = crowded_shop(orders, seed, lives=lives, changes=changes)

    def make(folder: Path) -> None:
        build(shop.write(folder / "validated"), folder / "matrix", PARAMS, OUTCOME)

    return made_once(factory, f"crowded-{orders}-{seed}{'-lives' * lives}{'-changes' * changes}", make)


def lines_of(folder: Path) -> pd.DataFrame:
    """The matrix of a folder that `built` gave, as `matrices.matrix_of` gives that of a shop."""
    return by_line(pq.read_table(folder / "matrix" / "lines.parquet"))
