"""AM and PM in other languages, read by %p as the English ones."""

import pytest

from data.reading.day_halves import english
from tests.data.sources.mapped.sql_of_cells import value


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("01/03/2024 02:30 p. m.", "01/03/2024 02:30 PM"),
        ("01/03/2024 02:30 a.m.", "01/03/2024 02:30 AM"),
        ("1/3/2024 2:30 μμ", "1/3/2024 2:30 PM"),
        ("1/3/2024 2:30 π.μ.", "1/3/2024 2:30 AM"),
        ("2024-03-01 下午02:30", "2024-03-01 PM02:30"),
        ("2024年3月1日上午 2:30", "2024年3月1日AM 2:30"),
        ("2024-03-01 오후 2:30", "2024-03-01 PM 2:30"),
        ("01/03/2024 02:30 ص", "01/03/2024 02:30 AM"),
        ("1.3.2024 2:30 odp.", "1.3.2024 2:30 PM"),
        ("01/03/2024 02:30 PM", "01/03/2024 02:30 PM"),
        ("3 March 2024 02:30", "3 March 2024 02:30"),
    ],
)
def test_a_word_becomes_the_english_one_and_the_rest_stays(cell: str, expected: str) -> None:
    assert value(english("x"), cell) == expected
