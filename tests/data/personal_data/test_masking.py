"""Texts of cells as they are kept and shown."""

import pytest

from data.personal_data.masking import is_shown, shown


@pytest.mark.parametrize("text", ["2 Stk", "n/a", "31.02.2024", "19,90 €", "Storniert", "Rosa Kleid", "", "4.01E+12"])
def test_a_harmless_text_is_kept_whole(text: str) -> None:
    assert shown(text) == text
    assert is_shown(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ask anna@example.org", "ask <email>"),
        ("Anna Schmidt", "<personal: aaaa aaaaaaa>"),
        ("Hauptstr. 5", "<personal: aaaaaaaa. 9>"),
        ("0151 23456764", "<personal: 9999 99999999>"),
        ("Koch (anna@example.org), +49 151 23456764", "<personal: aaaa <aaaaa> +99 999 999…>"),
        ("a" * 201, "201 characters"),
        ("1\nAnna", "6 characters"),
    ],
)
def test_of_a_personal_text_the_shape_or_size_is_kept(text: str, kept: str) -> None:
    assert shown(text) == kept
    assert not is_shown(text)


def test_words_with_capitals_in_a_column_of_numbers_may_be_a_name_that_no_list_has() -> None:
    assert shown("Thorsten Klopp", fits=False) == "<personal: aaaaaaaa aaaaa>"
    assert shown("Thorsten Klopp") == "Thorsten Klopp"
    assert shown("out of stock", fits=False) == "out of stock"
    assert shown("12 Stück", fits=False) == "12 Stück"
