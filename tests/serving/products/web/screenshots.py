"""Takes pictures of the pages over a report: ``python -m tests.serving.products.web.screenshots REPORT FOLDER``."""

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, expect

from serving.products import items
from serving.products.filters import ItemFilter
from serving.products.report import Report
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium, reading

DARK: Final[dict[str, Any]] = {"color_scheme": "dark"}
CHINESE: Final[dict[str, Any]] = {"locale": "zh-CN"}
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}}


def take(report: Path, folder: Path) -> None:
    """Write a PNG of each page; the product is the one with the most money at stake."""
    folder.mkdir(parents=True, exist_ok=True)
    first = items.find(Report.load(report), ItemFilter()).rows[0].item_id
    product = f"/products/item/{first}"
    pictures: dict[str, tuple[str, dict[str, Any]]] = {
        "overview": ("/products", {}),
        "items": ("/products/items", {}),
        "product": (product, {}),
        "alerts": ("/products/alerts", {}),
        "overview-dark-zh": ("/products", DARK | CHINESE),
        "items-phone-zh": ("/products/items", PHONE | CHINESE),
        "policy": ("/products/policy", {}),
    }
    with tempfile.TemporaryDirectory() as reviews, chromium() as browser:
        places = {
            "product_report": report,
            "policy_replay": report.parent / "replay",
            "reviews": Path(reviews, "reviews.sqlite"),
            "policy_scenarios": Path(reviews, "scenarios.sqlite"),
        }
        with listening(FakeParts(), **places) as port:
            for name, (path, options) in pictures.items():
                _picture(browser, f"http://127.0.0.1:{port}", path, folder / f"{name}.png", options)


def _picture(browser: Browser, home: str, path: str, file: Path, options: dict[str, Any]) -> None:
    with reading(browser, home, **options) as reader:
        reader.open(path)
        expect(reader.page.locator("progress")).to_have_count(0)  # a policy is being replayed
        reader.page.screenshot(path=file, full_page="item/" in path)
    print(file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="folder of the product report, such as reports/products")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    given = parser.parse_args()
    take(given.report, given.folder)
