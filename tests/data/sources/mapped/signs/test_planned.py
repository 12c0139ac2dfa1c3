"""A time that is planned, expected or a limit by the name of its column is no return that took place."""

import pytest

from data.sources.mapped.signs.planned import is_planned
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, lines_beside, refusal


@pytest.mark.parametrize(
    "name",
    ["Return by", "Expected return date", "returnDeadline", "Estimated Delivery Date", "Ship by date", "Rückgabe bis",
     "Rückgabefrist", "Voraussichtliches Lieferdatum", "Date de livraison prévue", "Fecha límite", "最迟发货时间"],
)  # fmt: skip
def test_names_of_planned_times_are_known(name: str) -> None:
    assert is_planned(name)


@pytest.mark.parametrize("name", ["Return date", "returned_at", "Delivered", "Retourdatum", "Combination date", "Baby"])
def test_names_of_what_took_place_are_not_planned(name: str) -> None:
    assert not is_planned(name)


def test_a_planned_return_stops_the_run_unless_it_was_looked_at(shop: FilesOfAShop) -> None:
    shop.one_flat_file(lines_beside("Return by", "", "2024-03-31"), None, columns={"returned_at": "Return by"})
    error = refusal(shop)

    assert "the column 'Return by', by whose name its times are planned" in error.found
    assert "files.lines.ignore: [Return by]" in error.fix
    shop.mapping["files"]["lines"]["ignore"] = ["Return by"]
    assert len(shop.read()["returns"]) == 1
