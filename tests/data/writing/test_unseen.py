"""Signs that are not seen are shown by their number; tags, and what a reader typed, stay as they are."""

import pytest

from data.writing.unseen import shown, shown_in_html

TURNED = "abc\u202edef"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (TURNED, "abc[U+202E]def"),
        ("zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"),
        ("soft\u00adhyphen", "soft[U+00AD]hyphen"),
        ("\u2066a\u2069", "[U+2066]a[U+2069]"),
        ("a\U000e0041", "a[U+E0041]"),
        ("bell\x07", "bell[U+0007]"),
        ("two\nlines\tand 连衣裙 ❤️ é", "two\nlines\tand 连衣裙 ❤️ é"),
    ],
)
def test_signs_that_are_not_seen_are_shown(text, seen):
    assert shown(text) == seen


def test_a_page_shows_them_in_texts_and_keeps_names_in_forms_and_links():
    page = f'<a href="?q={TURNED}">{TURNED}</a><textarea name="note">{TURNED}</textarea><p>{TURNED}'

    assert shown_in_html(page) == (
        f'<a href="?q={TURNED}">abc[U+202E]def</a><textarea name="note">{TURNED}</textarea><p>abc[U+202E]def'
    )
