"""The pages as a browser without scripts gets them: contents, filters, reviews, sessions, errors, headers."""

import asyncio
import csv
import html
import io
import itertools
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.writing.unseen import shown
from serving.api_keys import new_key
from serving.http.guards.key_ring import Scope
from serving.products import items
from serving.products.web import page_route
from serving.products.web.addresses import inside
from tests.serving.asking import HERE, Asker
from tests.serving.fakes import FakeParts
from tests.serving.products import small_report
from tests.serving.products.small_report import ODD_IDS

PAGES = ("/products", "/products/items", "/products/alerts", "/products/segments", "/products/about")
FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def asker(report_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """For tests that only read."""
    reviews = tmp_path_factory.mktemp("reviews") / "reviews.sqlite"
    with Asker.of(FakeParts(), product_report=report_folder, reviews=reviews) as asker:
        yield asker


@pytest.fixture
def own(report_folder: Path, tmp_path: Path) -> Iterator[Asker]:
    """For tests that write reviews."""
    with Asker.of(FakeParts(), product_report=report_folder, reviews=tmp_path / "reviews.sqlite") as asker:
        yield asker


def text_of(answer: httpx.Response) -> str:
    """The text of a page, without its tags."""
    return html.unescape(re.sub(r"<[^>]*>", " ", answer.text))


def first(pattern: str, answer: httpx.Response) -> str:
    found = re.search(pattern, answer.text)
    assert found is not None
    return html.unescape(found[1])


def rows(answer: httpx.Response) -> list[str]:
    """Products of the table, in its order."""
    return [html.unescape(each) for each in re.findall(r'<a href="/products/item/([^"#]+)"', answer.text)]


def send(asker: Asker, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    return asker.ask("POST", path, data=fields, headers=FROM_HERE | (headers or {}))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("tag", ["en", "zh-CN"])
def test_every_page_is_there_in_both_languages(asker, page, tag):
    answer = asker.get(page, headers={"Accept-Language": tag})

    assert answer.status_code == 200
    assert answer.headers["content-language"] == first(r'<html lang="([^"]+)"', answer)
    assert ("概览" in answer.text) == (tag == "zh-CN")


@pytest.mark.parametrize("page", [*PAGES, "/products/item/P-000001"])
def test_one_link_of_the_menu_is_the_current_page(asker, page):
    links = re.findall(r'<a href="([^"]+)" aria-current="page"', asker.get(page).text)

    assert links == [page if page in PAGES else "/products/items"]


def test_the_list_begins_with_the_most_money_at_stake(asker):
    money = re.findall(r'<td class="number strong[^"]*">(−?)€([\d,]+)</td>', asker.get("/products/items").text)  # noqa: RUF001
    values = [int(value.replace(",", "")) * (-1 if sign else 1) for sign, value in money]

    assert len(values) == 40
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("currency", "sign", "units"), [("JPY", "¥", 1), ("EUR", "€", 100), ("KWD", "KWD", 1000)])
def test_money_has_the_digits_of_the_shops_currency(tmp_path, currency, sign, units):
    folder = small_report.write(tmp_path / "report")
    written = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps({**written, "currency": currency}))
    alerts = pq.read_table(folder / "alerts.parquet")
    numbers = [json.dumps({**json.loads(each), "cost": 1_234_567}) for each in alerts["numbers"].to_pylist()]
    for name, column in (("evidence", ["{cost:money}"] * len(alerts)), ("numbers", numbers)):
        alerts = alerts.set_column(alerts.column_names.index(name), name, pa.array(column))
    pq.write_table(alerts, folder / "alerts.parquet")

    with Asker.of(FakeParts(), product_report=folder, reviews=tmp_path / "reviews.sqlite") as asker:
        shown = re.findall(r'<td class="number strong[^"]*">([^<]*\d)</td>', asker.get("/products/items").text)
        at_stake, sentences = (
            [row[column] for row in csv_rows(asker.get(page))]
            for page, column in (
                ("/products/items.csv", f"excess_cost_{currency.lower()}"),
                ("/products/alerts.csv", "evidence"),
            )
        )

    whole = [round(float(money)) for money in at_stake]
    assert shown == [f"{'−' * (money < 0)}{sign}{abs(money):,}" for money in whole]  # noqa: RUF001 - the sign of minus
    assert set(sentences) == {f"{sign}{round(1_234_567 / units):,}"}


def csv_rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_the_list_is_sorted_filtered_and_paged_by_its_address(asker):
    whole = rows(asker.get("/products/items?sort=item_id&direction=asc"))
    page = asker.get("/products/items?sort=item_id&direction=asc&size=25&page=2&level=product&category=&q=&min_lines=")

    assert whole == sorted(whole)
    assert rows(page) == whole[25:]
    assert "26 to 40 of 40" in text_of(page)
    assert 'aria-sort="ascending"' in asker.get("/products/items?sort=rate&direction=asc").text


def test_the_head_of_the_sorted_column_turns_the_order_round(asker):
    link = r'id="sort-rate" href="/products/items\?([^"]*)"'

    assert "direction=asc" in first(link, asker.get("/products/items?sort=rate"))
    assert "direction=asc" not in first(link, asker.get("/products/items?sort=rate&direction=asc"))


def test_what_people_typed_is_text_and_never_markup(asker):
    answer = asker.get('/products/items?q="><script>alert(1)</script>')
    listed = asker.get("/products/items?q=<script>")

    assert "<script>alert" not in answer.text + listed.text
    assert "Nothing matches" in answer.text
    assert len(rows(listed)) == 1  # one product is called so


@pytest.fixture(scope="module")
def declaring(attribute_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Over the report of a shop that declares attributes, for tests that only read."""
    reviews = tmp_path_factory.mktemp("reviews") / "reviews.sqlite"
    with Asker.of(FakeParts(), product_report=attribute_folder, reviews=reviews) as asker:
        yield asker


def controls(answer: httpx.Response) -> list[str]:
    return re.findall(r'<(?:select|input)[^>]* name="(attribute_[^"]+)"', answer.text)


def test_products_are_filtered_by_the_attributes_that_the_shop_declares(declaring):
    chosen = "attribute_washable=false&attribute_rating.from=2.5"
    page = declaring.get(f"/products/items?{chosen}")
    links = [
        first(pattern, page)
        for pattern in (
            r'id="sort-rate" href="([^"]+)"',
            r'href="([^"]*size=25[^"]*)"',
            r'href="(/products/items\.csv[^"]+)"',
        )
    ]

    assert controls(page) == [
        "attribute_material", "attribute_rating.from", "attribute_rating.to", "attribute_washable",
    ]  # fmt: skip
    assert '<option value="&lt;b&gt;wool&lt;/b&gt;">&lt;b&gt;wool&lt;/b&gt;</option>' in page.text
    assert '<option value="false" selected>No</option>' in page.text
    assert 'name="attribute_rating.from" step="any" value="2.5" placeholder="1"' in page.text
    assert 0 < len(rows(page)) < 40
    assert all(link.endswith("&attribute_rating.from=2.5&attribute_washable=false") for link in links)
    listed = csv_rows(declaring.get(f"/products/items.csv?{chosen}"))
    assert [row["item_id"] for row in listed] == [row.partition("?")[0] for row in rows(page)]
    assert {row["attribute_washable"] for row in listed} == {"false"}


def test_brands_have_no_attributes_and_nor_has_a_shop_that_declares_none(declaring, asker):
    link = first(
        r'href="(/products/items[^"]*level=brand[^"]*)"', declaring.get("/products/items?attribute_rating.to=3")
    )

    assert "attribute" not in link
    assert controls(declaring.get(link)) == []
    assert "attribute" not in asker.get("/products/items").text + asker.get("/products/item/P-000001").text
    assert asker.get("/products/items?attribute_material=silk").status_code == 422


def test_a_products_attributes_lead_to_the_products_that_share_them(declaring):
    page = declaring.get("/products/item/P-000004?period=30", headers={"Accept-Language": "zh"})
    links = [html.unescape(each) for each in re.findall(r'href="(/products/items\?attribute_[^"]*)"', page.text)]

    assert "Material: <b>wool</b> · Rating: 1.4 · Washable: 否" in " ".join(text_of(page).split())
    assert "<b>wool" not in page.text
    assert links == [
        "/products/items?attribute_material=%3Cb%3Ewool%3C%2Fb%3E&period=30",
        "/products/items?attribute_washable=false&period=30",
    ]
    for link in links:
        listed = rows(declaring.get(link))
        assert 1 < len(listed) < 40
        assert "P-000004?period=30" in listed


def test_a_wrong_number_of_an_attribute_is_named(declaring):
    answer = declaring.get("/products/items?attribute_rating.from=many")

    assert answer.status_code == 422
    assert "attribute_rating.from" in text_of(answer)


def test_every_level_leads_on_to_its_products(asker):
    answer = asker.get("/products/items?level=brand")
    link = first(r'<a href="(/products/items\?brand=[^"]+)"', answer)

    assert 0 < len(rows(asker.get(link))) < 40


def test_only_products_are_filtered_by_what_products_alone_have(asker):
    brands = asker.get("/products/items?level=brand").text

    assert 'name="category"' not in brands
    assert 'name="reason"' not in brands
    assert "category=" not in first(
        r'href="(/products/items[^"]*level=brand[^"]*)"', asker.get("/products/items?category=shoes")
    )


def test_groups_are_sorted_by_what_they_are_called(asker):
    link = first(r'id="sort-name" href="([^"]+)"', asker.get("/products/items?level=brand"))
    named = re.findall(r'href="/products/items\?brand=([^&"]+)', asker.get(link).text)

    assert len(named) > 5
    assert named == sorted(named)


def test_links_keep_the_period(asker):
    overview = asker.get("/products?period=30")
    category = first(r'<th scope="row"><a href="([^"]+)"', overview)
    product = first(r'<a href="(/products/item/[^"]+)"', asker.get(category))

    assert "period=30" in category
    assert product.endswith("?period=30")
    assert first(r'class="trail"><a href="([^"]+)"', asker.get(product)) == "/products/items?period=30"


def test_a_slash_at_the_end_is_taken_away(asker):
    answer = asker.get("/products/?period=30")

    assert (answer.status_code, answer.headers["location"]) == (308, "/products?period=30")


@pytest.mark.parametrize("item_id", ["P%2F1", "A%20%3Fq=1%23x", "%E8%A1%A3", "A..B"])
def test_a_page_knows_its_own_address_whatever_the_id(asker, item_id):
    page = asker.get(f"/products/item/{item_id}?period=30")
    here = first(r'name="next" value="([^"]*)"', page)

    assert here == f"/products/item/{item_id}?period=30"
    assert inside(here) == here


def test_a_product_has_a_page_and_files_whatever_its_id(odd_report, tmp_path):
    with Asker.of(FakeParts(), product_report=odd_report, reviews=tmp_path / "reviews.sqlite") as asker:
        listed = asker.get("/products/items?size=50")
        links = re.findall(r'<th scope="row">\s*<a href="([^"]+)"', listed.text)
        odd = [html.unescape(link) for link in links if "/item/P-" not in link]
        pages = [asker.get(link) for link in odd]
        files = [csv_rows(asker.get(first(r'class="bar"><a href="([^"]+)" download', page))) for page in pages]

    assert len(odd) == len(ODD_IDS)
    assert {rows[0]["item_id"] for rows in files} == set(ODD_IDS)
    for page, found in zip(pages, files, strict=True):
        assert shown(found[0]["item_id"]) in text_of(page)
        assert "\u202e" not in text_of(page)
        back = first(r'name="next" value="([^"]*)"', page)
        assert inside(back) == back
        period = first(r'<nav class="switch" aria-label="Period">\s*<a href="([^"]+)"', page)
        assert period.endswith("period=30")


def test_a_product_shows_its_charts_with_their_numbers(asker):
    answer = asker.get("/products/item/" + rows(asker.get("/products/items"))[0])

    for title in ("Rate over time", "Why it comes back", "Sizes", "Colors", "Discounts", "Who buys it"):
        assert title in answer.text
    assert answer.text.count('type="application/json"') == answer.text.count("<summary>The numbers</summary>") == 6


@pytest.mark.parametrize("part", ["items", "weekly", "variants", "reasons", "buyers", "prices"])
def test_each_part_of_a_product_can_be_downloaded(asker, part):
    product = rows(asker.get("/products/items"))[0]
    answer = asker.get(f"/products/parts/{part}/{product}")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{part}.csv"'
    assert len(answer.text.splitlines()) > 1


def test_the_lists_can_be_downloaded_as_they_are_filtered(asker):
    answer = asker.get("/products/items.csv?category=shoes&size=25")
    shown = rows(asker.get("/products/items?category=shoes"))

    assert len(answer.text.splitlines()) == len(shown) + 1
    assert len(asker.get("/products/alerts.csv").text.splitlines()) > 1
    assert len(asker.get("/products/segments.csv").text.splitlines()) == 9


def an_alert(asker: Asker) -> str:
    return first(r'id="alert-([0-9a-f]{16})"', asker.get("/products/alerts"))


def test_a_state_and_a_note_are_kept_and_shown(own):
    alert = an_alert(own)
    answer = send(
        own,
        f"/products/alerts/{alert}",
        state="accepted",
        note="with <supplier>",
        seen="0",
        next="/products/alerts?q=x",
    )
    shown = own.get("/products/alerts?state=accepted")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/products/alerts?q=x#alert-{alert}"
    assert "with &lt;supplier&gt;" in shown.text
    assert f'id="alert-{alert}"' not in own.get("/products/alerts").text


def test_dismissing_asks_for_a_reason_and_keeps_what_was_typed(own):
    answer = send(own, f"/products/alerts/{an_alert(own)}", state="dismissed", note="my words", seen="0", next="")

    assert answer.status_code == 422
    assert "Not saved" in answer.text
    assert "why the alert is dismissed" in answer.text
    assert "my words</textarea>" in answer.text
    assert '<option value="dismissed" selected>' in answer.text


def test_a_note_may_be_as_long_as_the_form_lets_it(own):
    # Browsers count a line break as one character and send it as two: 1999 + 1 are 2000, and 2001 arrive.
    note = "x" * 1000 + "\r\n" + "y" * 999

    assert send(own, f"/products/alerts/{an_alert(own)}", state="open", note=note, seen="0").status_code == 303
    assert send(own, f"/products/alerts/{an_alert(own)}", state="open", note=note + "z", seen="0").status_code == 422


def test_what_can_not_be_saved_comes_back(report_folder, tmp_path):
    reviews = tmp_path / "reviews" / "reviews.sqlite"
    with Asker.of(FakeParts(), product_report=report_folder, reviews=reviews) as asker:
        alert = an_alert(asker)
        reviews.unlink()
        reviews.mkdir()
        answer = send(asker, f"/products/alerts/{alert}", state="accepted", note="my <words>", seen="0")

    assert answer.status_code == 503
    assert "Nothing was saved" in answer.text
    assert "RETURN_RISK_REVIEWS" in answer.text
    assert "my &lt;words&gt;</textarea>" in answer.text


def test_two_people_do_not_overwrite_each_other(own):
    path = f"/products/alerts/{an_alert(own)}"
    send(own, path, state="accepted", seen="0")
    answer = send(own, path, state="done", note="mine", seen="0")

    assert answer.status_code == 409
    assert "somebody changed the state" in answer.text
    assert "mine</textarea>" in answer.text


def test_a_part_of_a_page_gets_the_finding_alone(own):
    alert = an_alert(own)
    answer = send(
        own, f"/products/alerts/{alert}", {"HX-Request": "true"}, state="done", seen="0", next="/products/alerts"
    )

    assert answer.status_code == 200
    assert 'role="status">Saved.' in answer.text
    assert "Too early to say" in answer.text  # no orders since


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.example"}])
def test_other_sites_change_nothing(asker, headers):
    for path in (f"/products/alerts/{an_alert(asker)}", "/products/preferences", "/products/logout", "/products/login"):
        sent = {"Content-Type": FROM_HERE["Content-Type"]} | headers
        assert asker.ask("POST", path, data={"state": "done", "seen": "0"}, headers=sent).status_code == 403


def test_language_and_theme_are_kept_in_cookies(asker):
    answer = send(asker, "/products/preferences", language="zh", theme="dark", next="/products/items?page=2")
    cookies = "; ".join(cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie"))
    page = asker.get("/products", headers={"Cookie": cookies, "Accept-Language": "en"})

    assert answer.headers["location"] == "/products/items?page=2"
    assert all(
        "HttpOnly; Max-Age=31536000; Path=/products; SameSite=strict" in c
        for c in answer.headers.get_list("set-cookie")
    )
    assert '<html lang="zh-Hans" data-theme="dark">' in page.text


@pytest.mark.parametrize(
    "path",
    ["https://elsewhere.example", "//elsewhere.example", "/products//x", "/products/../v1", "/productsx", "/v1/model",
     "/products\\x", "/products\r\nX: y", "", "javascript:alert(1)"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(path):
    assert inside(path) == "/products"


@pytest.mark.parametrize("path", ["/products", "/products/items?q=a//b", "/products/item/a%2Fb"])
def test_back_leads_to_where_one_was(path):
    assert inside(path) == path


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/products/nothing", 404),
        ("GET", "/products/item/nothing", 404),
        ("GET", "/products/static/0/site.css", 404),
        ("GET", "/products/items?sort=password", 422),
        ("GET", "/products/items?page=x&size=7", 422),
        ("GET", "/products/items?period=31", 422),
        ("GET", "/products?period=31", 422),
        ("GET", "/products?nonsense=1", 422),
        ("GET", "/products?id=P-000001", 422),
        ("GET", "/products/item", 404),
        ("GET", "/products/item?id=nothing", 404),
        ("GET", "/products/parts/nothing/P-000001", 422),
        ("GET", "/products/alerts?state=x", 422),
        ("DELETE", "/products/items", 405),
        ("POST", "/products", 405),
    ],
)
def test_a_page_says_what_is_wrong_and_what_to_do(asker, method, path, status):
    answer = asker.ask(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-request-id"] in answer.text
    assert "<h1>" in answer.text


def test_other_paths_are_answered_as_before(asker):
    assert asker.get("/productsx").headers["content-type"] == "application/problem+json"
    assert "/products" not in asker.get("/openapi.json").json()["paths"]


def test_without_a_report_the_page_says_how_to_make_one(tmp_path):
    with Asker.of(FakeParts(), product_report=tmp_path / "none", reviews=tmp_path / "reviews.sqlite") as asker:
        answer = asker.get("/products")

        assert answer.status_code == 503
        assert "dvc repro" in answer.text
        assert asker.get("/products/about").status_code == 200
        assert asker.get("/healthz").status_code == 200


def test_heads_are_those_of_the_pages(asker):
    for page in PAGES:
        whole, head = asker.get(page), asker.ask("HEAD", page)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_a_page_that_did_not_change_is_not_sent_again(asker):
    answer = asker.get("/products/items")
    again = asker.get("/products/items", headers={"If-None-Match": answer.headers["etag"]})

    assert answer.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_pages_with_what_people_wrote_are_not_stored(asker):
    for page in ("/products/alerts", "/products/item/P-000000", "/products/nothing"):
        answer = asker.get(page)
        assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in answer.headers


def test_a_request_is_refused_at_once_when_too_many_wait(asker, monkeypatch):
    turn, find = threading.Event(), items.find

    def slow(*given):
        turn.wait(20)
        return find(*given)

    async def crowd() -> list[httpx.Response]:
        transport = httpx.ASGITransport(asker.app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            asked = [asyncio.create_task(client.get("/products/items")) for _ in range(page_route.AT_ONCE + 5)]
            for sent_away in itertools.islice(asyncio.as_completed(asked), 3):  # of five without a thread two may wait
                await sent_away
            program = await client.get("/products/nothing", headers={"X-API-Key": "x"})
            turn.set()
            return [*await asyncio.gather(*asked), program]

    asker.get("/products/items")
    monkeypatch.setattr(items, "find", slow)
    monkeypatch.setattr(page_route, "MOST_WAITING", 2)
    *pages, program = asker.runner.run(crowd())
    sent_away = [page for page in pages if page.status_code == 503]

    assert len(sent_away) == 3
    assert {page.status_code for page in pages} == {200, 503}
    assert all(page.headers["retry-after"] == "1" and "Wait a little" in page.text for page in sent_away)
    assert "default-src 'none'" in sent_away[0].headers["content-security-policy"]
    assert (program.status_code, program.headers["content-type"]) == (503, "application/problem+json")
    assert asker.get("/products").status_code == 200


def test_pages_run_and_load_nothing_but_their_own_files(asker):
    answer = asker.get("/products/items")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert re.findall(r'(?:src|href)="(?!/products|#|data:)', answer.text) == []


def test_files_stay_in_the_browser_for_good_and_are_packed(asker):
    page = asker.get("/products")
    for url in re.findall(r'(?:src|href)="(/products/static/[^"]+)"', page.text):
        packed, plain = asker.get(url), asker.get(url, headers={"Accept-Encoding": "identity"})
        assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content


def test_the_log_names_the_kind_of_page_and_nothing_that_was_asked_for(report_folder, tmp_path, capfd):
    places = {"product_report": report_folder, "reviews": tmp_path / "reviews.sqlite"}
    with Asker.of(FakeParts(), log_level="info", **places) as asker:
        asker.get("/products/item/P-000001?period=365")
        asker.get("/products/items?q=secret")
        asker.get("/products/secret")

    lines = capfd.readouterr().out
    assert [json.loads(line)["route"] for line in lines.splitlines()] == [
        "/products/item/{product_id}", "/products/items", "unmatched",
    ]  # fmt: skip
    assert "secret" not in lines
    assert "P-000001" not in lines


def test_a_view_that_fails_leaves_a_page_and_a_place_in_the_log(asker, monkeypatch, caplog):
    def fails(*_: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr(items, "find", fails)
    answer = asker.get("/products/items")

    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "KeyError at" in caplog.text
    assert "secret" not in answer.text + caplog.text


@pytest.fixture
def keys(tmp_path: Path) -> dict[Scope, str]:
    return {scope: new_key(tmp_path / "keys.json", scope.value, [scope]) for scope in Scope}


@pytest.fixture
def guarded(report_folder: Path, tmp_path: Path, keys: dict[Scope, str]) -> Iterator[Asker]:
    assert keys
    places = {name: tmp_path / f"{name}.sqlite" for name in ("reviews", "sessions")}
    with Asker.of(FakeParts(), product_report=report_folder, api_keys_file=tmp_path / "keys.json", **places) as asker:
        yield asker


def test_a_reader_without_a_key_gets_the_login(guarded):
    answer = guarded.get("/products/items?q=a")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/products/login?next=%2Fproducts%2Fitems%3Fq%3Da"
    assert guarded.get("/products/login").status_code == 200
    assert guarded.get("/products/items", headers={"HX-Request": "true"}).status_code == 401
    assert guarded.get("/products", headers={"X-API-Key": "x"}).headers["content-type"] == "application/problem+json"


def test_a_key_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(guarded, keys):
    answer = send(guarded, "/products/login", key=f" {keys[Scope.READ]} ", next="/products/items")
    cookie = answer.headers["set-cookie"]
    page = guarded.get("/products/items", headers={"Cookie": cookie.partition(";")[0]})

    assert (answer.status_code, answer.headers["location"]) == (303, "/products/items")
    assert "HttpOnly; Max-Age=2592000; Path=/products; SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert page.status_code == 200
    assert "Log out" in page.text
    secure = send(guarded, "/products/login", {"X-Forwarded-Proto": "https"}, key=keys[Scope.READ])
    assert "Secure" in secure.headers["set-cookie"]
    assert keys[Scope.READ] not in cookie


def test_a_login_ends_on_the_server(guarded, keys):
    cookie = send(guarded, "/products/login", key=keys[Scope.READ]).headers["set-cookie"].partition(";")[0]
    shown = {"Cookie": cookie}
    assert guarded.get("/products/items", headers=shown).status_code == 200

    answer = send(guarded, "/products/logout", shown)

    assert 'rr_session=""' in answer.headers["set-cookie"]
    assert guarded.get("/products/items", headers=shown).status_code == 303  # somebody who has copied the cookie


def test_wrong_keys_have_to_wait(guarded, keys):
    wrong = [send(guarded, "/products/login", key="rr_read_" + "A" * 43).status_code for _ in range(3)]

    answer = send(guarded, "/products/login", key=keys[Scope.READ])

    assert wrong == [401] * 3
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert "Too many wrong keys" in text_of(answer)
    assert "set-cookie" not in answer.headers


def test_a_login_needs_a_file_of_sessions(guarded, keys, tmp_path):
    (tmp_path / "sessions.sqlite").mkdir()

    answer = send(guarded, "/products/login", key=keys[Scope.READ])

    assert answer.status_code == 503
    assert "read or written" in text_of(answer)
    assert str(tmp_path) not in answer.text


def test_a_wrong_key_is_refused(guarded):
    answer = send(guarded, "/products/login", key="rr_read_" + "A" * 43)

    assert answer.status_code == 401
    assert "This key is not valid" in text_of(answer)
    assert "set-cookie" not in answer.headers


def test_a_key_that_opens_no_page_is_not_kept(guarded, keys):
    answer = send(guarded, "/products/login", key=keys[Scope.ADMIN])

    assert answer.status_code == 403
    assert "not for these pages" in answer.text
    assert "set-cookie" not in answer.headers


def test_where_no_keys_are_set_up_nobody_needs_one(asker):
    answer = send(asker, "/products/login", key="anything", next="/products/items")

    assert (answer.status_code, answer.headers["location"]) == (303, "/products/items")
    assert "set-cookie" not in answer.headers


def test_who_may_only_read_is_not_asked_to_write(guarded, keys):
    form = '<form method="post" action="/products/alerts/'
    shown = {
        scope: guarded.get("/products/alerts", headers={"X-API-Key": keys[scope]}).text for scope in page_route.READ
    }

    assert {scope: form in page for scope, page in shown.items()} == {Scope.READ: False, Scope.REVIEW: True}


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_reads_or_writes_as_its_scope_says(guarded, keys, scope):
    headers = {"X-API-Key": keys[scope]}
    read = guarded.get("/products/alerts", headers=headers)

    assert read.status_code == (200 if scope in {Scope.READ, Scope.REVIEW} else 403)
    alert = first(
        r'id="alert-([0-9a-f]{16})"', guarded.get("/products/alerts", headers={"X-API-Key": keys[Scope.READ]})
    )
    written = send(guarded, f"/products/alerts/{alert}", headers, state="accepted", seen="0")
    assert written.status_code == (303 if scope is Scope.REVIEW else 403)
