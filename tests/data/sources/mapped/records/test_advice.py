"""The encoding of small texts of many languages: the right one is proposed, or named with another."""

from itertools import combinations
from pathlib import Path

import pytest

from data.sources.mapped.records import advice

TEXTS = {
    "Russian": (
        "cp1251 koi8_r cp866 utf-16-le",
        "Платье летнее,красный",
        "Брюки мужские,чёрный",
        "Куртка зимняя,синий",
    ),
    "Ukrainian": ("cp1251", "Сукня жіноча,червоний", "Штани чоловічі,чорний", "Куртка зимова,синій"),
    "Greek": ("cp1253", "Φόρεμα καλοκαιρινό,κόκκινο", "Παντελόνι ανδρικό,μαύρο", "Μπουφάν χειμερινό,μπλε"),
    "Turkish": (
        "cp1254",
        "Yazlık elbise,kırmızı",  # noqa: RUF001 - Turkish
        "Gömlek uzun kollu,gümüş",
        "Kışlık ceket,yeşil",  # noqa: RUF001 - Turkish
        "İstanbul,Eskişehir",
    ),
    "German": ("cp1252 cp850", "Kleid für Mädchen,grün", "Hose Größe L,weiß", "Jacke Übergang,natürlich"),
    "French": ("cp1252", "Robe d'été,crème", "Chaussures légères,rosé", "Écharpe brodée,à pois"),
    "Spanish": ("cp1252", "Pantalón niño,marrón", "Camiseta básica,azul", "Suéter señora,rojo"),
    "Polish": (
        "cp1250 cp852 iso8859_2",
        "Sukienka letnia,żółty",
        "Spodnie męskie,różowy",
        "Buty dziecięce,śnieżnobiały",
    ),
    "Czech": ("cp1250 cp852", "Dámské šaty,červená", "Pánské kalhoty,černá", "Zimní bunda,žlutá"),
    "Hungarian": ("cp1250 cp852", "Női ruha,piros", "Hosszú ujjú ing,fehér", "Gyermek cipő,zöld, erős fűző"),
    "Hebrew": ("cp1255", "שמלה קיץ,אדום", "מכנסיים לגבר,שחור"),
    "Arabic": ("cp1256", "فستان صيفي,أحمر", "بنطلون رجالي,أسود"),
    "Japanese": ("cp932 euc_jp", "レディース ワンピース,赤", "メンズ パンツ,黒", "冬用ジャケット,青"),
    "Chinese": ("gb18030 utf-16-le", "夏季连衣裙,红色", "男士长裤,黑色", "冬季羽绒服,蓝色"),
    "Chinese of Taiwan": ("big5", "夏季連身裙,紅色", "男士長褲,黑色", "冬季羽絨外套,藍色"),
    "Korean": ("euc_kr", "여름 원피스,빨강", "남성 바지,검정", "겨울 재킷,파랑"),
}
CASES = [(name, encoding) for name, (encodings, *_) in TEXTS.items() for encoding in encodings.split()]


def proposed(file: Path, rows: tuple[str, ...], encoding: str) -> tuple[list[str], str]:
    """Give the text as each proposed encoding reads it, and as it is."""
    text = "\n".join(["id,name,colour", *(f"{number},{row}" for number, row in enumerate(rows))]) + "\n"
    file.write_bytes(text.encode(encoding))
    return [file.read_bytes().decode(name) for name in advice.of(file, "utf-8").encodings], text


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_the_encoding_of_a_few_rows_is_found(tmp_path: Path, language: str, encoding: str) -> None:
    found, text = proposed(tmp_path / "a.csv", TEXTS[language][1:], encoding)
    assert found == [text]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_of_one_or_two_rows_the_right_encoding_is_among_the_proposed_ones(
    tmp_path: Path, language: str, encoding: str
) -> None:
    rows = TEXTS[language][1:]
    for some in [*combinations(rows, 1), *combinations(rows, 2)]:
        found, text = proposed(tmp_path / "a.csv", some, encoding)
        assert text in found


SIGNS = {
    "cp1252": ("10,90 €", "10.90€", "€10.90", "£10.90", "10.90 £", "¥1980", "Nike® 10", "2 \xd7 10"),
    "cp1250": ("10,90 €", "€10.90"),
    "cp850": ("£10.90", "10.90 £"),
}
WORDS = {"cp1252": ("Größe", "à carreaux", "Qualità", "", "Café"), "cp1250": ("Różowy żółty",), "cp850": ("Größe", "")}
BESIDE = [(encoding, word, sign) for encoding in SIGNS for word in WORDS[encoding] for sign in SIGNS[encoding]]


@pytest.mark.parametrize(("encoding", "word", "sign"), BESIDE)
def test_a_sign_of_trade_beside_few_words_is_not_taken_for_a_letter(
    tmp_path: Path, encoding: str, word: str, sign: str
) -> None:
    rows = (word, *(sign.replace("10", str(10 + number)) for number in range(30)))
    found, text = proposed(tmp_path / "a.csv", rows, encoding)

    assert text in found


def test_a_file_is_read_to_its_end_before_an_encoding_is_proposed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("1,Köln\n".encode("cp1252") * 20_000 + b"2,\x81\n")
    assert "cp1252" not in advice.of(file).encodings
