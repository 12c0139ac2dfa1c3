"""Shared fixtures of the tests of product pages: one small report, and a file for reviews."""

from pathlib import Path

import pytest

from serving.products.report import Report
from serving.products.reviews import Reviews
from tests.serving.products import small_report


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on 40 products, not to be changed."""
    return small_report.write(tmp_path_factory.mktemp("products"))


@pytest.fixture(scope="session")
def report(report_folder: Path) -> Report:
    return Report.load(report_folder)


@pytest.fixture
def reviews(tmp_path: Path) -> Reviews:
    return Reviews(tmp_path / "reviews.sqlite")
