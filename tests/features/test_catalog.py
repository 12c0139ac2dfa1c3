from pathlib import Path

import pytest

from data.errors import UserError
from features import catalog
from features.catalog import CatalogEntry

ENTRIES = [
    CatalogEntry(
        "product_return_rate", "double", "share", "product", "rate of the “product”", "never", ("a__b", "c"), False
    ),
    CatalogEntry("basket_lines", "int64", "lines", "basket", "lines\nof the order", "never", (), False),
]


def test_a_catalog_comes_back_as_it_was_written(tmp_path: Path) -> None:
    catalog.write(ENTRIES, tmp_path / "catalog.json")

    assert catalog.read(tmp_path / "catalog.json") == ENTRIES


def test_an_entry_is_a_line_of_its_own(tmp_path: Path) -> None:
    catalog.write(ENTRIES, tmp_path / "catalog.json")

    lines = (tmp_path / "catalog.json").read_text().splitlines()
    assert [line.split('"')[3] for line in lines[1:-1]] == ["product_return_rate", "basket_lines"]


def test_a_missing_catalog_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file") as caught:
        catalog.read(tmp_path / "catalog.json")

    assert "catalog.json" in caught.value.expected
    assert "dvc repro" in caught.value.fix
