"""What is prose, what is code, and what a link may name."""

from pathlib import Path

import pytest

from tests.checks.docs.pages import Page, Text, anchor

PAGE = Page(
    Path("docs/a.md"),
    "# One `two`\n\nSee [`cart`](b.md#c) and `training/model/fit.py`.\n\n"
    "```\nmake all  # [x](y.md)\n```\n\n![A cart](p.png)\n",
)


def test_code_blocks_are_apart_from_what_is_written() -> None:
    assert list(PAGE.code) == [Text(6, "make all  # [x](y.md)")]
    assert "make all" not in " ".join(line.text for line in PAGE.prose)


def test_links_are_those_outside_of_code() -> None:
    assert list(PAGE.links) == [Text(3, "b.md#c"), Text(9, "p.png")]


def test_spans_are_what_stands_in_backticks() -> None:
    assert [span.text for span in PAGE.spans] == ["two", "cart", "training/model/fit.py"]


def test_prose_has_neither_code_nor_targets_of_links() -> None:
    prose = {line.line: line.text for line in PAGE.prose}

    assert prose[3] == "See [``] and ``."
    assert prose[9] == "![A cart]"


def test_an_escaped_bar_of_a_table_is_read_as_a_bar() -> None:
    assert [span.text for span in Page(Path("a.md"), r"| `a \| b` |").spans] == ["a | b"]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Own shop", "own-shop"),
        ("Reasons, drivers and what-ifs", "reasons-drivers-and-what-ifs"),
        ("What `make check` holds", "what-make-check-holds"),
        ("POST /v1/events", "post-v1events"),
        ("min_probability", "min_probability"),
    ],
)
def test_an_anchor_is_as_github_makes_it(heading: str, expected: str) -> None:
    assert anchor(heading) == expected
