"""A real browser for tests of pages: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

PROGRAM = "chromium"
MISSING = "no chromium here (Debian: apt-get install chromium fonts-noto-cjk)"
PATIENCE_MS = 20_000


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """A browser, started with these ``options``, too.

    Without the program a test is skipped; on CI, where the program is required, the test fails.
    """
    program = shutil.which(PROGRAM)
    if program is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if program is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", *options])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Reader:
    """A reader of the pages of one server; `faults`: the errors of the reader's browser."""

    page: Page
    home: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a page and wait until its charts are drawn."""
        self.page.goto(self.home + path)
        self.settled()

    def settled(self) -> None:
        """Wait until all charts are drawn."""
        expect(self.page.locator("[data-chart]:not([data-drawn])")).to_have_count(0)

    def heard(self, message: ConsoleMessage) -> None:
        """Record warnings and errors of the console."""
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")

    def asked(self, request: Request) -> None:
        """Record requests to other sites."""
        if not request.url.startswith((self.home, "data:")):
            self.faults.append(f"asked {request.url}")


@contextmanager
def reading(browser: Browser, home: str, **options: Any) -> Iterator[Reader]:
    """A reader with a browser of their own; any error of the browser fails the test."""
    context = browser.new_context(**{"locale": "en-US", "viewport": {"width": 1440, "height": 900}, **options})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    reader = Reader(page, home)
    page.on("console", reader.heard)
    page.on("request", reader.asked)
    page.on("pageerror", lambda error: reader.faults.append(f"uncaught: {error}"))
    try:
        yield reader
    finally:
        context.close()
    assert reader.faults == []
