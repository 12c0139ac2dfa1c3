"""Names of months in several languages are read, by the reader and by the draft alike, and nothing else is."""

import duckdb
import pytest

from data.drafting import times
from data.reading import months

CASES = [
    ("01-Mrz-24", "%d-%b-%y", "2024-03-01"),
    ("1 mars 2024", "%d %b %Y", "2024-03-01"),
    ("3 févr. 2024", "%d %b %Y", "2024-02-03"),
    ("12. Dezember 2024", "%d. %b %Y", "2024-12-12"),
    ("5 de agosto de 2024", "%d de %b de %Y", "2024-08-05"),
    ("7 października 2024", "%d %b %Y", "2024-10-07"),
    ("01.Mrz.2024", "%d.%b.%Y", "2024-03-01"),
    ("08 mei 2024", "%d %b %Y", "2024-05-08"),
    ("August 9, 2024", "%B %d, %Y", "2024-08-09"),
]


def read(text: str, layout: str) -> str | None:
    query = f"SELECT try_strptime({months.english('?::VARCHAR', layout)}, '{layout}')::DATE::VARCHAR"
    row = duckdb.connect().execute(query, [text]).fetchone()
    return None if row is None else row[0]


@pytest.mark.parametrize(("text", "layout", "day"), CASES)
def test_a_months_name_is_read(text: str, layout: str, day: str) -> None:
    assert read(text, layout) == day


@pytest.mark.parametrize(("text", "layout", "day"), CASES[:-1])
def test_the_draft_finds_the_one_format_that_reads_it(text: str, layout: str, day: str) -> None:
    assert times.decide([text]) == times.Times((layout,)), day


@pytest.mark.parametrize("text", ["1 martedi 2024", "1 xmars 2024", "1 smarch 2024", "1  2024"])
def test_what_is_no_month_is_not_read(text: str) -> None:
    assert read(text, "%d %b %Y") is None


def test_each_name_stands_for_one_month() -> None:
    names = [name for line in months.NAMES for name in line.split()]
    assert len(names) == len(set(names))
