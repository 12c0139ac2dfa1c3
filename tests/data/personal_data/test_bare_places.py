"""Bare towns and postcodes under a header that names them, and the labels that look alike."""

import pytest

from data.errors import UserError
from data.personal_data.judgement import is_personal, refuse

TOWNS = ["Berlin", "Bad Homburg", "Saint-Denis", "Łódź", "Köln"]
CODES = ["10115", "20095", "80331", "50667"]


@pytest.mark.parametrize(
    "header",
    ["city", "Shipping City", "customer_town", "Ort", "Wohnort", "Lieferort", "Stadt", "Ville", "Ville de livraison",
     "Ciudad", "Población", "Localidad", "Cidade", "Città", "Comune", "Plaats", "Woonplaats", "Miasto", "Miejscowość",
     "Stad", "Ship To City", "city_name", "城市", "收货城市", "市区町村", "도시", "Город", "Город доставки"],
)  # fmt: skip
def test_a_column_of_towns_is_refused_by_its_header_and_its_values(header: str) -> None:
    with pytest.raises(UserError, match="5 of 5 values in the sample look like towns or postcodes") as caught:
        refuse(header, TOWNS, may_hold_names=False)
    assert "map a region or a country instead" in caught.value.fix


@pytest.mark.parametrize(
    "header",
    ["zip", "Zip Code", "postcode", "Billing Postal Code", "PLZ", "Liefer-PLZ", "Postleitzahl", "Code postal", "CP",
     "Código postal", "CEP", "CAP", "Kod pocztowy", "Postnummer", "邮编", "郵便番号", "우편번호", "Почтовый индекс"],
)  # fmt: skip
def test_a_column_of_postcodes_is_refused_by_its_header_and_its_values(header: str) -> None:
    with pytest.raises(UserError, match="4 of 4 values in the sample look like towns or postcodes"):
        refuse(header, CODES, may_hold_names=False)


@pytest.mark.parametrize(
    "code",
    ["75008", "1012 AB", "SW1A 1AA", "123 45", "00-950", "1000-205", "10115.0", "150-0001", "K1A 0B1", "94105-1234"],
)
def test_postcodes_are_known_in_the_forms_of_many_countries(code: str) -> None:
    assert is_personal("postcode", [code])


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("region", TOWNS),  # coarse by its name: the shop decides what its regions are
        ("Bundesland", ["Bayern", "Hessen"]), ("state", ["NY", "CA"]), ("province", ["Utrecht"]), ("地区", ["华东"]),
        ("Shipping Country", ["Germany"]), ("PLZ", ["10", "20", "80"]), ("zip3", ["941"]), ("item", CODES),
        ("store_city", TOWNS), ("Filiale Ort", TOWNS), ("warehouse zip", CODES), ("门店城市", ["上海"]),
        ("cap", ["yes", "no"]),
        ("velocity", ["fast", "slow"]), ("capacity", CODES), ("sort", ["up", "down"]), ("support_ort", ["chat"]),
        ("channel", ["Stadtladen", "web"]),
    ],
)  # fmt: skip
def test_regions_and_the_places_of_shops_are_labels(header: str, values: list[str]) -> None:
    assert not is_personal(header, values)


def test_a_town_of_a_product_is_nobodys() -> None:
    refuse("City", TOWNS, may_hold_names=True)
