"""One normal form of labels: what a person reads as one label is one label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reading.labels import normal_form

BLANKS = st.text(" \t\u00a0\u2009\u202f\u3000\u200b\u200d\ufeff\u2060", max_size=4)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("Invoice", "invoice"),
        (" \u00a0\u3000INVOICE\u200b\ufeff", "invoice"),
        ("in\u200bvo\u00adice", "invoice"),
        ("\uff49\uff4e\uff56\uff4f\uff49\uff43\uff45", "invoice"),
        ("credit \t \u2009card", "credit card"),
        ("Größe", "grösse"),
        ("Gro\u0308ße", "grösse"),
        ("ﬁt", "fit"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("\uff13\uff18", "38"),
        ("37½", "37 1/2"),
        ("37 ½", "37 1/2"),
        ("½", "1/2"),
        ("", None),
        (" \u200b\u3000", None),
    ],
)
def test_a_label_has_the_form_that_a_person_reads(written: str, form: str | None) -> None:
    assert normal_form(written) == form


@given(st.text())
def test_the_form_of_a_form_is_itself(label: str) -> None:
    form = normal_form(label)
    assert form is None or normal_form(form) == form


@given(st.text(), BLANKS, BLANKS)
def test_blanks_and_invisible_signs_around_a_label_make_no_difference(label: str, before: str, after: str) -> None:
    assert normal_form(before + label + after) == normal_form(label)


@given(st.text(st.characters(max_codepoint=0x24F, exclude_characters="\u0131\u0149\u01f0")))
def test_upper_and_lower_case_are_one(label: str) -> None:
    assert normal_form(label.upper()) == normal_form(label.lower()) == normal_form(label)
