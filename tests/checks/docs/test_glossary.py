"""The glossary's table is sound, and no page uses a word that stands for a term."""

from pathlib import Path

import pytest

from tests.checks.docs import glossary
from tests.checks.docs.pages import Page

HEAD = "| term | meaning | not |\n| --- | --- | --- |\n"
BASKET = "| **basket** | The lines of one order. | cart, shopping bag |\n"
LINE = "| **order line** | One product in one order. | line item |\n"


def found(*rows: str, text: str = "", path: str = "README.md") -> list[str]:
    pages = [Page(glossary.FILE, HEAD + "".join(rows)), Page(Path(path), text)]
    return list(glossary.problems(pages))


def test_a_glossary_in_order_passes() -> None:
    assert found(BASKET, LINE, text="A basket has lines.") == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ((BASKET, BASKET), "docs/glossary.md:4: the term basket stands twice; fix: keep one row"),
        ((LINE, BASKET), "docs/glossary.md:4: the term basket stands below order line; fix: sort the rows by term"),
        (("| **basket** |  | cart |\n",), "docs/glossary.md:3: the term basket has no meaning; fix: write it"),
        (
            (BASKET, "| **cart** | A cart. | |\n"),
            "docs/glossary.md:3: the term basket is not to be called cart, which is a term",
        ),
        ((), "docs/glossary.md: no row below | term | meaning | not |; fix: restore the table"),
    ],
)
def test_a_fault_of_the_table_is_named_with_its_fix(rows: tuple[str, ...], problem: str) -> None:
    assert any(each.startswith(problem) for each in found(*rows))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("one\nIn the cart.", "cart"),
        ("one\nTwo Carts.", "Carts"),
        ("one\n| a line-item | x |", "line-item"),
        ("one\n[the shopping bag](a.md)", "shopping bag"),
    ],
)
def test_a_word_that_stands_for_a_term_is_named_with_file_and_line(text: str, word: str) -> None:
    [only] = found(BASKET, LINE, text=text, path="docs/a.md")

    assert only.startswith(f"docs/a.md:2: '{word}' stands for a term of docs/glossary.md; fix: write")


@pytest.mark.parametrize(
    "text", ["`cart.py`", "```\ncart\n```", "[a](cart.md)", "a cartridge, a go-cart", "inline items"]
)
def test_code_targets_and_parts_of_other_words_pass(text: str) -> None:
    assert found(BASKET, LINE, text=text) == []


def test_the_meanings_of_the_glossary_itself_use_no_such_word() -> None:
    [only] = found("| **basket** | A cart of lines. | cart |\n")

    assert only.startswith("docs/glossary.md:3: 'cart' stands for a term")


def test_a_missing_glossary_is_named() -> None:
    assert next(glossary.problems([])).startswith("docs/glossary.md: no such file")


def test_the_projects_own_glossary_has_words_for_many_terms(top: Path) -> None:
    entries = list(glossary.read(Page(glossary.FILE, (top / glossary.FILE).read_text(encoding="utf-8"))))

    assert len(entries) > 50
    assert all(entry.instead for entry in entries)
