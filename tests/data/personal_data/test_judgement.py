"""Columns that are refused as names, emails or addresses, and similar columns that are not."""

import itertools
import time
from contextlib import suppress

import pytest

from data.errors import UserError
from data.personal_data.judgement import refuse, refuse_of_customers
from data.personal_data.kinds import Kind


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
        ["2 st", "3 st", "2 pack", "500 ml", "Ring 52"],
        ["Abbey Road 3 poster", "Avenue Q 2 DVD", "Route 66", "Air Max 90", "Silver Lane shirt"],
        ["白色", "黄色", "金色", "红色 2号", "均码"],
        ["广东省", "江苏", "郑州", "温州", "上海市"],
        ["石川県", "東京都", "千葉県", "山口県"],
        ["4012345678901", "036000291452", "0451234567", "123-4567890-1234567", "2024-01-02", "32/34"],
    ],
)
def test_usual_values_are_let_through(values: list[str]) -> None:
    refuse("column", values, may_hold_names=False)


def test_a_few_coincidences_are_let_through() -> None:
    refuse("region", ["Paris"] * 99 + ["St Peter", "Anna Paulowna", "Lane 5", "a@b.de"], may_hold_names=False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Visa 4111 1111 1111 1111", "numbers of bank accounts or cards"),
        ("SEPA DE89370400440532013000", "numbers of bank accounts or cards"),
        ("Tel. +49 151 23456764", "phone numbers"),
        ("VIP (Maria Wagner)", "names of persons"),
        ("for Maria Wagner", "names of persons"),
        ("login from 203.0.113.77", "network addresses"),
    ],
)
def test_words_beside_a_value_hide_it_from_nobody(text: str, kind: str) -> None:
    with pytest.raises(UserError, match=kind):
        refuse("note", ["standard", text], may_hold_names=False)


def test_names_may_stand_in_labels_of_products_and_whom_they_are_for_may_not() -> None:
    refuse("color", ["Victoria Rosa", "Mug Maria Wagner", "by Paul Smith"], may_hold_names=True)
    with pytest.raises(UserError, match="names of persons"):
        refuse("color", ["for Maria Wagner"], may_hold_names=True)
    with pytest.raises(UserError, match="phone numbers"):
        refuse("color", ["engraving: call +49 151 23456764"], may_hold_names=True)


@pytest.mark.parametrize("text", ["Musterstraße 63, 50667 Köln", "+49 151 23456764", "東京都千代田区丸の内1-1-1"])
def test_from_a_twentieth_on_what_is_sure_refuses_the_column(text: str) -> None:
    with pytest.raises(UserError, match="5 of 100 values in the sample hold"):
        refuse("region", ["North"] * 95 + [text] * 5, may_hold_names=True)
    refuse("region", ["North"] * 96 + [text] * 4, may_hold_names=True)


@pytest.mark.parametrize("header", ["Engraving text", "Gravur", "gift_message", "Personalisation", "刻印"])
def test_fewer_names_are_needed_under_a_header_of_a_text_that_customers_write(header: str) -> None:
    with pytest.raises(UserError, match="names of persons"):
        refuse(header, ["none"] * 8 + ["for Maria Wagner"], may_hold_names=False)


def test_brands_named_after_persons_pass_where_names_are_in_place() -> None:
    brands = ["Paul Smith", "Michael Kors", "Peter Kaiser", "Nike"]
    refuse("brand", brands, may_hold_names=True)
    with pytest.raises(UserError, match="names of persons"):
        refuse("brand", brands, may_hold_names=False)


@pytest.mark.parametrize(
    "value",
    ["Anna Schmidt", "anna schmidt", "Schmidt, Anna", "Herr Peter von Berg", "Maria G. Lopez", "José García López",
     "Łukasz Kowalski", "João da Silva", "Jean-Pierre Dupont", "Giulia Rossi", "Sanne de Vries", "Björn Lindqvist",
     "王小明", "李娜", "欧阳娜娜", "山田 太郎", "鈴木　一郎", "佐藤花子", "김민수"],
)  # fmt: skip
def test_names_are_seen_in_usual_forms(value: str) -> None:
    with pytest.raises(UserError, match="names of persons"):
        refuse("x", [value], may_hold_names=False)


@pytest.mark.parametrize(
    "value",
    ["Hauptstraße 12", "Am Weg 3a, 50667 Köln", "12 Baker Street", "221b Baker St., London", "5 rue de Rivoli",
     "12 bis, avenue Foch", "Calle Mayor 5, 3º B", "C/ Alcalá 12, 28009 Madrid", "Avenida de la Constitución, 7",
     "Carrera 7 # 12-34", "Via Roma, 12", "Rua das Flores 21", "Rua Augusta, 1500 - São Paulo", "ul. Długa 5/7",
     "Kungsgatan 5 B", "Keizersgracht 123", "ул. Ленина 5", "广东省 示例市 南区 测试街道2号 幸福小区1栋111室",
     "上海市浦东新区世纪大道100号", "東京都千代田区丸の内1-1-1", "大阪府大阪市北区梅田３丁目１番",
     "서울시 강남구 테헤란로 12"],
)  # fmt: skip
def test_addresses_are_seen_in_usual_forms(value: str) -> None:
    with pytest.raises(UserError, match="street addresses"):
        refuse("x", [value], may_hold_names=True)


@pytest.mark.parametrize(
    "value",
    ["+49 30 1234567", "0049 30 1234567", "030 1234567", "06 12 34 56 78", "090-1234-5678", "(212) 555-0187",
     "+86 138 1234 5678", "612 345 678", "+34612345678", "＋８１ ９０ １２３４ ５６７８"],
)  # fmt: skip
def test_phone_numbers_are_seen_in_usual_forms(value: str) -> None:
    with pytest.raises(UserError, match="phone numbers"):
        refuse("x", [value], may_hold_names=False)


def test_bare_mobile_numbers_are_seen_by_their_many_series_and_ids_that_count_up_are_not() -> None:
    mobiles = [f"1{series}{12345678 + series}" for series in (38, 39, 50, 77, 86, 91)]
    refuse("x", [str(13800000001 + number) for number in range(6)], may_hold_names=False)
    with pytest.raises(UserError, match="phone numbers"):
        refuse("x", mobiles, may_hold_names=False)


GIVEN = ["anna", "laura", "jonas", "elena", "peter", "julia"]
PERSONS = [f"{given} {family}" for given in GIVEN for family in ("koch", "silva", "novak")]


@pytest.mark.parametrize(
    "colors", [PERSONS, [*["red", "blue"] * 100, *PERSONS], ["anna koch", "jonas silva", "red"] * 9]
)
def test_many_different_names_are_no_colors_however_few_lines_they_are_on(colors: list[str]) -> None:
    if len(set(colors)) == 3:
        colors = [*colors, "elena novak"]
    with pytest.raises(UserError, match="different values in the sample look like names of persons"):
        refuse("color", colors, may_hold_names=True, brands=False)
    refuse("brand", colors, may_hold_names=True)


def test_colors_with_the_word_of_a_name_or_a_few_names_are_let_through() -> None:
    colors = [
        "rosa antico",
        "rose gold",
        "marco polo",
        "emma black",
        "anna koch",
        "red",
        "blue",
        "navy",
        "grey",
        "sand",
    ]
    refuse("color", colors * 5, may_hold_names=True, brands=False)


def test_numbers_in_groups_may_be_a_products() -> None:
    refuse("sku", ["212-555-0187"], may_hold_names=True)


def test_fewer_suspects_are_needed_under_a_header_that_is_about_a_person() -> None:
    cells = [f"label {number}" for number in range(90)] + ["12 Baker Street"] * 10
    refuse("note", cells, may_hold_names=False)
    with pytest.raises(UserError, match="10 of 100 values"):
        refuse("ship to", cells, may_hold_names=False)


def test_a_key_that_is_hashed_may_be_an_email_and_nothing_else() -> None:
    refuse("E-Mail", ["anna@example.org"], may_hold_names=False, allowed={Kind.EMAIL})
    with pytest.raises(UserError, match="street addresses"):
        refuse("E-Mail", ["12 Baker Street"], may_hold_names=False, allowed={Kind.EMAIL})


@pytest.mark.parametrize("value", ["12 Baker Street", "Anna Schmidt", "anna@example.org", "王小明", "+49 30 1234567"])
def test_the_message_names_the_column_and_never_a_value(value: str) -> None:
    with pytest.raises(UserError) as caught:
        refuse("收货信息", [value], may_hold_names=False)
    assert "'收货信息'" in str(caught.value)
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "part",
    ["a", "a ", "1-", "@a", "a@b.", "rue a ", "st ", "路", "区あ", "Anna ", "(1)", "DE1", "4 ", "1:", "01099 市"],
)
def test_the_time_grows_no_faster_than_the_text(part: str) -> None:
    """A quadratic search of 10,000 letters takes 45 ms, so 2,000 such texts would take 90 s."""
    started = time.process_time()
    with suppress(UserError):
        refuse("x", [part * (10_000 // len(part))] * 2_000, may_hold_names=False)
    assert time.process_time() - started < 10


ORDERS_BY_NAME = [f"{family} {given} {number}" for number, (family, given) in enumerate(
    itertools.product(["Wagner", "Iyamu", "Zelenko", "Brandt"], ["Maria", "Oyelaran", "Ulf", "Tamsin"]), start=200
)]  # fmt: skip


def test_numbers_of_orders_with_different_words_as_names_are_refused() -> None:
    with pytest.raises(UserError) as error:
        refuse("Auftrag", ORDERS_BY_NAME, may_hold_names=False, numbers=True)

    assert error.value.found == "16 of 16 values in the sample have different words, as names of persons are"
    assert "extract: '([0-9]+)$' beside column: Auftrag" in error.value.fix


@pytest.mark.parametrize(
    "values",
    [
        [f"Web Order {number}" for number in range(50)],
        [f"A-{number}" for number in range(50)],
        [f"Branch {'abcdefghijklmno'[number % 15] * 3}-{number}" for number in range(300)],
    ],
)
def test_numbers_of_orders_with_the_same_words_are_numbers(values: list[str]) -> None:
    refuse("Order", values, may_hold_names=False, numbers=True)


BRANDS = ("Calvin Klein", "Hugo Boss", "Tommy Hilfiger", "Jack Wolfskin", "Paul Smith", "Karl Lagerfeld", "Marco Polo")
CUSTOMERS = ("Anna Meier", "Elena Rossi", "Jonas Weber", "Marta Novak", "Olga Keller", "Paul Brandt", "Lukas Jansen")


def test_a_label_with_names_that_change_within_a_product_is_of_customers() -> None:
    pairs = [(f"p{number % 4}", CUSTOMERS[number % 7]) for number in range(40)]
    with pytest.raises(UserError) as caught:
        refuse_of_customers("brand", pairs)
    assert "products have several of them, as customers do and brands don't" in caught.value.found
    assert not any(name in str(caught.value) for name in CUSTOMERS)


@pytest.mark.parametrize("names", [BRANDS, CUSTOMERS])
def test_names_that_each_product_keeps_are_brands(names: tuple[str, ...]) -> None:
    refuse_of_customers("brand", [(f"p{number % 7}", names[number % 7]) for number in range(40)])


def test_words_that_change_within_a_product_are_no_persons() -> None:
    labels = ("Sale", "New In", "Linen Shirts")
    refuse_of_customers("category", [(f"p{number % 4}", labels[number % 3]) for number in range(40)])
