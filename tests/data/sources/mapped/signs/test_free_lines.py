"""Lines at a price of 0 are counted and named with their share."""

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop
from tests.data.sources.mapped.signs.found import notices


@pytest.mark.parametrize(("free", "ignored", "found"), [(3, [], True), (2, [], False), (3, ["price"], False)])
def test_a_share_of_lines_at_a_price_of_0_is_a_notice_until_the_column_was_looked_at(
    shop: FilesOfAShop, free: int, ignored: list[str], *, found: bool
) -> None:
    rows = (f"l{n},o{n},c{n},p{n},2024-03-01 10:0{n},1,{'0.00' if n < free else '9.50'}\n" for n in range(9))
    shop.write("lines.csv", HEADER + "".join(rows))
    shop.mapping["files"]["lines"]["ignore"] = ignored
    said = [text for text in notices(shop) if "3 of 9 lines (33%) have a price of 0, first at lines.csv:line 2" in text]
    assert len(said) == found
    assert all('leave_out: {free: {column: price, is: ["0.00"]}}' in text for text in said)
