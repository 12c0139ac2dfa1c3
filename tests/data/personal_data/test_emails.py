"""Emails in texts, and patterns that take linear time."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.personal_data.emails import LOOSE, holds_email, may_hold_email

texts = st.text(alphabet="ab@＠. ü1-\n", max_size=30)


@pytest.mark.parametrize("text", ["anna@example.org", "to b.c@mail.example.com, please", "ü@ö.de", "a＠b.de"])
def test_an_email_is_found_wherever_it_stands(text: str) -> None:
    assert holds_email(text)
    assert may_hold_email(text)


@pytest.mark.parametrize("text", ["1009@blue", "@handle", "@a.de", "a @ b.de", "a@.de x", "", "2 @ 3"])
def test_other_texts_with_the_sign_are_none(text: str) -> None:
    assert not holds_email(text)


@given(texts)
def test_the_loose_search_finds_what_the_whole_pattern_finds(text: str) -> None:
    assert may_hold_email(text) == (re.search(LOOSE, text) is not None)


@given(texts)
def test_what_is_an_email_may_be_one(text: str) -> None:
    assert may_hold_email(text) or not holds_email(text)


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a@" * 50_000, "a@" + "b." * 50_000, "@" * 100_000, "a" * 99_999 + "@"]
)
def test_a_long_text_takes_no_longer_than_its_length_asks(text: str) -> None:
    """Quadratic search of 100,000 letters takes seconds."""
    started = time.process_time()
    holds_email(text)
    may_hold_email(text)
    assert time.process_time() - started < 0.5
