"""Numbers of accounts, addresses of devices and postcodes with towns: columns of them, and columns that look alike."""

import pytest

from data.errors import UserError
from data.personal_data.accounts import count_accounts
from data.personal_data.judgement import refuse

CARDS = ["4111 1111 1111 1111", "5555555555554444", "378282246310005"]
IBANS = ["DE89 3704 0044 0532 0130 00", "FR1420041010050500013M02606", "NL91ABNA0417164300", "gb29nwbk60161331926819"]
SPREAD = ["17237 Userin", "18311 Ribnitz", "01099 Dresden", "25849 Pellworm", "54568 Gerolstein", "99974 Musterhausen"]

PERSONAL = {
    "numbers of bank accounts or cards": [IBANS, CARDS, [*IBANS[:1], *["paypal"] * 8]],
    "network addresses": [
        ["203.0.113.7", "198.51.100.24"], ["192.168.0.17"], ["203.0.113.7:443"],
        ["2001:db8::8a2e:370:7334", "fe80::1%eth0"],
        ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5F"],
    ],
    "postcodes with towns": [
        SPREAD, ["Dresden 01099", "Berlin 10115"], ["D-50667 Köln"], ["1010 Wien", "8010 Graz"], ["CH-8001 Zürich"],
        ["75001 Paris", "33000 Bordeaux"], ["28013 Madrid"], ["00184 Roma (RM)"], ["1011 AB Amsterdam"],
        ["00-950 Warszawa"],
        ["1100-148 Lisboa"], ["111 20 Stockholm"], ["London SW1A 1AA"], ["New York, NY 10001"],
        ["100-0001 東京都千代田区"],
        ["510000 广州市"], ["52.5200, 13.4050"],
    ],
}  # fmt: skip

INNOCENT = [
    ["1460 Smooth", "1461 Black", "2976 Chelsea"], ["2024 Winter", "2023 Sommer"], ["1000 Teile", "500 Teile"],
    ["5050 Strip", "3528 Strip"], ["10007 Navy", "10014 Rot", "10021 Bianco"], ["4000 Oslo", "4013 Nora", "4026 Capri"],
    ["1001 Kleider", "1002 Hosen"], ["70012 Nordtex GmbH", "70045 Alfa Srl"], ["1001 Zu klein", "1002 Defekt"],
    ["1010 Lager Wien", "1020 Lager Graz"], ["Store 104 Berlin", "Filiale 12 Dresden"], ["75 Paris", "13 Provence"],
    ["DE111 Stuttgart", "FRB01 Cher"], ["Austin, TX", "Portland, OR"], ["01099", "10115"], ["10-950", "11-951"],
    ["1.0.0.1", "10.2.0.4", "2.3.1.0"], ["1.2.10.3", "2.1.3.9"], ["6109.10.00", "6203.42.31"], ["100.200.300"],
    ["12:30:45", "08:01:02"], ["16:9"], ["DE12345", "ES-4411"],
    [f"DE{10 + number}ABCD{number:04}" for number in range(20)],
    [f"4000000000{number:06}" for number in range(60)], [f"40123456789{number:02}" for number in range(20)],
    ["Visa 4242", "Visa ****1234"], ["IBAN", "SEPA"], ["978-3-16-148410-0"], ["19-4052 Classic Blue"], ["10.5, 20.5"],
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values"), [(kind, values) for kind, columns in PERSONAL.items() for values in columns]
)
def test_a_column_of_them_is_refused_by_its_values(kind: str, values: list[str]) -> None:
    with pytest.raises(UserError, match=kind) as caught:
        refuse("column", values, may_hold_names=False)
    assert not any(value in str(caught.value) for value in values)


@pytest.mark.parametrize("values", INNOCENT)
def test_columns_that_look_alike_are_let_through(values: list[str]) -> None:
    refuse("column", values, may_hold_names=False)


def test_one_wrong_digit_makes_it_no_number_of_an_account() -> None:
    assert count_accounts(IBANS) == len(IBANS)
    assert count_accounts([f"{iban[:-1]}{'1' if iban[-1] != '1' else '2'}" for iban in IBANS]) == 0


def test_a_few_right_check_digits_among_ids_are_chance() -> None:
    ids = [f"4{number:015}" for number in range(1000, 1200)]
    assert count_accounts(ids) == 0


def test_names_of_products_may_begin_with_a_number_and_end_in_a_town() -> None:
    refuse("name", ["75001 Paris", "10115 Berlin"], may_hold_names=True)


@pytest.mark.parametrize(
    "header",
    ["IBAN", "Bankverbindung", "customer_ip", "IP-Adresse", "Adresse IP", "PLZ/Ort", "Code postal et ville",
     "CAP e città", "Kod pocztowy i miasto", "card_number", "Número de tarjeta", "ship to name", "bill-to name",
     "MAC address", "IP地址"],
)  # fmt: skip
def test_their_headers_are_known(header: str) -> None:
    with pytest.raises(UserError, match="by its name"):
        refuse(header, [], may_hold_names=True)


@pytest.mark.parametrize(
    "header", ["IP rating", "description", "shipping", "PLZ", "Ort", "clip", "strip", "card type", "Kartenart", "equip"]
)
def test_headers_that_only_sound_like_them_pass(header: str) -> None:
    refuse(header, ["a", "b"], may_hold_names=False)
