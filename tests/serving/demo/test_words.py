"""The demo has a text for all that it can be told."""

import re

from serving.decisions import decider
from serving.decisions.caps import ANOTHER
from serving.demo import words
from serving.products.web.language import NAMES, language
from training.decisions import choosing, profit, rules
from training.decisions.policy import LANGUAGES, Lines

NAMED = re.compile(r"\{(\w+)\}")


def test_the_shop_says_the_same_in_every_language_of_a_policy() -> None:
    assert set(words.SHOP) == set(LANGUAGES)
    english = words.SHOP["en"]
    for texts in words.SHOP.values():
        assert texts.keys() == english.keys()
        assert {name: NAMED.findall(text) for name, text in texts.items()} == {
            name: NAMED.findall(text) for name, text in english.items()
        }


def test_every_word_for_why_not_has_a_sentence() -> None:
    found = {
        *Lines.model_fields, rules.OF_OTHER_SEGMENT, choosing.IN_DOUBT, choosing.LESS, choosing.NO_INTERVAL,
        profit.UNREASONED, decider.COMPLAINT, decider.DOUBT, ANOTHER,
        *("per_customer", "per_customer_of_all", "per_day", "caps_unavailable", "decision_log"),
    }  # fmt: skip

    assert set(words.RULED_OUT) == found


def test_translations_keep_the_names_in_braces() -> None:
    for code in NAMES:
        for name, text in words.of_page(language(code))["page"].items():
            assert sorted(NAMED.findall(text)) == sorted(NAMED.findall(words.PAGE[name]))
