"""The shop with attributes: they matter for the outcome, and nothing else moves."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data import attributes
from data.sources.simulated import write
from data.sources.simulated.attributes import DECLARED, FIT_HEIGHTS, FITS
from tests.data.sources.simulated.example import params

LINES = 20_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shops")
    for name, has in (("plain", False), ("further", True)):
        for part in ("raw", "truth"):
            (folder / name / part).mkdir(parents=True)
        write(params(lines=LINES, attributes=has), folder / name / "raw", folder / name / "truth")
    return folder


@pytest.fixture(scope="module")
def lines(folder: Path) -> pd.DataFrame:
    """The lines of clothes with the attributes, the truth, and whether they came back."""
    raw = folder / "further" / "raw"
    read = {name: pd.read_parquet(raw / f"{name}.parquet") for name in ("order_lines", "products", "customers")}
    truth = pd.read_parquet(folder / "further" / "truth" / "truth.parquet")[["line_id", "return_probability"]]
    back = pd.read_parquet(raw / "returns.parquet")["line_id"]
    joined = read["order_lines"].merge(read["products"], on="product_id").merge(read["customers"], on="customer_id")
    settled = joined[joined["ordered_at"] < "2024-05-20"].merge(truth, on="line_id")
    return settled[settled["attribute_fit"].notna()].assign(back=lambda frame: frame["line_id"].isin(back))


def test_the_order_lines_are_those_of_the_shop_without_attributes(folder: Path) -> None:
    files = [folder / name / "raw" / "order_lines.parquet" for name in ("plain", "further")]

    assert files[0].read_bytes() == files[1].read_bytes()
    for table in ("products", "customers"):
        plain, further = (pq.read_table(folder / name / "raw" / f"{table}.parquet") for name in ("plain", "further"))
        assert further.select(plain.column_names) == plain
    assert not (folder / "plain" / "raw" / attributes.FILE).exists()
    assert attributes.read(folder / "further" / "raw") == DECLARED


def test_the_further_from_the_height_that_a_fit_is_cut_for_the_more_comes_back(lines: pd.DataFrame) -> None:
    cut_for = lines["attribute_fit"].map(dict(zip(FITS, FIT_HEIGHTS, strict=True)))
    apart = np.abs(cut_for - lines["attribute_height_cm"])

    near, far = lines[apart < 5], lines[apart > 15]

    assert far["return_probability"].mean() > near["return_probability"].mean() + 0.05
    assert far["back"].mean() > near["back"].mean() + 0.03


def test_a_disliked_material_comes_back_more(lines: pd.DataFrame) -> None:
    by_material = lines.groupby("attribute_material")["return_probability"].mean()

    assert by_material["viscose"] > by_material["cotton"] + 0.03
    assert by_material["cotton"] > by_material["wool"]


def test_the_true_probability_includes_the_attributes(lines: pd.DataFrame) -> None:
    for _, part in lines.groupby(["attribute_fit", lines["attribute_height_cm"] > 172]):
        p, y = part["return_probability"].to_numpy(), part["back"].to_numpy()
        z = (y.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
        assert abs(z) < 4.5
