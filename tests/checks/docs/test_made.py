"""Made pages are what the code gives, or are named with the fix."""

from pathlib import Path

import pytest

from data.schema import CHANGES, TABLES
from serving.settings import Settings, variable
from tests.checks.docs import made
from tests.checks.docs.pages import FOLDER
from tests.checks.docs.reference import settings
from training.products import columns


@pytest.fixture(scope="module")
def pages(top: Path) -> dict[str, str]:
    """Each made page as the code gives it, by its name."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(top)
        return {path.stem: make() for path, make in made.PAGES.items()}


def test_a_page_as_made_passes_and_another_is_named_with_line_and_fix(tmp_path: Path) -> None:
    page = tmp_path / "reference/a.md"
    pages = {page: lambda: "# A\n\none\n"}

    assert list(made.problems(pages)) == [f"{page}:1: differs from what the code gives; fix: make format"]
    made.write(pages)
    assert list(made.problems(pages)) == []
    page.write_text("# A\n\ntwo\n", encoding="utf-8")
    assert list(made.problems(pages)) == [f"{page}:3: differs from what the code gives; fix: make format"]
    page.write_text("# A\n\none\ntwo\n", encoding="utf-8")
    assert list(made.problems(pages)) == [f"{page}:4: differs from what the code gives; fix: make format"]


def test_the_folder_of_made_pages_holds_no_other(top: Path) -> None:
    assert {path.name for path in (top / FOLDER / "reference").iterdir()} == {path.name for path in made.PAGES}


def test_every_page_says_that_it_is_made(pages: dict[str, str]) -> None:
    assert all("made from the code by `make format`" in page for page in pages.values())
    assert all(page.startswith("# ") for page in pages.values())


def test_the_settings_page_has_a_row_for_each_setting() -> None:
    rows = settings.table().splitlines()

    assert len(rows) == 2 + len(Settings.model_fields)
    assert all(any(row.startswith(f"| `{variable(name)}` |") for row in rows) for name in Settings.model_fields)
    port = "| `RETURN_RISK_PORT` | `8000` | whole number, 0 to 65535 | port to listen on; 0: any that is free |"
    assert port in rows


def test_the_page_of_parameters_has_value_bounds_and_comment(pages: dict[str, str]) -> None:
    expected = "| `model.learning_rate` | `0.05` | number, above 0 to 1 | weight of each tree; above 0 to 1 |"

    assert expected in pages["params"].splitlines()
    assert "| `features.prior_lines` |  |  | A rate is shrunk towards its parent's" in pages["params"]
    assert "| `features.prior_lines.shop` | `10` | number, above 0 to 100000 | the shop's rate" in pages["params"]


def test_the_page_of_stages_has_their_data_and_no_code(pages: dict[str, str]) -> None:
    _, _, gate = pages["stages"].partition("## gate\n")
    gate, _, _ = gate.partition("\n## ")

    assert "- runs: `python -m training.gate`" in gate
    assert "- reads: `reports/evaluation.json`, `reports/fairness.json`, `reports/membership.json`\n" in gate
    assert "- sections: `gate`" in gate
    assert "- writes: `reports/gate.json`" in gate


def test_the_page_of_the_api_has_every_path_and_its_scope(pages: dict[str, str]) -> None:
    page = pages["http-api"]

    assert "## POST /v1/score\n" in page
    assert "Scope of the key: events." in page
    assert "| `quantity` | whole number, 1 to 1000 | yes | Pieces ordered. |" in page
    assert "/products" not in page


def test_the_page_of_the_api_does_not_depend_on_the_environment(
    pages: dict[str, str], top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(top)
    monkeypatch.setenv("RETURN_RISK_MAX_BODY_BYTES", "2048")

    assert made.PAGES[FOLDER / "reference/http-api.md"]() == pages["http-api"]


def test_the_page_of_the_mapping_explains_every_key(pages: dict[str, str]) -> None:
    rows = [row for row in pages["mapping"].splitlines() if row.startswith("| `")]

    assert any(
        row.startswith("| `minor_digits` | whole number, 0 to 4 | none | Decimals of the currency") for row in rows
    )
    assert [row for row in rows if row.endswith("|  |")] == []


@pytest.mark.parametrize(
    ("page", "tables"),
    [("canonical-tables", (*TABLES.values(), *CHANGES.values())), ("product-tables", columns.TABLES)],
)
def test_pages_of_tables_have_every_column(pages: dict[str, str], page: str, tables: list[columns.ReportTable]) -> None:
    for table in tables:
        _, _, section = pages[page].partition(f"## {table.name}\n")
        section, _, _ = section.partition("\n## ")
        assert [row.split("`")[1] for row in section.splitlines() if row.startswith("| `")] == [
            column.name for column in table.columns
        ]


def test_the_page_of_features_has_those_of_every_factor_and_of_the_reason_model(pages: dict[str, str]) -> None:
    sections = [line for line in pages["features"].splitlines() if line.startswith("## ")]

    assert {"## Bracketing", "## Customer", "## Size", "## For the reason model alone"} <= set(sections)
    assert "| `basket_lines` | lines | lines in the basket, this one included | never missing |" in pages["features"]


def test_the_page_of_alerts_shows_sentences_without_formats(pages: dict[str, str]) -> None:
    assert "Size `{value}` comes back in `{rate}` of `{lines}` lines" in pages["alerts"]
