"""What to change is said for each rule that rows break, and formats of times were tried on all of them."""

import duckdb
import pytest

from data.reading import fixes, time_formats


def fitting(*cells: str) -> list[str]:
    values = ", ".join(f"('{cell}')" for cell in cells)
    return time_formats.fitting(duckdb.connect(), f"SELECT * FROM (VALUES {values}) AS cells (value)")


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (("03/01/2024", "04/01/2024"), ["%d/%m/%Y", "%m/%d/%Y"]),
        (("03/01/2024", "03/13/2024"), ["%m/%d/%Y"]),
        (("1.3.2024 09:30",), ["%d.%m.%Y %H:%M"]),
        (("03/13/2024", "soon"), []),
    ],
)
def test_only_formats_that_read_every_cell_are_proposed(cells: tuple[str, ...], formats: list[str]) -> None:
    assert fitting(*cells) == formats


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("differs_in_order", "{columns: [SHOP, NUMBER]}"),
        ("time_out_of_bounds", "missing"),
        ("missing_value", "fill_down"),
        ("ambiguous_line", "returns.match"),
        ("above_ordered", "twice"),
        ("unknown_line", "leave_out"),
    ],
)
def test_the_fix_of_a_rule_names_a_key_of_the_mapping_or_where_to_look(rule: str, key: str) -> None:
    assert key in str(fixes.of_rule("order_lines", "order_id", rule))


def test_a_rule_without_a_known_fix_has_none() -> None:
    assert fixes.of_rule("products", "name", "too_long") is None
