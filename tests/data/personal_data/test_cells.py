"""Texts that are surely personal by themselves, those that may be, and labels that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.personal_data import cells
from data.personal_data.cells import certain, certain_among, possible
from data.personal_data.kinds import Kind

CERTAIN = {
    Kind.EMAIL: ["anna@example.org", "sent back by anna@example.org"],
    Kind.ACCOUNT: [
        "Visa 4111 1111 1111 1111", "4111-1111-1111-1111", "paid by card 4111111111111111", "3782 822463 10005",
        "SEPA DE89370400440532013000", "IBAN: DE89 3704 0044 0532 0130 00 (Koch)", "fr1420041010050500013M02606 paid",
    ],
    Kind.PHONE: [
        "+49 151 23456764", "Tel. +49 151 23456764", "engraving: call +49 151 23456764, please", "0049 151 23456764",
        "Tel.: 0151 23456764", "call Maria 0151 23456764", "☎ +49 (0)30 1234567", "Telefon 030 1234567",
        "téléphone 06 12 34 56 78",
    ],
    Kind.ADDRESS: [
        "Musterstraße 63, 50667 Köln", "c/o Koch, Hauptstr. 64, 50667 Köln", "12 Baker Street, London W1U 3BW",
        "12345 Main Street, Springfield, IL 62704", "deliver to 12 Baker Street, London W1U 3BW",
        "5 rue de Rivoli, 75001 Paris", "Calle Mayor 5, 28013 Madrid", "Via Roma, 12, 00184 Roma",
        "ul. Długa 5/7, 00-950 Warszawa", "Kungsgatan 5 B, 111 20 Stockholm", "東京都千代田区丸の内1-1-1",
        "上海市浦东新区世纪大道100号",
    ],
    Kind.NAME: ["Nordic Parka - engraving Maria Wagner", "Tasse (Gravur: Anna Koch)", "Bordado José García"],
}  # fmt: skip
POSSIBLE = {
    Kind.NAME: [
        "for Maria Wagner", "VIP (Maria Wagner)", "waiting for Maria Koch", "Herr Max Muster", "MARIA WAGNER",
        "Anna von der Heide", "Maria G. Lopez", "山田太郎様 着払い",
    ],
    Kind.ADDRESS: ["Hauptstraße 12", "pick up at 12 Baker Street"],
    Kind.PHONE: ["0151 23456764", "(212) 555-0187", "0151 2345678", "+49 151 2345678"],
    Kind.NETWORK: ["from 203.0.113.77"],
    Kind.PLACE: ["50667 Köln"],
    Kind.ACCOUNT: ["4111111111111111"],
}  # fmt: skip
LABELS = [
    "2 st", "Abbey Road 3 poster", "Route 66", "Air Max 90", "Max Mara Weekend", "Performance Max Shopping",
    "mug with engraving", "Stickerei Blumen", "Engraved Oak Board",
    "Santa Maria Novella", "San Diego Beach", "Mark on the sleeve", "Rosa Kleid", "Jan Sale", "phone case 15",
    "iPhone 15 Pro 256", "1:20 Porsche 911 4500 mm", "TS01-M", "123-4567890-1234567", "4006381333931", "EU 38",
    "2 szt.",
    "2024-03-01 10:21", "01.02.2024 10.30", "45352,53616", "out of stock", "19-4052 Classic Blue", "Visa ****1234",
    "Visa 4242", "DE12345", "GB29 NEW", "12 Pack, 24000 mAh", "1.234,50", "3 for 2", "42 (EU) / 8 (UK)", "10.2.0.4", "",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CERTAIN.items() for text in texts])
def test_strong_evidence_is_seen_alone_and_among_other_words(kind: Kind, text: str) -> None:
    assert certain(text) is kind
    assert possible(text) is kind


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in POSSIBLE.items() for text in texts])
def test_weak_evidence_is_possible_and_not_certain(kind: Kind, text: str) -> None:
    assert certain(text) is None
    assert possible(text) is kind


@pytest.mark.parametrize("text", LABELS)
def test_labels_and_numbers_of_a_shop_are_neither(text: str) -> None:
    assert possible(text) is None


@pytest.mark.parametrize(
    "text", ["Visa 4111 1111 1111 1112", "SEPA DE89370400440532013001", "+49 1", "Musterstraße 63, Haus 5"]
)
def test_a_wrong_check_digit_or_half_of_it_is_not_certain(text: str) -> None:
    assert certain(text) is None


def test_a_bare_number_of_a_card_counts_where_those_like_it_have_their_check_digit() -> None:
    card, ids = "4111111111111111", [f"4{number:015}" for number in range(1000, 1200)]

    assert certain_among(["blue", card]) == {card: Kind.ACCOUNT}
    assert certain_among([card, *ids]) == {}


@given(st.from_regex(cells._PLAIN_ID, fullmatch=True))
def test_a_short_id_that_is_passed_over_holds_no_certain_evidence(text: str) -> None:
    assert cells._first(cells._CERTAIN, text) is None


@pytest.mark.parametrize("text", ["0049301234", "Tel-30123456", "+49301234567", "4111111111111111"])
def test_what_may_be_evidence_is_not_passed_over_as_a_short_id(text: str) -> None:
    assert cells._PLAIN_ID.fullmatch(text) is None
