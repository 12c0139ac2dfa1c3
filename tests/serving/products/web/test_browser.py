"""The pages in a real browser: what people do with them, no request to other sites, and accessibility."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from serving.products.web.addresses import item_url, part_url
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts
from tests.serving.products.small_report import ODD_IDS
from tests.serving.products.web.browser import Reader, chromium, reading

PRODUCT = "/products/item/P-000001"
PAGES = (
    "/products",
    "/products/items",
    "/products/alerts",
    PRODUCT,
    "/products/segments",
    "/products/experiment",
    "/products/about",
    "/products/login",
)
SEEN_AS = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark", "locale": "zh-CN"}}
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def home(report_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the small report."""
    reviews = tmp_path_factory.mktemp("reviews") / "reviews.sqlite"
    with listening(FakeParts(), product_report=report_folder, reviews=reviews) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def reader(browser: Browser, home: str) -> Iterator[Reader]:
    with reading(browser, home) as reader:
        yield reader


def test_the_browser_leaves_the_address_of_an_odd_id_as_it_is(reader):
    reader.open("/products/about")
    written = [item_url(odd, period=30) for odd in ODD_IDS] + [part_url("items", odd) for odd in ODD_IDS]

    read = reader.page.evaluate("links => links.map(link => new URL(link, location).href)", written)

    assert read == [reader.home + link for link in written]


def first_money(page: Page) -> int:
    text = page.locator("table.items tbody td").first.inner_text()
    return int(re.sub(r"[^\d]", "", text))


def test_the_list_is_filtered_sorted_and_paged_without_a_new_page(reader):
    page = reader.page
    reader.open("/products/items?size=25")
    page.evaluate("window.same = true")

    page.get_by_role("link", name="Next").click()
    expect(page.locator("#results")).to_contain_text("26 to 40 of 40")
    page.get_by_role("link", name="Return rate").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Return rate")
    page.get_by_label("Category").select_option("shoes")
    expect(page.locator("tbody tr", has_not_text="shoes")).to_have_count(0)
    page.get_by_label("Search").press_sequentially("no. 1")
    expect(page).to_have_url(re.compile("q=no"))

    assert page.evaluate("window.same")
    for part in ("category=shoes", "sort=rate"):
        assert part in page.url
    expect(page.locator("#news")).to_contain_text("of")


@pytest.mark.parametrize("width", [360, 1440])
def test_the_attributes_that_a_shop_declares_are_filters_like_any_other(
    browser: Browser, attribute_folder: Path, tmp_path: Path, width: int
):
    with (
        listening(FakeParts(), product_report=attribute_folder, reviews=tmp_path / "reviews.sqlite") as port,
        reading(browser, f"http://127.0.0.1:{port}", viewport={"width": width, "height": 900}) as reader,
    ):
        page = reader.page
        reader.open("/products/items")
        page.evaluate("window.same = true")
        page.get_by_label("Material").select_option("silk")
        page.get_by_label("Washable").select_option("Yes")
        page.get_by_label("Rating from").fill("2.5")
        page.get_by_label("Rating from").press("Enter")
        expect(page.locator("#results")).to_contain_text("1 to 2 of 2")

        assert page.evaluate("window.same")
        for part in ("attribute_material=silk", "attribute_washable=true", "attribute_rating.from=2.5"):
            assert part in page.url
        assert grave_faults(page) == []
        page.locator("tbody a").first.click()
        reader.settled()
        assert grave_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_going_back_shows_what_was_there(reader):
    page = reader.page
    reader.open("/products/items?size=25")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#results")).to_contain_text("26 to 40")

    page.go_back()

    expect(page.locator("#results")).to_contain_text("1 to 25")
    assert page.url.endswith("/products/items?size=25")


def test_sorting_keeps_the_focus_for_the_keyboard(reader):
    page = reader.page
    reader.open("/products/items")
    page.locator("#sort-rate").focus()
    page.keyboard.press("Enter")

    expect(page.locator("th[aria-sort]")).to_contain_text("Return rate")
    expect(page.locator("#sort-rate")).to_be_focused()


def test_the_keyboard_reaches_the_content_first(reader):
    reader.open("/products")
    reader.page.keyboard.press("Tab")
    expect(reader.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#main")).to_be_focused()


def test_from_the_overview_to_a_product_to_a_note_and_a_state(reader):
    page = reader.page
    reader.open("/products")
    page.locator(".attention a strong").first.click()
    reader.settled()
    alert = page.locator("article.alert").first
    alert.get_by_label("State").select_option("dismissed")
    alert.get_by_label("Note").fill("asked <the> supplier")
    alert.get_by_role("button", name="Save").click()
    expect(alert.get_by_role("status").or_(alert.get_by_role("alert"))).to_contain_text("Not saved")
    expect(alert.get_by_label("Note")).to_have_value("asked <the> supplier")
    reader.faults.clear()  # the browser itself tells the console of the answer 422

    alert.get_by_label("Why dismissed").fill("photo is right")
    alert.get_by_role("button", name="Save").click()
    expect(alert.get_by_role("status")).to_have_text("Saved.")
    page.reload()
    expect(page.locator("article.alert").first).to_contain_text("asked <the> supplier")
    expect(page.locator("article.alert .state").first).to_have_text("Dismissed")


def test_what_was_typed_stays_where_it_could_not_be_saved(browser, report_folder, tmp_path):
    reviews = tmp_path / "reviews.sqlite"
    with (
        listening(FakeParts(), product_report=report_folder, reviews=reviews) as port,
        reading(browser, f"http://127.0.0.1:{port}") as reader,
    ):
        reader.open("/products/alerts")
        findings = reader.page.locator("article.alert")
        before = findings.count()
        reviews.rename(tmp_path / "away")
        reviews.mkdir()

        findings.first.get_by_label("Note").fill("my words")
        findings.first.get_by_role("button", name="Save").click()
        expect(findings.first.get_by_role("alert")).to_contain_text("Nothing was saved")
        expect(findings.first.get_by_label("Note")).to_have_value("my words")
        expect(findings).to_have_count(before)
        reader.faults.clear()  # the browser itself tells the console of the answer 503

        for path in tmp_path.glob("reviews.sqlite*"):
            path.rmdir() if path.is_dir() else path.unlink()
        (tmp_path / "away").rename(reviews)
        findings.first.get_by_role("button", name="Save").click()
        expect(findings.first.get_by_role("status")).to_have_text("Saved.")
        expect(reader.page.get_by_role("alert")).to_have_count(0)


def test_what_is_listed_can_be_downloaded(reader):
    reader.open("/products/items?category=shoes")
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Download as CSV").click()
    content = download.value.path().read_text("utf-8-sig")

    assert download.value.suggested_filename == "product-returns.csv"
    assert content.splitlines()[0].startswith("level,item_id,period_days")


def test_language_and_colors_stay_as_chosen(reader):
    page = reader.page
    reader.open(PRODUCT)
    page.get_by_role("button", name="简体中文").click()
    reader.settled()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="深色").click()
    reader.settled()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith(PRODUCT)
    expect(page.locator("#time .chart svg")).to_contain_text("退货率")
    expect(page.locator("#time .chart svg")).to_contain_text("月")

    reader.open("/products")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("已了结退货率")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"


def test_charts_follow_the_colors_of_the_system(browser, home):
    with reading(browser, home, color_scheme="light") as reader:
        reader.open(PRODUCT)
        bar = reader.page.locator("#reasons .mark-rect path").first
        light = bar.get_attribute("fill")
        assert light is not None
        reader.page.emulate_media(color_scheme="dark")
        expect(bar).not_to_have_attribute("fill", light)


def test_all_works_without_scripts(browser, home):
    with reading(browser, home, java_script_enabled=False) as reader:
        page = reader.page
        page.goto(home + "/products/items?size=25")
        page.get_by_label("Category").select_option("shoes")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("tbody tr", has_not_text="shoes")).to_have_count(0)
        page.locator("tbody a").first.click()
        page.get_by_text("The numbers").first.click()
        expect(page.locator("figure table").first).to_be_visible()


def test_the_overview_fits_on_one_screen(reader):
    reader.open("/products")

    assert reader.page.evaluate("document.documentElement.scrollHeight <= 900")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_phone_shows_pages_without_scrolling_sideways(browser, home, language):
    with reading(browser, home, viewport={"width": 360, "height": 740}, locale=language) as reader:
        for path in PAGES:
            reader.open(path)
            assert (path, reader.page.evaluate("document.documentElement.scrollWidth <= 360")) == (path, True)


@pytest.mark.parametrize("seen", SEEN_AS)
def test_nothing_keeps_anyone_from_reading_a_page(browser: Browser, home: str, seen: str):
    options: dict[str, Any] = SEEN_AS[seen]
    with reading(browser, home, **options) as reader:
        for path in PAGES:
            reader.open(path)
            reader.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert (path, grave_faults(reader.page)) == (path, [])


def grave_faults(page: Page) -> list[tuple[str, str]]:
    """The serious accessibility faults that axe finds: the rule, and where and how the page breaks it."""
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], f"{node['target']}: {node['failureSummary']}")
        for each in found
        for node in each["nodes"]
        if each["impact"] in GRAVE
    ]
