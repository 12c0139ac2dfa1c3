"""The demo in a real browser: a customer's way through the shop, while the service advises and while it hangs."""

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from features.online_state.events import Event, Reacted
from tests.serving.asking import listening_over
from tests.serving.demo.conftest import deciding
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium, reading
from tests.serving.products.web.test_browser import grave_faults


def did(events: list[Event]) -> list[str]:
    return [str(each.did) for each in events if isinstance(each, Reacted)]


def restricted(route: Route) -> None:
    """Answer as if the action were a restriction."""
    answer = route.fetch()
    decision = answer.json()
    decision["action"] |= {"kind": "restrict", "needs_person": True}
    route.fulfill(response=answer, json=decision)


def add(page: Page, place: int = 0) -> None:
    """Put a product into the basket, by the keyboard."""
    page.locator("#goods button").nth(place).focus()
    page.keyboard.press("Enter")


def test_a_customer_sees_advice_answers_it_and_shops_on_without_it_where_the_service_hangs(seeded: Path) -> None:
    fakes = FakeParts()
    parts = deciding(fakes, seeded, holdout_share=0.01)
    with (
        listening_over(parts, demo=True) as port,
        chromium() as browser,
        reading(browser, f"http://127.0.0.1:{port}", color_scheme="dark") as reader,
    ):
        page, sent = reader.page, fakes.feeding.events
        page.goto(f"{reader.home}/demo")
        advice = page.locator("#advice")

        add(page)
        expect(page.locator("#advice-text")).to_have_text("Try S: 25")
        expect(page.locator("#news")).to_have_text("Try S: 25")
        page.get_by_role("button", name="Deutsch").click()
        expect(page.locator("#advice-text")).to_have_text("Nimm S: 25")
        expect(page.locator("#considered tr.chosen")).to_contain_text("size_advice")
        expect(page.locator("#verdict")).to_have_text("Shown to the customer: size_advice")
        expect(page.locator("#scores tr")).to_have_count(1)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        assert grave_faults(page) == []
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

        page.get_by_role("button", name="Ja, gern").click()
        expect(advice).to_be_hidden()
        expect(page.locator("#lines select")).to_have_value("s")
        expect(page.locator("#considered")).to_contain_text("this basket had an action before it was changed")
        page.get_by_role("button", name="Warenkorb verlassen").click()
        expect(page.locator("#events")).to_contain_text("basket_abandoned · sent: applied")
        assert did(sent) == ["action_shown", "action_accepted", "basket_changed", "basket_abandoned"]

        add(page)
        page.get_by_role("button", name="Nein, danke").click()
        expect(page.locator("#events")).to_contain_text("action_dismissed · sent: applied")

        pieces = page.get_by_label("Stück")
        for count in ("2", "1"):  # the same basket again: what was dismissed does not come back
            pieces.fill(count)
            pieces.press("Tab")
            expect(page.locator("#request")).to_contain_text(f'"quantity": {count}')
            expect(advice).to_be_hidden()
        expect(page.locator("#verdict")).to_have_text("The customer has answered: size_advice")

        page.get_by_role("button", name="Warenkorb verlassen").click()
        page.route("**/v1/decide", restricted)
        add(page)
        expect(page.locator("#verdict")).to_have_text(
            "Nothing is shown: size_advice is a restriction, and waits for a person."
        )
        expect(advice).to_be_hidden()

        page.unroute("**/v1/decide")
        page.route("**/v1/decide", lambda _: None)
        add(page, 1)
        expect(page.locator("#verdict")).to_contain_text("the shop goes on without advice")
        expect(advice).to_be_hidden()
        expect(page.locator("#lines li")).to_have_count(2)
