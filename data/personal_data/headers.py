"""Headers of columns that hold personal data, in the languages of shops' systems.

A header is compared without case, accents and signs between its words. A word of `_LATIN` stands at the header's end,
perhaps with a number behind it: ``billing_address_1`` is an address, ``address_country`` and ``email_consent`` are not.
"""

import re
import unicodedata

from data.personal_data.kinds import Kind

_PERSON = (
    "first|last|full|given|family|middle|maiden|customer|client|user|buyer|shopper|recipient|receiver|consignee|contact"
    "|billing|shipping|delivery|ship_to|bill_to|sold_to|deliver_to|kunden|empfaenger|kaeufer|klant|kund"
)
_OF_PERSON = "client|cliente|clienti|acheteur|comprador|destinataire|destinatario|klienta|odbiorcy|famille|familia"
_OF_DELIVERY = (
    "livraison|facturation|envio|entrega|facturacion|cobranca|spedizione|consegna|fatturazione|dostawy|faktury|wysylki"
)
_OF = "(?:(?:de|du|da|do|di|del|della|des|d|la|l)_)*"
_LATIN = {
    Kind.EMAIL: "e_?mails?|mail|e_?post(?:adresse?|adress)?|epost|correo(?:_electronico)?|courriel|correio_eletronico"
    "|posta_elettronica|poczta",
    Kind.PHONE: "(?:tele|mobile_?|cell_?|smart|handy_?)?(?:phone|fon)|phones|telefone?|telefono|telefoon|telefonnummer"
    "|telefoonnummer|telephone|fax|mobil|mobiltelefon|mobilnummer|handynummer|rufnummer|movil|celular|cellulare"
    "|telemovel|komorka|mobiel",
    Kind.ACCOUNT: "iban|bic|swift|bic_swift|swift_bic|bank_?(?:account|verbindung|konto|data|details)"
    "|(?:credit_?)?card_?(?:number|no|nr)"
    "|(?:kredit)?karten_?(?:nummer|nr)|numero_(?:de_)?(?:carte|tarjeta)|numero_(?:di_)?carta|creditcardnummer|numer_karty"
    "|coordonnees_bancaires|cuenta_bancaria|conto_bancario|numer_konta",
    Kind.NETWORK: "ip|ipv[46]|(?:ip|mac)_?(?:addr(?:ess(?:e)?)?|adress[e]?|adres)"
    "|adresse_ip|direccion_ip|indirizzo_ip|adres_ip|endereco_ip"
    "|remote_addr",
    Kind.PLACE: "(?:plz|postleitzahl)_(?:und_)?(?:wohn)?ort|(?:wohn)?ort_(?:und_)?(?:plz|postleitzahl)"
    "|(?:cp|code_postal)_(?:et_)?ville|ville_(?:et_)?(?:cp|code_postal)|(?:cap|codice_postale)_(?:e_)?(?:citta|comune)"
    "|(?:cp|codigo_postal)_(?:y_|e_)?(?:ciudad|poblacion|localidad|cidade)"
    "|(?:zip|zip_code|postcode|postal_code)_(?:and_)?(?:city|town)"
    "|(?:city|town)_(?:and_)?(?:zip|zip_code|postcode|postal_code)|postcode_(?:en_)?(?:woon)?plaats|kod_pocztowy_(?:i_)?miasto"
    "|latitude|longitude|lat_lng|lat_lon|latlng|geo_?coordinates|geolocation",
    Kind.ADDRESS: "street|[a-z]*strasse|[a-z]*adressen?|address|addresses|[a-z]*anschrift|direccion|domicilio|calle"
    f"|indirizzo|endereco|morada|rue|rua|straat|adres|adress|gatuadress|gata|ulica|(?:adresse|direccion|indirizzo|endereco|morada|adres)_{_OF}"
    f"(?:{_OF_DELIVERY}|{_OF_PERSON})",
    Kind.NAME: "surname|forename|firstname|lastname|vorname|nachname|familienname"
    f"|(?:{_PERSON})_?(?:name|namn|naam|namen)"
    "|prenom|nom_famille|apellidos?|primer_apellido|cognome|sobrenome|apelidos?|voornaam|achternaam|imie|nazwisko"
    "|imie_i_nazwisko|foe?rnamn|efternamn|nombre_completo|nome_completo|nome_e_cognome|nom_complet|nom_prenom|prenom_nom"
    f"|(?:nom|nombre|nome|imie)_{_OF}(?:{_OF_PERSON})",
}
_ENDS = {
    kind: re.compile(rf"(?:^|_)(?:{words})(?:_?(?:address|adresse|line|(?:i_)?numer[oy]?|number|no|nr|[0-9]+))?$")
    for kind, words in _LATIN.items()
}
_OTHER_SCRIPTS = {
    Kind.EMAIL: "邮箱|郵箱|邮箱地址|电子邮件|電子郵件|电邮|邮件地址|メール|メールアドレス|eメール|이메일|почта|имейл",
    Kind.PHONE: "手机|手機|手机号|手機號|手机号码|手機號碼|电话|電話|电话号码|電話番号|联系电话|联系方式|携帯|携帯番号"
    "|전화|전화번호|телефон",
    Kind.ACCOUNT: "银行账号|银行卡号|卡号|口座番号|クレジットカード番号|계좌번호|номер_карты",
    Kind.NETWORK: "ip地址|ipアドレス|ip주소",
    Kind.ADDRESS: "地址|详细地址|住址|住所|番地|丁目|お届け先|届け先|送り先|주소|адрес|улица",
    Kind.NAME: "姓名|名字|收货人|收貨人|收件人|联系人|聯絡人|真实姓名|氏名|お名前|姓|名|フリガナ|ふりがな|宛名|受取人"
    "|이름|성명|имя|фамилия|фио",
}
_OTHER_ENDS = {kind: re.compile(rf"(?:{words})[0-9]*$") for kind, words in _OTHER_SCRIPTS.items()}
_LETTERS: dict[int, str] = {
    ord("ä"): "ae",
    ord("ö"): "oe",
    ord("ü"): "ue",
    ord("ß"): "ss",
    ord("ł"): "l",
    ord("ø"): "o",
}
_SHORT = frozenset("姓名")
"""One sign that is a header of its own, and the end of many harmless words, such as 商品名."""

_HINTS = re.compile(
    r"(?:^|_)(?:ship_to|bill_to|deliver_to|sold_to|recipient|receiver|consignee|contact|person|buyer|kunde|empfaenger"
    r"|lieferung|kontakt|destinataire|destinatario|contacto|contatto|contato|ontvanger|odbiorca|mottagare|kund)$"
    r"|engrav|gravur|graver|gravure|grabado|incisione|grawer|gravering|personali[sz]|inscription|gift_(?:message|note|text)"
    r"|grusstext|dedic|custom_text|monogram|刻印|名入れ|刻字"
    r"|收货|收件|收貨|联系|买家|買家|客户|届け先|配送先|受取|購入者|お客様|수령인|получатель"
)
"""Headers that are about a person, or of a text that a customer wrote: fewer suspect cells are needed then."""


def kind_by_header(header: str) -> Kind | None:
    """Give the kind of personal data that the ``header`` names; None where it names none."""
    plain, bare = plain_header(header), bare_header(header)
    for kind, ends in _ENDS.items():
        if ends.search(plain):
            return kind
        found = _OTHER_ENDS[kind].search(bare) if kind in _OTHER_ENDS else None
        if found and (found.group() not in _SHORT or found.group() == bare):
            return kind
    return None


def hints_at_person(header: str) -> bool:
    """Whether the ``header`` is about a person, such as a recipient, without a name for what it holds."""
    return _HINTS.search(plain_header(header)) is not None or _HINTS.search(bare_header(header)) is not None


def plain_header(header: str) -> str:
    """Write the header in small letters of ASCII, with underscores between its words: ``E-Mail`` is ``e_mail``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header).lower()
    letters = words.translate(_LETTERS)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def bare_header(header: str) -> str:
    """Write the header without blanks and signs, and without a remark in brackets at its end."""
    normal = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[\W_]+", "", re.sub(r"\([^)]*\)\s*$", "", normal))
