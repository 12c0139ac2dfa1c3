"""Sizes that a spreadsheet made dates of are counted, and the labels that are proposed bring them back."""

import pytest

from data.sources.mapped.signs.dated_sizes import size_of
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, shop_with
from tests.data.sources.mapped.signs.found import notices


@pytest.mark.parametrize(
    ("cell", "size"),
    [
        ("10-dec", "10-12"),
        ("dez 10", "10-12"),
        ("8. okt.", "8-10"),
        ("2024-12-10 00:00:00", "10-12"),
        ("10.12.2024", "10-12"),
        ("10-12", None),
        ("38", None),
        ("mar", None),
        ("6-9m", None),
        ("xl", None),
    ],
)
def test_a_date_is_told_from_a_size(cell: str, size: str | None) -> None:
    assert size_of(cell) == size


def test_sizes_as_dates_are_named_and_labels_read_them(shop: FilesOfAShop) -> None:
    shop_with(shop, "size", "10-Dec", "14-16").lines["size"] = {"column": "size"}
    (notice,) = notices(shop)
    assert 'labels: {"10-dec": 10-12}' in notice
    shop.lines["size"]["labels"] = {"10-dec": "10-12"}
    assert notices(shop) == []
    assert {row["size"] for row in shop.read()["order_lines"]} == {"10-12", "14-16"}
