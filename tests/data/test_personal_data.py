"""Columns that are refused as names, emails or addresses, and similar columns that are not."""

import pytest

from data.errors import UserError
from data.personal_data import refuse


@pytest.mark.parametrize(
    "column",
    ["email", "E-Mail", "customerEmail", "user_mail", "lastName", "Vorname", "customer name", "street", "Address 1",
     "shipping_address", "phone_number", "Straße"],
)  # fmt: skip
def test_columns_named_like_personal_data_are_refused(column: str) -> None:
    with pytest.raises(UserError, match="by its name"):
        refuse(column, [], may_hold_names=True)


@pytest.mark.parametrize(
    "column",
    ["email_consent", "address_country", "brand_name", "product_name", "name", "mailing_list", "item_color",
     "user_title", "user_state", "channel", "street_style", "renaming", "CustomerID"],
)  # fmt: skip
def test_columns_that_only_sound_like_it_are_not(column: str) -> None:
    refuse(column, ["a", "b"], may_hold_names=False)


@pytest.mark.parametrize(
    "values",
    [
        ["North Rhine-Westphalia", "Lower Saxony", "Baden-Wuerttemberg", "United Kingdom", "New York"],
        ["40", "xl", "6+", "unsized", "32/34", "EU 38"],
        ["Credit Card", "Pay Later", "gift card", "Amazon Pay"],
        ["web", "app", "High Street Store", "Road Show"],
        ["Too small", "Mark on the sleeve", "Does not fit", "Broken 2 days after"],
        ["85123A", "1009@blue", "a@b"],
        ["Mrs", "Mr", "Family", "not reported"],
    ],
)
def test_usual_values_are_let_through(values: list[str]) -> None:
    refuse("column", values, may_hold_names=False)


def test_a_few_coincidences_are_let_through() -> None:
    refuse("region", ["Paris"] * 99 + ["St Peter", "Anna Paulowna", "Lane 5", "a@b.de"], may_hold_names=False)


def test_brands_named_after_persons_pass_where_names_are_in_place() -> None:
    brands = ["Paul Smith", "Michael Kors", "Peter Kaiser", "Nike"]
    refuse("brand", brands, may_hold_names=True)
    with pytest.raises(UserError, match="names of persons"):
        refuse("brand", brands, may_hold_names=False)


@pytest.mark.parametrize(
    "value", ["Anna Schmidt", "anna schmidt", "Schmidt, Anna", "Herr Peter von Berg", "Maria G. Lopez"]
)
def test_names_are_seen_in_usual_forms(value: str) -> None:
    with pytest.raises(UserError, match="names of persons"):
        refuse("x", [value], may_hold_names=False)


@pytest.mark.parametrize("value", ["Hauptstraße 12", "Am Weg 3a, 50667 Köln", "12 Baker Street", "5 rue de Rivoli"])
def test_addresses_are_seen_in_usual_forms(value: str) -> None:
    with pytest.raises(UserError, match="street addresses"):
        refuse("x", [value], may_hold_names=True)
