"""README stays short, and every page stands in the menu once."""

from pathlib import Path

import pytest

from tests.checks.docs import layout
from tests.checks.docs.pages import Page

README = Page(Path("README.md"), "one\n")
PAGE = Page(Path("docs/a.md"), "one\n")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").touch()
    (tmp_path / "docs/a.md").touch()
    monkeypatch.chdir(tmp_path)


def found(*menu: object) -> list[str]:
    return list(layout.menu([README, PAGE], {"project": {"nav": menu}}))


def test_a_menu_of_all_pages_passes() -> None:
    assert found({"Start": "README.md"}, {"How to": [{"A": "docs/a.md"}]}) == []


@pytest.mark.parametrize(
    ("menu", "problem"),
    [
        ([{"Start": "README.md"}], "the menu lacks docs/a.md; fix: add it under nav"),
        (["README.md", "docs/a.md", "docs/a.md"], "the menu has docs/a.md 2 times; fix: keep one"),
        (["README.md", "docs/a.md", "docs/b.md"], "the menu has docs/b.md, which is no file; fix: remove it there"),
    ],
)
def test_a_page_without_its_one_place_is_named(menu: list[object], problem: str) -> None:
    assert found(*menu) == [f"zensical.toml: {problem}"]


def test_a_long_readme_is_named() -> None:
    lines = layout.README_LINES

    assert list(layout.length([Page(Path("README.md"), "x\n" * lines)])) == []
    [only] = layout.length([Page(Path("README.md"), "x\n" * (lines + 1))])
    assert only == f"README.md:{lines + 1}: expected at most {lines} lines, found {lines + 1}; fix: use docs"
