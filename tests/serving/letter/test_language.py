"""The texts of letters: the same in each language, and for everything that a model may name."""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

import pytest

from features.catalog import is_posterior
from features.definitions.request_fields import request_fields
from features.definitions.selection import define
from features.online.what_if import Change
from serving.letter.facts import phrase
from serving.letter.history import KEPT, LESS, MORE, RETURNED
from serving.letter.language import LOCALES, TEXTS, Language
from serving.letter.variations import ALONE, GUEST, WITH, WITH_NEW, WITHOUT
from serving.products.policy.words import WHY_NOT
from tests.features.crowded_shop import PARAMS
from tests.features.definitions.test_selection import EVERY

FEATURES = [each for each in define(PARAMS, EVERY) if not each.only_reasons]


def named(texts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Each text with the names in braces."""
    for key, text in texts.items():
        if isinstance(text, Mapping):
            yield from named(text, f"{above}{key}.")
        else:
            yield f"{above}{key}", frozenset(name for _, name, _, _ in Formatter().parse(str(text)) if name)


def test_every_language_has_the_same_texts_with_the_same_names() -> None:
    english = dict(named(Language.of("en").texts))

    assert {file.stem for file in TEXTS.iterdir()} == set(LOCALES)
    for code in LOCALES:
        assert dict(named(Language.of(code).texts)) == english


def test_every_feature_factor_field_change_and_refusal_has_words_of_its_own() -> None:
    texts = Language.of("en").texts

    assert [
        each.name for each in FEATURES if not is_posterior(each.name) and phrase(Language.of("en"), each.name) is None
    ] == []
    assert {each.factor for each in FEATURES} <= texts["factor"].keys()
    assert {each.name.split(".")[-1] for each in request_fields(EVERY)} <= texts["field"].keys()
    assert {*Change, GUEST, WITH, WITH_NEW, WITHOUT, ALONE, LESS, MORE, KEPT, RETURNED} <= texts["change"].keys()
    assert WHY_NOT.keys() <= texts["why_not"].keys()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Share returned of your earlier items, mostly of the last 30 days"),
        ("de", "Anteil der Rücksendungen, vor allem der letzten 30 Tage (Ihre früheren Artikel)"),
        ("zh", "您以往的商品的退货率（主要为最近30天）"),  # noqa: RUF001 - as Chinese has them
    ],
)
def test_a_feature_is_said_in_words(code: str, said: str) -> None:
    assert phrase(Language.of(code), "customer_return_rate_30d") == said


def test_a_feature_that_no_text_knows_has_no_phrase() -> None:
    assert phrase(Language.of("de"), "shoe_width_return_rate") is None
