"""Files of the shop's folder that no input reads are counted and named."""

import json

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop
from tests.data.sources.mapped.signs.found import notices


def test_a_part_of_an_export_that_is_not_read_is_named_and_other_files_are_not(shop: FilesOfAShop) -> None:
    assert notices(shop) == []
    (shop.path / "old").mkdir()
    for name in ("lines-2023.csv", "old/returns.xlsx", "README.md", ".hidden.csv"):
        shop.write(name, "x")
    (notice,) = notices(shop)
    assert "no input of the mapping reads lines-2023.csv, old/returns.xlsx (2 beside" in notice
    source = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    assert source["decisions"]["files"] == {"not_read": 2}
