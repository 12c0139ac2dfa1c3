"""A few odd cells lose no column: it is mapped, they are asked, and ingest refuses their rows alone."""

from pathlib import Path

import pytest

from data.drafting import amounts, times
from tests.data.drafting.files import Drafted, orders

MANY = {"1": 40, "2": 20}
DAYS = {f"2024-03-{day:02d}": 2 for day in range(1, 29)}


@pytest.mark.parametrize("odd", ["n/a", "free", "two", "1.2.3"])
def test_a_few_cells_that_are_no_numbers_are_odd(odd: str) -> None:
    found = amounts.decide({**MANY, odd: 1})

    assert found is not None
    assert found.odd == (odd,)
    assert amounts.decide({**MANY, odd: 20}) is None


@pytest.mark.parametrize("odd", ["pending", "31.02.2024", "soon"])
def test_a_few_cells_that_are_no_dates_are_odd_wherever_they_stand(odd: str) -> None:
    for values in ({**DAYS, odd: 3}, {odd: 3, **DAYS}):
        found = times.decide(values)
        assert found == times.Times(odd=(odd,))
    assert times.decide({odd: 30, **DAYS}) is None


@pytest.mark.parametrize("nothing", ["0", "00000000", "-", "n/a", "never", "No"])
def test_texts_that_stand_for_no_date_are_missing_however_many_they_are(nothing: str) -> None:
    assert times.decide({nothing: 500, "20240301": 1}) == times.Times(("%Y%m%d",), no_date=(nothing,))


@pytest.mark.parametrize("unit", ["szt.", "pcs", "Stk.", "x", "st", "個"])
def test_a_word_for_pieces_is_a_unit(unit: str) -> None:
    found = amounts.decide([f"2 {unit}", f"1 {unit}"])

    assert found is not None
    assert found.keys() == {"unit": unit}


def test_a_column_with_an_odd_cell_is_mapped_and_the_cell_is_asked(tmp_path: Path) -> None:
    found = Drafted(
        tmp_path,
        a_csv=orders(
            "qty,return date",
            lambda n: f"{'n/a' if n == 7 else 2},{'pending' if n == 3 else f'2024-05-{n + 1:02d}'}",
        ),
    )

    assert found.lines["quantity"] == "qty"
    assert "CHECK: 1 cell is no number, but of the form a/a: these rows are refused" in found.text
    assert found.yaml["returns"]["columns"]["returned_at"] == "return date"
    assert "CHECK: 1 cell is no date, but of the form aaaaaaa: their lines have an unknown outcome" in found.text
    assert "23 order lines" in found.printed
    assert "22 lines came back, 1 have an unknown outcome" in found.printed


def test_a_quantity_that_cannot_be_read_is_refused_and_never_one_piece(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("qty,returned", lambda n: f"two-{n % 3},{'yes' if n % 3 else 'no'}"))

    assert found.lines["quantity"] == "qty"
    assert "CHECK: its cells can't be read as numbers" in found.text
    assert not found.worked


def test_rows_that_repeat_the_header_are_left_out(tmp_path: Path) -> None:
    once = orders("qty,return date", lambda n: f"{n % 2 + 1},{f'2024-05-{n + 1:02d}' if n % 2 else ''}")
    found = Drafted(tmp_path, a_csv=once + once.split("\n")[0] + "\n" + once.replace("\n", "\n9", 1).split("\n", 1)[1])

    assert found.lines["quantity"] == "qty"
    assert found.yaml["order_lines"]["leave_out"] == {"repeated headers": {"column": "order", "is": "order"}}
    assert "48 order lines" in found.printed
