import json
import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest

from training.products import columns
from training.products.page.page import render
from training.products.tables.about import About
from training.products.tables.overview import Figures, Overview, PeriodOverview, RateChange, RateChangePart

LOADING = {"src", "srcset", "href", "data", "poster", "action"}
VOID = {"meta", "link", "img"}
DASH = "–"  # noqa: RUF001 - the dash that stands for no value


class Page(HTMLParser):
    """The addresses that a page loads, its ids, and whether its tags are closed and its tables labelled."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.labelled_by: list[str] = []
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.addresses += [value or "" for name, value in attrs if name in LOADING]
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.labelled_by += [value for name, value in attrs if name == "aria-labelledby" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A shape of a drawing that closes itself."""


def about(**changes: Any) -> About:
    content = {
        "as_of": "2024-06-30T23:00:00", "shop": "Shop & Sons", "currency": "EUR", "periods_days": (30, 365),
        "history_from": "2022-07-01T00:00:00", "upcoming_days": 28, "fault_ratio": 1.5, "min_probability": 0.9,
        "false_discovery_rate": 0.1, "spike_weeks": 12, "lines": 12345, "products": 3, "return_fixed_minor": 300,
        "return_value_share": 0.1, "margin_share": 0.4, "has_reasons": True, "has_list_prices": True,
        "report_id": "abc123",
    }  # fmt: skip
    return About.model_validate(content | changes)


def table(of: columns.ReportTable, *rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=of.schema)


def item(level: str, item_id: str, at_stake: float, **more: Any) -> dict[str, Any]:
    """One item over the longest period; columns that are not given are missing, as from a source without them."""
    rates = {"rate": 0.4, "rate_low80": 0.35, "rate_high80": 0.45, "rate_low95": 0.3, "rate_high95": 0.52}
    counts = {"lines": 200, "unsettled_share": 0.25, "expected_rate": 0.25, "return_cost_minor": 999_900.0}
    coming = {"excess_returns": 30.0, "upcoming_returns": 7.0, "upcoming_low80": 4.0, "upcoming_high80": 11.0}
    key = {"level": level, "item_id": item_id, "period_days": 365, "excess_cost_minor": at_stake}
    return key | rates | counts | coming | {"spike": False} | more


def items() -> pa.Table:
    return table(
        columns.ITEMS,
        item("shop", "shop", 0.0),
        item("category", "dresses", 500.0, rate_before=0.31),
        item("brand", "<b>Acme</b>", -12_345.0),
        item("product", "p1", 123_400.0, name="Red <dress>", category="dresses", brand="<b>Acme</b>",
             top_reason="SIZE_TOO_SMALL", top_reason_share=0.61, top_reason_category_share=0.34, fault="runs_small",
             fault_probability=0.998, spike=True, spike_since=datetime(2024, 5, 6), spike_p_value=0.00001,
             spike_rate_before=0.2, spike_rate_after=0.55),
        item("product", "p2", 999_900.0, fault="defective", fault_probability=0.5),
        item("product", "better", -777_700.0),
        item("product", "p1", 1e9) | {"period_days": 30},
    )  # fmt: skip


def tables() -> dict[str, pa.Table]:
    sentences = {
        "evidence": "Too small in {share:percent} of {returns:count} returns.",
        "advice": "Check {sizes:list}.",
    }
    numbers = json.dumps({"share": 0.61, "returns": 143, "sizes": ["S", "M"]})
    alert = {"product_id": "p1", "kind": "runs_small", "cost_minor": 123_400.0, "probability": 0.97, "numbers": numbers}
    week = {"level": "shop", "item_id": "shop", "rate": 0.3, "rate_low80": 0.25, "rate_high80": 0.35}
    weeks = [week | {"week": datetime(2024, month, 5), "expected_rate": 0.29} for month in (1, 2, 3)]
    lost = {"segmentation": "activity", "segment": "lost", "customers": 5, "lines": 0, "profit_minor": 0.0}
    return {
        "items": items(),
        "alerts": table(columns.ALERTS, {"alert_id": "a1", **alert, **sentences}),
        "reasons": table(
            columns.REASONS,
            reason("shop", "shop", "SIZE_TOO_SMALL", 0.2),
            reason("shop", "shop", "DEFECTIVE", 0.1),
            reason("category", "dresses", "SIZE_TOO_SMALL", 0.4, unusual_probability=0.95),
        ),
        "weekly": table(columns.WEEKLY, *weeks),
        "segments": table(columns.SEGMENTS, segment("new"), lost),
    }


def reason(level: str, item_id: str, code: str, share: float, **more: float) -> dict[str, Any]:
    key = {"level": level, "item_id": item_id, "period_days": 365, "reason": code}
    return key | {"share": share, "returns": 10, "rate": 0.1, "expected_rate": 0.1, "excess_cost_minor": 0.0} | more


def segment(name: str) -> dict[str, Any]:
    rates = {"rate": 0.31, "rate_low95": 0.2, "rate_high95": 0.42, "expected_rate": 0.3}
    profit = {"profit_minor": 1200.0, "profit_low95_minor": 1000.0, "profit_high95_minor": 1400.0}
    counts = {"customers": 12, "lines": 40, "profit_total_minor": 14_400.0}
    return {"segmentation": "activity", "segment": name} | counts | rates | profit


def figures(**changes: Any) -> Figures:
    content = {
        "since": datetime(2024, 6, 1), "until": datetime(2024, 7, 1), "lines": 1200, "closed_lines": 1000,
        "returned_lines": 330, "unsettled_share": 0.15, "closed_rate": 0.33, "rate": 0.32, "rate_low95": 0.3,
        "rate_high95": 0.34, "value_minor": 1e6, "returned_value_minor": 3e5, "return_cost_minor": 9e4,
    }  # fmt: skip
    return Figures.model_validate(content | changes)


def overview() -> Overview:
    parts = [("products", 0.02), ("customers", -0.005), ("discounts", 0.0), ("rate", -0.035)]
    change = RateChange(
        total_points=-0.02, parts=tuple(RateChangePart(name=name, points=points) for name, points in parts)
    )
    before = figures(since=datetime(2024, 5, 2), until=datetime(2024, 6, 1), lines=1000, closed_rate=0.35)
    return Overview(
        periods=(
            PeriodOverview(
                days=30, current=figures(), before=before, year_before=None, against_before=change,
                against_year_before=None,
            ),
            PeriodOverview(
                days=365, current=figures(closed_rate=None), before=None, year_before=None, against_before=None,
                against_year_before=None,
            ),
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def html() -> str:
    return render(tables(), about(), overview(), 20)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def section(html: str, name: str) -> str:
    return html.split(f'<section aria-labelledby="{name}">', maxsplit=1)[1].split("</section>", maxsplit=1)[0]


def cells(html: str, start: str) -> list[str]:
    """The texts of the cells of the row whose header begins with ``start``."""
    row = re.split(rf"<th [^>]*>{re.escape(start)}<", html, maxsplit=1)[1].split("</tr>", maxsplit=1)[0]
    found = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in found]


def test_the_page_loads_and_runs_nothing(html: str, page: Page) -> None:
    assert page.addresses
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert not {"script", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert not re.search(r"@import|url\(|://", html)


def test_it_is_well_formed_and_its_links_and_labels_lead_somewhere(html: str, page: Page) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert set(page.labelled_by) <= set(page.ids)
    assert '<html lang="en">' in html


def test_every_table_has_a_caption_and_every_header_a_scope(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption")
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")
    assert all(attributes.get("aria-label") for tag, attributes in page.tags if tag == "svg")


def test_the_summary_says_what_moved_the_rate_and_what_is_not_settled(html: str) -> None:
    summary = section(html, "summary")
    assert "32.0%<small>come back, 30.0% to 34.0%</small>" in summary
    assert "<dt>Not settled yet</dt><dd>15.0%</dd>" in summary
    assert cells(summary, "Order lines")[0] == "+20%"
    assert cells(summary, "Settled rate") == ["35.0%"]
    assert cells(summary, "Change, points") == ["-2.0"]
    moved = {name: cells(summary, name)[0].split()[-1] for name in ("mix of products", "mix of customers")}
    assert moved == {"mix of products": "+2.0", "mix of customers": "-0.5"}
    assert cells(summary, "mix of discounts")[0].split()[-1] == "+0.0"
    assert cells(summary, "the rate itself")[0].split()[-1] == "-3.5"
    assert "The history is too short for a comparison." in summary
    assert f"<dt>Rate, settled only</dt><dd>{DASH}</dd>" in summary


def test_what_to_fix_has_its_sentences_filled_in(html: str) -> None:
    todo = section(html, "todo")
    assert "Red &lt;dress&gt;" in todo
    assert "Too small in 61% of 143 returns." in todo
    assert "Check S and M." in todo
    assert "EUR 1,234" in todo
    assert "probability 97%" in todo


def test_products_are_ranked_by_money_at_stake_and_only_those_that_do_harm(html: str) -> None:
    stake = section(html, "items")
    assert stake.index(">p2<") < stake.index("Red &lt;dress&gt;")
    assert "better" not in stake
    assert "10,000,000" not in stake  # another period's
    assert cells(stake, "Red &lt;dress&gt;") == [
        "1,234 of 9,999",
        "200 25.0% open",
        "",
        "40.0% 30.0% to 52.0%",
        "25.0%",
        "30",
        "size too small 61.0% category 34.0%",
        "runs small probability above 99% spike since 2024-05-06",
        "7 4 to 11",
    ]
    assert cells(stake, "p2")[-2:] == [DASH, "7 4 to 11"]  # no fault that is probable enough


@pytest.mark.parametrize(
    ("currency", "at_stake", "cost", "sold"),
    [
        ("JPY", "123,400", "999,900", "1,000,000"),
        ("EUR", "1,234", "9,999", "10,000"),
        ("KWD", "123", "1,000", "1,000"),
    ],
)
def test_money_has_the_digits_of_the_shops_currency(currency: str, at_stake: str, cost: str, sold: str) -> None:
    html = render(tables(), about(currency=currency), overview(), 20)

    assert f"<span>{currency} {at_stake}</span>" in section(html, "todo")
    assert cells(section(html, "items"), "Red &lt;dress&gt;")[0] == f"{at_stake} of {cost}"
    assert f"<dt>Sold for</dt><dd>{sold}</dd>" in section(html, "summary")


def test_a_rate_is_drawn_with_words_for_those_who_do_not_see_it(html: str) -> None:
    assert "aria-label='40.0%, between 30.0% and 52.0%; expected 25.0%'" in section(html, "items")
    # On a scale up to 60%, the next tenth above the highest end, 160 wide with 4 left free at either side:
    # 4 + 152 * 0.4 / 0.6 and 4 + 152 * 0.25 / 0.6.
    assert '<circle class="dot" cx="105.3"' in section(html, "items")
    assert '<line class="due" x1="67.3"' in section(html, "items")


def test_the_weeks_of_the_shop_are_drawn(html: str) -> None:
    drawn = section(html, "summary").split('class="timeline"')[1]
    # Three weeks from 44 to 712 of 720; 30% on a scale up to 1.15 * 35%, 148 down to 10: 148 - 138 * 0.3 / 0.4025.
    assert '<polyline class="line" points="44.0,45.1 378.0,45.1 712.0,45.1"/>' in drawn
    assert "last 30.0%" in drawn


def test_so_many_products_as_asked_for_are_listed() -> None:
    stake = section(render(tables(), about(), overview(), 1), "items")
    assert ">p2<" in stake
    assert "Red &lt;dress&gt;" not in stake


def test_spikes_say_since_when_and_how_sure(html: str) -> None:
    assert cells(section(html, "spikes"), "Red &lt;dress&gt;") == [
        "all",
        "2024-05-06",
        "20.0%",
        "55.0%",
        "below 0.0001",
        "1,234",
    ]


def test_unusual_reasons_of_a_category_are_marked_in_words_too(html: str) -> None:
    reasons = section(html, "reasons")
    assert cells(reasons, "Whole shop") == ["20.0%", "10.0%"]
    assert cells(reasons, "dresses") == ["40.0% unusual", DASH]


def test_groups_of_items_and_of_customers_are_shown(html: str) -> None:
    groups, segments = section(html, "groups"), section(html, "segments")
    assert cells(groups, "&lt;b&gt;Acme&lt;/b&gt;")[0] == "-123"
    assert cells(groups, "dresses")[5] == "31.0%"
    assert "Suppliers" not in groups.split("</h2>")[1]
    assert cells(segments, "new")[:2] == ["12", "40"]
    assert cells(segments, "lost")[3].startswith(DASH)


def test_a_shop_without_reasons_alerts_or_harm_has_a_page_all_the_same() -> None:
    bare = {name: found.slice(0, 0) for name, found in tables().items()}
    html = render(bare, about(has_reasons=False), Overview(periods=()), 20)
    assert 'id="reasons"' not in html
    assert "The shop records none" in html
    assert "Nothing was found that is unusual enough." in html
    assert "No product comes back more than was to be expected." in html


def test_text_of_the_shop_is_escaped(html: str) -> None:
    assert "Shop &amp; Sons" in html
    assert "<b>" not in html
    assert "<dress>" not in html


def test_the_same_report_gives_the_same_page(html: str) -> None:
    assert render(tables(), about(), overview(), 20) == html
