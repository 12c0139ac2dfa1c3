"""Languages: the choice of one, complete translations, and formats of numbers."""

import re
from datetime import datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from serving.products.web import texts
from serving.products.web.language import LOCALES, NAMES, choose, language
from training.products import columns
from training.products.alerts.rules import KINDS
from training.products.alerts.wording import ADVICE, EVIDENCE, FORMATS, Value

PAGES = (LOCALES.parent, LOCALES.parents[1] / "demo")
METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.j2": {"newstyle_gettext": "true"}}
OTHERS = [code for code in NAMES if code != "en"]
PYTHON_NAMED = re.compile(r"%\((\w+)\)s|(%%)")


def texts_of_pages() -> set[str]:
    """All texts of the pages: in templates, in code, and in alerts."""
    words = {"mark": None, "_": None, "gettext": None, "text": None}
    found = [each for folder in PAGES for each in extract_from_dir(folder, METHODS, OPTIONS, words)]
    return {message for _, _, message, _, _ in found if isinstance(message, str)} | sentences()


def sentences() -> set[str]:
    return {*EVIDENCE.values(), *ADVICE.values()}


def catalog(code: str) -> Catalog:
    with (LOCALES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def translated(code: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalog(code) if message.id}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_no_translation_is_left_over(code):
    assert sorted(translated(code)) == sorted(texts_of_pages())
    assert [text for text, other in translated(code).items() if not other.strip()] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_names_the_same_numbers_in_the_same_formats(code):
    for text, other in translated(code).items():
        if text in sentences():
            assert sorted(named(text)) == sorted(named(other))
        else:
            assert sorted(PYTHON_NAMED.findall(text)) == sorted(PYTHON_NAMED.findall(other))


def named(sentence: str) -> list[tuple[str | None, str | None]]:
    return [(name, form) for _, name, form, _ in Formatter().parse(sentence) if name is not None]


@pytest.mark.parametrize("code", NAMES)
def test_every_sentence_of_an_alert_can_be_filled(code):
    values: dict[str, Value] = {
        "percent": 0.61, "count": 1431, "money": 123_456.0, "date": "2026-03-02", "list": ["S", "M"], "ratio": 1.8,
        "text": "S",
    }  # fmt: skip
    assert set(values) == set(FORMATS)

    for sentence in sentences():
        numbers = {name: values[form or ""] for name, form in named(sentence) if name is not None}
        assert "{" not in language(code).filled(sentence, numbers, "EUR")


def test_codes_of_the_report_have_names():
    assert set(texts.KINDS) >= {*KINDS, *columns.FAULTS}
    assert set(texts.ACTIVITIES) == {*columns.ACTIVITIES, "guest", *columns.VALUES}
    assert tuple(texts.DISCOUNTS) == columns.DISCOUNT_BANDS
    assert set(texts.LEVELS) == set(columns.LEVELS) - {"shop"}


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de-DE,de;q=0.9", "en"),
        (None, "de, zh-Hant;q=0.4, en;q=0.5", "en"),
        (None, "de, zh;q=0.5, en;q=0.4", "zh"),
        (None, "zh;q=0, en", "en"),
        (None, "zh;q=x,,;;=", "en"),
        ("zh", "en", "zh"),
        ("xx", "zh", "zh"),
    ],
)
def test_the_choice_comes_first_then_what_the_browser_likes_best(chosen, accepted, code):
    assert choose(chosen, accepted).code == code


def test_numbers_are_written_as_people_read_them():
    english, chinese = language("en"), language("zh")

    assert english.percent(0.1234) == "12.3%"
    assert english.points(0.012) == "+1.2 pp"
    assert english.points(-0.012) == "−1.2 pp"  # noqa: RUF001 - the sign of minus
    assert english.points(-0.0001) == "0.0 pp"
    assert chinese.points(0.012) == "+1.2 个百分点"
    assert english.number(1234567) == "1,234,567"
    assert english.money(123_456, "EUR") == "€1,235"
    assert english.money(-50, "EUR") == "€0"
    assert english.money(123_456, "JPY") == "¥123,456"  # the yen has no smaller unit
    assert english.short_money(210_470_000, "EUR") == "€2.1M"
    assert chinese.short_money(210_470_000, "EUR") == "€210.5万"
    assert chinese.short_money(786_220.27, "EUR") == "€7,862"
    assert english.price(1999, "EUR") == "€19.99"
    assert chinese.date(datetime(2026, 3, 2)) == "2026年3月2日"
    assert english.listed(["S", "M", "L"]) == "S, M, and L"
    assert english.percent(None) == english.money(None, "EUR") == english.date(None) == "–"  # noqa: RUF001


def test_no_probability_is_written_as_certain():
    english = language("en")

    assert [english.sure(each) for each in (1.0, 0.99, 0.5, 0.0)] == ["> 99%", "99%", "50%", "< 1%"]


def test_the_catalog_is_utf_8_text_that_babel_reads():
    assert Path(LOCALES / "zh.po").read_text(encoding="utf-8").startswith("# Texts of the product pages")
    assert catalog("zh").charset == "utf-8"
