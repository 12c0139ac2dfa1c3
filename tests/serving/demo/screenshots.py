"""Takes pictures of the demo of a service that runs: ``python -m tests.serving.demo.screenshots ADDRESS FOLDER``.

The service needs ``RETURN_RISK_DEMO=true``, a model and a state, such as those that ``make repro`` leaves.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect

from tests.serving.products.web.browser import chromium, reading

PICTURES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "demo": ("en", {"viewport": {"width": 1440, "height": 900}}),
    "demo-phone-dark-zh": (
        "zh", {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "dark"},
    ),
}  # fmt: skip
"""Each with the language of the shop."""
MOST_BASKETS: Final = 20
"""So many baskets are tried until one gets an action: one in ten is in the holdout."""


def take(home: str, folder: Path) -> None:
    """Write a PNG for each of `PICTURES`."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, (language, options) in PICTURES.items():
            _picture(browser, home, folder / f"{name}.png", language, options)


def _picture(browser: Browser, home: str, file: Path, language: str, options: dict[str, Any]) -> None:
    with reading(browser, home, **options) as reader:
        page = reader.page
        page.goto(f"{home}/demo")
        page.locator("#demo[data-ready]").wait_for()
        page.locator(f"[data-shop-language={language}]").click()
        _fill(page)
        page.locator("#advice").scroll_into_view_if_needed()
        expect(page.locator("#events li")).not_to_have_count(0)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=file, full_page="phone" not in file.name)
    print(file)


def _fill(page: Page) -> None:
    """Put one product in two sizes into a basket, until a basket gets advice."""
    goods = page.locator("#goods li")
    for number in range(MOST_BASKETS):
        chosen = goods.nth(number % goods.count())
        sizes = chosen.locator("option").evaluate_all("all => all.map((each) => each.value)")
        middle = len(sizes) // 2
        for size in sizes[middle : middle + 2]:
            chosen.locator("select").select_option(size)
            chosen.get_by_role("button").click()
        expect(page.locator("#scores tr")).to_have_count(2)
        if page.locator("#advice").is_visible():
            return
        page.locator("#leave").click()
    raise AssertionError(f"none of {MOST_BASKETS} baskets got an action: look at the policy")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    given = parser.parse_args()
    take(given.address, given.folder)
