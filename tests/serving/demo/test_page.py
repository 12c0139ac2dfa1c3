"""The demo over HTTP: off by default, with the security of the product pages, and data for callers with a key alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.times import iso, now_us
from features.online_state.order_record import OrderRecord
from serving.api_keys import new_key
from serving.demo import catalogue
from serving.http.guards.key_ring import Scope
from serving.state.seeded_orders import seeded_orders
from tests.serving.asking import Asker
from tests.serving.fakes import AS_OF, FakeParts

FOREIGN = {"sec-fetch-site": "cross-site", "origin": "http://other.example", "sec-fetch-mode": "cors"}


IN_A_SHOP = pytest.mark.usefixtures("seeded")


@pytest.mark.parametrize("path", ["/demo", "/demo/", "/demo/catalogue"])
def test_without_the_setting_there_is_no_demo(path: str) -> None:
    with Asker.of(FakeParts()) as asker:
        assert asker.get(path).status_code == 404
        assert "/demo" not in asker.get("/").text


@IN_A_SHOP
def test_the_page_runs_our_own_files_alone() -> None:
    with Asker.of(FakeParts(), demo=True) as asker:
        page = asker.get("/demo")

        assert page.status_code == 200
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self' 'sha256-")
        assert "unsafe" not in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page.text)
        assert sorted(inline) == sorted(
            [
                ' type="importmap"',
                ' type="application/json" id="shop-texts"',
                ' type="application/json" id="page-texts"',
            ]
        )
        assert not re.search(r"\son\w+=|\sstyle=", page.text)
        for file in re.findall(r'(?:src|href)="(/products/static/[^"]+)"', page.text):
            assert asker.get(file).status_code == 200
        assert 'href="/demo"' in asker.get("/").text


@IN_A_SHOP
def test_the_catalogue_says_as_of_when_to_ask_where_the_state_is_of_the_past() -> None:
    fakes = FakeParts()
    with Asker.of(fakes, demo=True) as asker:
        found = asker.get("/demo/catalogue")
        fakes.scoring.latest = None
        unknown = asker.get("/demo/catalogue").json()

    assert found.headers["cache-control"] == "no-store"
    content = found.json()
    assert content["products"]
    assert (content["currency"], content["minor_digits"]) == ("EUR", 2)
    assert content["ordered_at"] == iso(AS_OF)
    assert now_us() > AS_OF
    assert unknown["ordered_at"] is None


def test_the_catalogue_needs_a_key_that_may_score_and_the_empty_page_none(seeded: Path) -> None:
    file = seeded / "keys.json"
    keys = {scope: new_key(file, scope.value, [scope]) for scope in Scope}
    with Asker.of(FakeParts(), demo=True, api_keys_file=file, sessions=seeded / "s.sqlite") as asker:
        page = asker.get("/demo")
        statuses = {
            scope: asker.get("/demo/catalogue", headers={"Authorization": f"Bearer {key}"}).status_code
            for scope, key in keys.items()
        }

        assert asker.get("/demo/catalogue").status_code == 401
    assert page.status_code == 200
    assert 'id="key"' in page.text
    assert {scope for scope, status in statuses.items() if status == 200} == {Scope.SCORE}


@IN_A_SHOP
def test_pages_of_other_sites_get_nothing_and_change_nothing() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", **FOREIGN}
    with Asker.of(FakeParts(), demo=True) as asker:
        assert asker.get("/demo/catalogue", headers=FOREIGN).status_code == 403
        assert asker.get("/demo", headers={"host": "other.example"}).status_code == 403
        assert asker.ask("POST", "/demo/preferences", content=b"theme=dark", headers=form).status_code == 403


@IN_A_SHOP
def test_language_and_theme_are_chosen_for_the_demo_and_lead_back_to_it() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    with Asker.of(FakeParts(), demo=True) as asker:
        chosen = asker.ask("POST", "/demo/preferences", content=b"language=zh&next=/products", headers=headers)
        page = asker.get("/demo", headers={"cookie": "rr_language=zh"})

    assert chosen.headers["location"] == "/demo"
    assert "rr_language=zh" in chosen.headers["set-cookie"]
    assert "Path=/demo;" in chosen.headers["set-cookie"]
    assert '<html lang="zh-Hans"' in page.text


def test_without_a_seed_the_page_stands_and_the_catalogue_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Asker.of(FakeParts(), demo=True) as asker:
        assert asker.get("/demo").status_code == 200
        missing = asker.get("/demo/catalogue")

    assert missing.status_code == 503
    assert "the demo has no products" in missing.json()["detail"]


@IN_A_SHOP
def test_a_seed_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counted(records: Path) -> Iterator[OrderRecord]:
        read.append(records)
        return seeded_orders(records)

    monkeypatch.setattr(catalogue, "seeded_orders", counted)
    with Asker.of(FakeParts(), demo=True) as asker:
        assert [asker.get("/demo/catalogue").status_code for _ in range(2)] == [200, 200]

    assert len(read) == 1
