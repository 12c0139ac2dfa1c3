"""Shared fixtures of the tests of product pages: one small report, and a file for reviews."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.products.report import Report
from serving.products.reviews import Reviews
from tests.serving.products import small_report


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on 40 products, not to be changed."""
    return small_report.write(tmp_path_factory.mktemp("products"))


@pytest.fixture(scope="session")
def attribute_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same report of a shop that declares attributes of its products, not to be changed."""
    return small_report.write(tmp_path_factory.mktemp("attributes"), declared=small_report.ATTRIBUTES)


@pytest.fixture(scope="session")
def odd_report(report_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small report, whose first products have the ids of `small_report.ODD_IDS`."""
    folder = tmp_path_factory.mktemp("odd") / "report"
    shutil.copytree(report_folder, folder)
    ids = {f"P-{number:06d}": odd for number, odd in enumerate(small_report.ODD_IDS)}
    for path in folder.glob("*.parquet"):
        table = pq.read_table(path)
        for name in {"item_id", "product_id"} & set(table.column_names):
            renamed = pa.array([ids.get(each, each) for each in table[name].to_pylist()], pa.string())
            table = table.set_column(table.column_names.index(name), table.schema.field(name), renamed)
        pq.write_table(table, path)
    return folder


@pytest.fixture(scope="session")
def report(report_folder: Path) -> Report:
    return Report.load(report_folder)


@pytest.fixture
def reviews(tmp_path: Path) -> Reviews:
    return Reviews(tmp_path / "reviews.sqlite")
