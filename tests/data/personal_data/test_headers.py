"""Headers of personal data in the languages of shops' systems, and similar headers of other data."""

import pytest

from data.errors import UserError
from data.personal_data.headers import hints_at_person, kind_by_header
from data.personal_data.judgement import refuse
from data.personal_data.kinds import Kind

PERSONAL = {
    Kind.EMAIL: [
        "email", "E-Mail", "customerEmail", "user_mail", "Correo electrónico", "Courriel", "E-post", "邮箱", "電子郵件",
        "メールアドレス", "이메일",
    ],
    Kind.PHONE: [
        "phone_number", "Billing Phone", "Telefon", "Téléphone", "Teléfono", "numero_de_telefono", "Telemóvel",
        "Cellulare", "Telefoonnummer", "Mobilnummer", "手机号", "联系电话", "電話番号", "телефон",
    ],
    Kind.ADDRESS: [
        "street", "Address 1", "shipping_address", "Straße", "Lieferadresse", "Adresse de livraison",
        "Dirección de envío",
        "Indirizzo di spedizione", "Endereço", "Morada", "Straat", "Adres dostawy", "Gatuadress", "收货地址", "住所",
        "Ulica i numer", "адрес",
    ],
    Kind.NAME: [
        "lastName", "Vorname", "customer name", "Billing Name", "Prénom", "Nom du client", "Nombre del cliente",
        "Apellidos",
        "Cognome", "Sobrenome", "Achternaam", "Imię", "Nazwisko", "Förnamn", "Efternamn", "姓名", "收件人(必填)",
        "氏名",
        "お名前", "이름", "фамилия",
    ],
}  # fmt: skip
OTHERS = [
    "email_consent", "address_country", "brand_name", "product_name", "name", "mailing_list", "item_color",
    "user_title",
    "user_state", "channel", "street_style", "renaming", "CustomerID", "nombre", "nome", "Kundennummer", "Kunde",
    "portable",
    "商品名", "品名", "商品名称", "买家", "地区", "手机型号", "店铺名", "ブランド名", "都道府県", "顧客番号",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "header"), [(kind, header) for kind, headers in PERSONAL.items() for header in headers]
)
def test_a_header_of_personal_data_refuses_its_column(kind: Kind, header: str) -> None:
    with pytest.raises(UserError, match=f"by its name it holds {kind}"):
        refuse(header, [], may_hold_names=True)


@pytest.mark.parametrize("header", OTHERS)
def test_a_header_that_only_sounds_like_it_does_not(header: str) -> None:
    assert kind_by_header(header) is None
    refuse(header, ["a", "b"], may_hold_names=False)


@pytest.mark.parametrize("header", ["ship-to", "Recipient", "收货信息", "Destinatario", "届け先"])
def test_some_headers_are_about_a_person_and_don_t_say_what_they_hold(header: str) -> None:
    assert hints_at_person(header)


def test_headers_of_labels_are_about_no_person() -> None:
    assert not any(hints_at_person(header) for header in ("region", "color", "商品", "category"))
