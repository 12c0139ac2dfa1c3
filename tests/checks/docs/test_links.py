"""A link that leads nowhere is named with file, line and fix."""

from pathlib import Path

import pytest

from tests.checks.docs import links
from tests.checks.docs.pages import Page


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages and a picture."""
    (tmp_path / "docs/how-to").mkdir(parents=True)
    for name in ("README.md", "docs/how-to/own-shop.md", "docs/picture.png"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


def found(text: str) -> list[str]:
    """The problems of the page docs/how-to/own-shop.md with ``text``, beside a README with one heading."""
    return list(
        links.problems([Page(Path("README.md"), "# Start here\n"), Page(Path("docs/how-to/own-shop.md"), text)])
    )


@pytest.mark.parametrize(
    "text",
    [
        "[a](../../README.md)",
        "[a](../../README.md#start-here)",
        "![a](../picture.png)",
        "# Here\n[a](#here)",
        "[a](https://example.com/nowhere)",
        "`[a](nowhere.md)`",
    ],
)
def test_a_link_that_leads_somewhere_passes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "one\n[a](own-shops.md)",
            "docs/how-to/own-shop.md:2: the link own-shops.md expects the file docs/how-to/own-shops.md, and there",
        ),
        (
            "[a](../../README.md#start-her)",
            "docs/how-to/own-shop.md:1: the link ../../README.md#start-her expects a heading of README.md for",
        ),
        (
            "![a](picture.png)",
            "docs/how-to/own-shop.md:1: the link picture.png expects the file docs/how-to/picture.png, and there",
        ),
        (
            "[a](#here)",
            "docs/how-to/own-shop.md:1: the link #here expects a heading of docs/how-to/own-shop.md for #here",
        ),
        ("[a](../how-to)", "docs/how-to/own-shop.md:1: the link ../how-to expects the file docs/how-to"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_fix(text: str, problem: str) -> None:
    [only] = found(text)

    assert only.startswith(problem)
    assert "; fix: " in only


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("[a](own-shops.md)", "did you mean docs/how-to/own-shop.md?"),
        ("[a](../../README.md#start-her)", "did you mean start-here?"),
        ("[a](../../zzz)", "correct or remove it"),
    ],
)
def test_what_was_probably_meant_is_named(text: str, fix: str) -> None:
    assert found(text)[0].endswith(f"; fix: {fix}")
