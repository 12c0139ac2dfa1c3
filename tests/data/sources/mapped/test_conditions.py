"""Conditions on the cells of a row: each is true or false, also for a cell that can't be read."""

from typing import Any

import pytest

from data.sources.mapped.cells import Reading
from data.sources.mapped.conditions import all_hold, any_rule
from data.sources.mapped.mapping.conditions import Condition
from tests.data.sources.mapped.sql_of_cells import value

BERLIN = Reading((), "Europe/Berlin", 2)


def holds(cell: str | None, **tests: Any) -> bool:
    found = value(all_hold((Condition.model_validate({"column": "x", **tests}),), BERLIN), cell)
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize(
    ("tests", "true", "false"),
    [
        ({"is": ["void", "gone"]}, ["Void", " GONE\u00a0"], ["voided", "", None]),
        ({"is": ""}, ["", " ", None, "\u200b"], ["x"]),
        ({"is_not": "EUR"}, ["USD", "", None], ["eur", " EUR "]),
        ({"empty": "true"}, ["", None, "\u3000"], ["0"]),
        ({"empty": "false"}, ["0"], ["", None]),
        ({"below": "0"}, ["-1", "-0.5", "\u22121"], ["0", "1", "", None, "minus one"]),
        ({"above": "10", "decimal": ","}, ["10,5"], ["10", "10.5", ""]),
        (
            {"before": "2024"},
            ["2023-12-31 23:59", "2023-12-31T22:59Z"],
            ["2024-01-01", "2023-12-31T23:00Z", "", "soon"],
        ),
        ({"before": "2024-02-01", "format": "%d.%m.%Y"}, ["31.01.2024"], ["01.02.2024", "2024-01-31"]),
        ({"above": "0", "below": "5"}, ["3"], ["0", "5", ""]),
    ],
)
def test_each_test_is_true_or_false(tests: dict[str, Any], true: list[str | None], false: list[str | None]) -> None:
    assert [holds(cell, **tests) for cell in true] == [True] * len(true)
    assert [holds(cell, **tests) for cell in false] == [False] * len(false)


def test_the_first_rule_that_holds_names_the_row() -> None:
    rules: dict[str, tuple[Condition, ...]] = {
        name: (Condition.model_validate({"column": "x", "above": bound}),)
        for name, bound in (("much", "9"), ("some", "0"))
    }
    assert [value(any_rule(rules, BERLIN), cell) for cell in ("10", "1", "0")] == ["much", "some", None]
    assert any_rule({}, BERLIN) == "NULL"
