"""What the demo sells is what the seed's orders hold."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import UserError
from features.online_state.seed_file import RECORDS_FILE, write_about
from serving.demo import catalogue
from serving.demo.catalogue import read_catalogue
from serving.state.seeded_orders import seeded_orders
from tests.serving.served_shop import ServedShop, served_shop


@pytest.fixture
def shop() -> ServedShop:
    return served_shop()


def test_products_have_the_sizes_in_which_they_were_sold_and_their_last_price(shop: ServedShop) -> None:
    records = [record.content for record in seeded_orders(shop.seed / RECORDS_FILE) if record.content is not None]
    sold = [(content.order.ordered_at, line) for content in records for line in content.order.lines]

    found = read_catalogue(shop.seed).products

    assert 0 < len(found) <= catalogue.PRODUCTS
    for product in found:
        own = [(at, line) for at, line in sold if line.product_id == product.product_id]
        latest = max(at for at, _ in own)
        assert set(product.sizes) == {line.size for _, line in own} - {None}
        assert product.price_minor in {line.price_minor for at, line in own if at == latest}


def test_customers_differ_in_how_often_they_ordered(shop: ServedShop) -> None:
    found = read_catalogue(shop.seed).customers
    counts = [each.orders for each in found]

    assert counts == sorted(set(counts), reverse=True)
    for each in found:
        assert 0 < each.orders <= sum(placed.order.customer_id == each.customer_id for placed in shop.placed)


def test_a_shop_that_hashes_its_customers_names_none(shop: ServedShop, tmp_path: Path) -> None:
    seed = shutil.copytree(shop.seed, tmp_path / "seed")
    write_about(replace(shop.about, id_key="0123"), seed)

    assert read_catalogue(seed).products
    assert read_catalogue(seed).customers == ()


def test_no_more_orders_are_read_than_a_page_may_wait_for(shop: ServedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_ORDERS", 1)

    assert sum(each.orders for each in read_catalogue(shop.seed).customers) <= 1


def test_sizes_stand_in_their_order() -> None:
    assert sorted(["xl", "s", "40", "m", "38.5", "one size"], key=catalogue._place) == [
        "s", "m", "xl", "38.5", "40", "one size",
    ]  # fmt: skip


def test_without_a_seed_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        read_catalogue(tmp_path)
