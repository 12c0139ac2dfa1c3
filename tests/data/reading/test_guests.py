"""Values that stand for a guest: one list for the draft, for ingest and for validation."""

import pytest

from data import sql
from data.reading.guests import CERTAIN, STANDING_FOR_GUESTS, stands_for_guest
from tests.data.sources.mapped.sql_of_cells import value

FORMS = [
    "0",
    "000",
    "0.0",
    "-1",
    "-",
    "\u2014",
    "?",
    "N/A",
    "Guest",
    "Gäste",
    "INVITÉ",
    "Гость",
    "ゲスト",
    "\\N",
    "#N/A",
    "#REF!",
    "#WERT!",
    "Walk-in Customer",
    "sin cliente",
    "Laufkunde",
    "DELETED",
    "guest@shop.com",
    "No-Reply@shop.co.uk",
    "unknown@unknown.de",
    "keine-email@shop.de",
]


@pytest.mark.parametrize("cell", [*FORMS, " guest "])
def test_words_signs_and_zeros_are_hardly_an_id(cell: str) -> None:
    assert stands_for_guest(cell)
    assert value(f"regexp_full_match(lower(trim(x)), {sql.text(CERTAIN)})", cell) is True


@pytest.mark.parametrize(
    "cell",
    [
        "1",
        "10",
        "999999",
        "c0",
        "guest-17",
        "anna",
        "100",
        "x1",
        "",
        "n",
        "0a",
        "99999",
        "--------",
        "#1001",
        "info@shop.com",
        "guestrow@example.org",
        "anna@guest.com",
        "anna.test@example.org",
    ],
)
def test_other_values_may_be_ids(cell: str) -> None:
    assert not stands_for_guest(cell)
    assert value(f"regexp_full_match(lower(trim(x)), {sql.text(CERTAIN)})", cell) is False


def test_validation_searches_every_spelling_and_numbers_that_may_be_ids_as_well() -> None:
    assert {*FORMS, "9999", "1", "guest", "GUEST"} - {
        "Gäste",
        "INVITÉ",
        "#REF!",
        "#WERT!",
        "Walk-in Customer",
        "guest@shop.com",
        "No-Reply@shop.co.uk",
        "unknown@unknown.de",
        "keine-email@shop.de",
    } <= {*STANDING_FOR_GUESTS}
    assert len(STANDING_FOR_GUESTS) < 400  # each is hashed
