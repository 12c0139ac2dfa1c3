"""DNS rebinding and cross-site requests in a real browser, against a service without keys on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.serving.asking import BASKET, listening
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium

EVIL = "evil.test"
EVENT = {"type": "line_delivered", "event_id": "E", "line_id": "L", "delivered_at": "2024-05-31T12:00:00Z"}
ASK = """async ([method, address, body, mode]) => {
    const options = {method, mode, body: body && JSON.stringify(body), headers: {}}
    if (body && mode === "cors") options.headers["Content-Type"] = "application/json"
    try {
        const answer = await fetch(address, options)
        return [answer.status, await answer.text()]
    } catch (error) {
        return [0, String(error)]
    }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The name of the other site leads to this machine, as after its name server has changed its answer.
    # Chromium's own guard of local addresses is off: the service has to refuse, as other browsers have none.
    rules, own_guard = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1", "--disable-features=LocalNetworkAccessChecks"
    with chromium(rules, own_guard) as browser:
        yield browser


def opened(browser: Browser, home: str) -> Page:
    """A page of another site, which was loaded before its name led to here."""

    def answer(route: Route) -> None:
        route.fulfill(body="<p>Win a prize", content_type="text/html")

    page = browser.new_page()
    page.route(f"{home}/prize", answer)
    page.goto(f"{home}/prize")
    return page


def ask(page: Page, method: str, address: str, body: Any = None, mode: str = "cors") -> tuple[int, str]:
    status, text = page.evaluate(ASK, [method, address, body, mode])
    return status, text


def test_a_page_whose_name_was_led_to_here_reads_no_score_and_writes_no_event(browser):
    fakes = FakeParts()
    with listening(fakes) as port:
        page = opened(browser, f"http://{EVIL}:{port}")

        answers = [
            ask(page, "POST", "/v1/score", BASKET),
            ask(page, "POST", "/v1/events", {"events": [EVENT]}),
            *(ask(page, "GET", path) for path in ("/v1/model", "/metrics", "/openapi.json", "/products")),
        ]

    for status, text in answers:
        assert status == 403
        assert "RETURN_RISK_ALLOWED_HOSTS" in text  # the service refuses, and not the browser
    assert not fakes.scoring.orders
    assert not fakes.feeding.events


def test_a_page_of_another_port_neither_reads_nor_writes(browser):
    fakes = FakeParts()
    with listening(fakes) as port, listening(FakeParts()) as other:
        service, page = f"http://127.0.0.1:{port}", opened(browser, f"http://127.0.0.1:{other}")

        scored = [ask(page, "POST", f"{service}/v1/score", BASKET, mode) for mode in ("cors", "no-cors")]
        written = [ask(page, "POST", f"{service}/v1/events", {"events": [EVENT]}, mode) for mode in ("cors", "no-cors")]

    assert {status for status, _ in [*scored, *written]} == {0}  # an answer without its text, or none at all
    assert not fakes.scoring.orders
    assert not fakes.feeding.events


def test_the_same_page_at_the_services_own_name_is_answered(browser):
    fakes = FakeParts()
    with listening(fakes) as port:
        status, text = ask(opened(browser, f"http://localhost:{port}"), "POST", "/v1/score", BASKET)

    assert status == 200
    assert "probability" in text
    assert len(fakes.scoring.orders) == 1
