import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.schema import REJECTS
from tests.training.scored_shop import measured_shop, origin, plot_backtest, scored_shop, unsent
from training.evaluation.measure import Measured
from training.evaluation.undefined import Undefined
from training.report import curves, plots
from training.report.page import OWN_SECTION, _heat, count_rejects, facts, render

LOADING = {"src", "srcset", "href", "data", "poster", "action"}
VOID = {"meta", "link", "img", "source"}


class Page(HTMLParser):
    """What a page would load, which ids it has, and whether its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.addresses += [value or "" for name, value in attrs if name in LOADING]
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.images += [found] if tag == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def measured() -> Measured:
    lines, truth = scored_shop()
    return dataclasses.replace(measured_shop(lines, truth), unsent=unsent())


@pytest.fixture(scope="module")
def tables(measured: Measured) -> dict[str, pd.DataFrame]:
    lines, _ = scored_shop()
    assert measured.reasons is not None
    y, p = lines["label"].to_numpy("float64"), lines["probability"].to_numpy()
    return {
        "calibration": curves.calibration(y, p, 10),
        "precision_recall": curves.precision_recall(y, p),
        "lift": curves.lift(y, p),
        "importance": curves.importance({"product_return_rate": 3.0, "price": 1.0}),
        "backtest": plot_backtest(),
        "months": curves.expected_observed(measured.slices, "month"),
        "reasons": curves.reasons(measured.reasons),
        "drivers": curves.drivers(measured.drivers.overall),
    }


@pytest.fixture(scope="module")
def few(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The figures without which there is no page: to draw all of them takes far longer than the rest."""
    return {name: tables[name] for name in OWN_SECTION}


@pytest.fixture(scope="module")
def html(measured: Measured, tables: dict[str, pd.DataFrame]) -> str:
    return render(measured, origin(), tables)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def test_the_report_loads_nothing_from_elsewhere(html: str, page: Page) -> None:
    assert page.addresses
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert "<script" not in html
    assert not re.search(r"@import|url\(", html)


def test_the_page_is_well_formed_and_its_links_lead_somewhere(page: Page) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)


def test_every_figure_has_a_text_and_its_values(html: str, page: Page) -> None:
    assert len(page.images) == len(plots.DRAWINGS)
    assert all(image["alt"] for image in page.images)
    assert html.count("<summary>Values</summary>") == len(plots.DRAWINGS)


def test_the_report_says_what_was_measured_on_what(html: str, measured: Measured) -> None:
    assert f"{measured.test.log_loss:.4f}" in html
    assert measured.oracle is not None
    assert f"{measured.oracle.log_loss:.4f}" in html
    assert "price is not negative" in html
    assert "2013-01-01T00:00:00" in html
    assert "versions: lightgbm" in html
    assert "global rate" in html
    assert "model is better" in html
    assert all(piece.name in html for piece in measured.slices)


def test_the_report_says_how_scores_hold_where_requests_lack_fields(html: str) -> None:
    section = html.split('<h2 id="unsent">')[1].split("</section>", maxsplit=1)[0]

    assert "The largest shift without one field is 1.0 points." in section
    cells = ("1,234", "0.5534", "0.7321", "0.0211", "28.6%", "-1.0")
    assert '<th scope="row">customer_id</th>' + "".join(f"<td>{cell}</td>" for cell in cells) in section
    assert section.index("all sent") < section.index("customer_id</th>")
    assert "&lt;size&gt;</th><td>1,234</td><td>0.5475</td><td>–</td>" in section  # noqa: RUF001 - no value


def test_a_report_without_unsent_fields_has_no_section_of_them(
    measured: Measured, few: dict[str, pd.DataFrame]
) -> None:
    assert 'id="unsent"' not in render(dataclasses.replace(measured, unsent=None), origin(), few)


def test_reasons_and_drivers_have_sections_of_their_own_that_keep_them_apart(html: str, measured: Measured) -> None:
    why, rest = html.split('<h2 id="reasons">')[1].split('<h2 id="drivers">')
    drives = rest.split('<h2 id="business">')[0]
    assert measured.reasons is not None
    told = measured.reasons.by_reason["SIZE_TOO_SMALL"]
    cells = (f"{told.expected:,.0f}", f"{told.recorded:,}", f"{told.roc_auc:.4f}")
    row = '<tr><th scope="row">size too small</th>' + "".join(f"<td>{cell}</td>" for cell in cells)
    assert row in why
    assert f"{measured.reasons.model.log_loss:.4f}" in why
    assert "customer and product" not in why
    assert "size too small" not in drives
    assert '<th scope="row">customer and product</th><td>0.000</td><td>+0.00</td><td>0.0%</td>' in drives
    assert "they are no causes, and not the reasons that customers give" in drives
    counted = measured.reasons.confusion["SIZE_TOO_SMALL"]
    assert f"{counted['SIZE_TOO_SMALL']:,}</td>" in why.split('<h3 id="reasons-confusion">')[1]


def test_the_report_says_how_steady_explanations_are_beside_chance(html: str) -> None:
    section = html[html.index('id="stability"') : html.index("Factors by slice")]

    assert "1,234 test lines" in section
    assert '<th scope="row">same top driver</th><td>0.930</td><td>0.270</td>' in section
    assert section.index("product</th><td>0.08") < section.index("season</th><td>0.83")  # the steadiest first


def test_a_report_without_stability_has_no_table_of_it(measured: Measured, few: dict[str, pd.DataFrame]) -> None:
    assert 'id="stability"' not in render(measured, dataclasses.replace(origin(), stability=None), few)


def test_what_a_customer_could_change_stands_between_drivers_and_worth_over_all_and_by_slice(html: str) -> None:
    drivers, section = html.split('<h2 id="what-ifs">')
    section, rest = section.split('<h2 id="business">')
    overall, slices = section.split("Changes by slice")

    assert '<h2 id="drivers">' in drivers
    assert "What it is worth" in rest
    assert "The latest 321 orders, with 500 lines, asked about once more as of 2013-02-01T09:30:00" in section
    assert "it is no experiment" in section
    assert "contrasts, not accuracy" in section
    assert "Lower by 5 points or more" in overall
    helps = "<td>8</td><td>1.6%</td><td>61.2%</td><td>40.1%</td><td>-21.1</td><td>87.5%</td></tr>"
    none = "<td>–</td>"  # noqa: RUF001 - the dash that stands for no value
    assert f'<th scope="row">without the other sizes</th>{helps}' in overall
    assert f'<th scope="row">without the other colors</th><td>0</td><td>0.0%</td>{none * 4}</tr>' in overall
    assert "<td>30.0%</td><td>30.0%</td><td>+0.0</td><td>0.0%</td>" in overall  # no minus zero
    dresses = '<th scope="row">dresses</th><td>300</td><td class="words">'
    assert slices.count(dresses) == 2  # one of the three is nowhere possible
    assert f"{dresses}without the other sizes</td>{helps}" in slices
    assert '<th scope="row">bags</th><td>200</td><td class="words">none</td>' in slices
    assert slices.index("<summary>Basket</summary>") < slices.index("alone in its basket")


def test_a_report_without_what_ifs_has_no_section_of_them(measured: Measured, few: dict[str, pd.DataFrame]) -> None:
    assert "what-ifs" not in render(measured, dataclasses.replace(origin(), what_ifs=None), few)


@pytest.mark.parametrize(
    ("currency", "saving", "prices"),
    [
        ("JPY", "-123,456", "500 to 20,000 a piece"),
        ("EUR", "-1,235", "5.00 to 200.00 a piece"),
        ("KWD", "-123", "0.500 to 20.000 a piece"),
    ],
)
def test_money_has_the_digits_of_the_shops_currency(
    few: dict[str, pd.DataFrame], currency: str, saving: str, prices: str
) -> None:
    lines, truth = scored_shop(300)
    lines.loc[0, "price_minor"], lines.loc[1, "price_minor"] = 500, 20_000  # the cheapest and the dearest
    one_band = measured_shop(lines, truth, currency, price_bands=1)
    loss = dataclasses.replace(one_band.business["always"], saving_minor=-123_456.0, cost_minor=123_456.0)
    measured = dataclasses.replace(one_band, business={"always": loss})

    shown = render(measured, dataclasses.replace(origin(), currency=currency), few)

    money = shown.split('<h2 id="business">')[1].split("</table>")[0]
    assert f'<td>{saving[1:]}</td><td class="worse">{saving}</td>' in money
    assert f"<small>{prices}</small>" in shown


def test_a_cell_is_shaded_by_its_share_and_by_half_at_most() -> None:
    assert [_heat(share) for share in (0.0, 0.5, 1.0, 3.0)] == ["0%", "25%", "50%", "50%"]


def test_text_from_the_shop_is_escaped(html: str) -> None:
    assert "&lt;rate&gt; of the product" in html
    assert "<rate>" not in html


def test_a_report_without_truth_or_backtest_says_so_and_still_stands(
    measured: Measured, few: dict[str, pd.DataFrame]
) -> None:
    bare = dataclasses.replace(
        measured, oracle=None, undefined=(Undefined("slices.product.new.roc_auc", "all 12 lines were kept"),)
    )
    shown = render(bare, origin(), few)
    assert "simulated, so the truth" not in shown
    assert "No backtest was run" in shown
    assert "all 12 lines were kept" in shown


def test_the_same_evaluation_gives_the_same_page(
    html: str, measured: Measured, tables: dict[str, pd.DataFrame]
) -> None:
    assert render(measured, origin(), tables) == html


def test_facts_are_flat_and_leave_lists_of_objects_out() -> None:
    found = facts(
        {"source": "mapped", "lines": 1200, "window": {"from": "2012"}, "columns": ["a"], "files": [{"x": 1}]}
    )
    assert found == [("source", "mapped"), ("lines", "1,200"), ("window: from", "2012"), ("columns", "a")]


def test_rejects_are_counted_by_table_and_rule(tmp_path: Path) -> None:
    rows = [("returns", "known line"), ("order_lines", "price"), ("returns", "known line")]
    table = pa.table({name: [None] * 3 for name in REJECTS.names}, schema=REJECTS.arrow())
    for column, values in zip(("table", "rule"), zip(*rows, strict=True), strict=True):
        table = table.set_column(table.schema.get_field_index(column), column, pa.array(values))
    pq.write_table(table, tmp_path / "rejects.parquet")
    expected = pd.DataFrame({"table": ["returns", "order_lines"], "rule": ["known line", "price"], "rows": [2, 1]})
    pd.testing.assert_frame_equal(count_rejects(tmp_path / "rejects.parquet"), expected)


def test_tables_and_figures_are_written_under_the_same_names_and_bytes(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    for folder in ("first", "second"):
        plots.write_tables(tables, tmp_path / folder / "plots")
        plots.write_figures(tables, tmp_path / folder / "figures")
    for file in (tmp_path / "first").rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "second" / file.relative_to(tmp_path / "first")).read_bytes()
    assert {file.stem for file in (tmp_path / "first/plots").glob("*.csv")} == set(plots.DRAWINGS)
    assert {file.stem for file in (tmp_path / "first/figures").glob("*.png")} == set(plots.DRAWINGS)
