"""The pages of the policy in a real browser: one walk, by keyboard where it matters, and accessibility."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.serving.asking import listening
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium, reading
from tests.training.decisions.replay import small_table

GRAVE = {"serious", "critical"}
OTHER_EYES: dict[str, Any] = {
    "color_scheme": "dark", "locale": "zh-CN", "viewport": {"width": 360, "height": 800},
}  # fmt: skip

BROKEN_WORDS = """[...document.querySelectorAll("tbody th, code")].flatMap(cell => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), broken = [];
    while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        const word = texts.currentNode.data;
        if (/^[a-z_.]+$/i.test(word) && range.getClientRects().length > 1) broken.push(word);
    }
    return broken;
})"""
"""Names in the first columns that are broken inside a word."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def home(tmp_path: Path) -> Iterator[str]:
    places = {"policy_replay": small_table.write(tmp_path / "replay"), "policy_scenarios": tmp_path / "s.sqlite"}
    with listening(FakeParts(), product_report=tmp_path, reviews=tmp_path / "r.sqlite", **places) as port:
        yield f"http://127.0.0.1:{port}"


def grave_faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in GRAVE]


def test_a_policy_is_tried_mended_saved_compared_and_read_by_others(browser: Browser, home: str):
    with reading(browser, home) as reader:
        page = reader.page
        reader.open("/products/policy")
        expect(page.locator(".tile")).to_have_count(4)  # replayed by a process of its own, and loaded again
        assert grave_faults(page) == []

        page.get_by_label("Actions for one customer, at most").fill("-1")
        page.keyboard.press("Enter")
        field = page.get_by_label("Actions for one customer, at most")
        expect(page.get_by_role("alert")).to_contain_text("expected a whole number, 1 or more")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("expected a whole number"))
        page.get_by_role("link", name="per_customer.most").press("Enter")
        expect(field).to_be_focused()
        assert grave_faults(page) == []
        reader.faults = [each for each in reader.faults if "422" not in each]  # the browser logs the status

        field.fill("1")
        page.get_by_label("Level of the interval").fill("0.6")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="per_customer.most 3 1")).to_be_visible()
        expect(page.locator(".tile")).to_have_count(4)
        expect(page.locator("#news")).to_contain_text("Replayed")

        page.get_by_label("Save this scenario as").fill("Bolder")
        page.get_by_role("button", name="Save").press("Enter")
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.get_by_label("Compare the running policy").check()
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("columnheader", name="Bolder")).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("^level"))).to_contain_text("0.6")
        assert grave_faults(page) == []
        compared = page.url.removeprefix(home)

    with reading(browser, home, **OTHER_EYES) as reader:
        for path in ("/products/policy", compared):
            reader.open(path)
            assert grave_faults(reader.page) == []
            assert reader.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert reader.page.evaluate(BROKEN_WORDS) == []

    with reading(browser, home, java_script_enabled=False) as reader:
        page = reader.page
        reader.open("/products/policy")
        page.get_by_label("Actions for one customer, at most").fill("1")
        page.get_by_label("Level of the interval").fill("0.6")
        page.get_by_role("button", name="Replay", exact=True).first.click()  # replayed before: the result is there
        expect(page.get_by_role("row", name="per_customer.most 3 1")).to_be_visible()
        expect(page.locator(".tile")).to_have_count(4)
