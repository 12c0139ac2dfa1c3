"""What training lines asked with, from the features stage to the bundle."""

from pathlib import Path

import pandas as pd
import pytest

from data.errors import UserError
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from features.definitions.request_fields import request_fields
from features.offline import asked
from features.offline.lines import prepare
from features.offline.matrix import connect
from tests.features.crowded_shop import OUTCOME, PARAMS, Shop, crowded_shop
from training.model.asked import START, Asked, asked_of
from training.model.split import DAY, Span

EVERY_COLUMN = frozenset(name for table in (ORDER_LINES, PRODUCTS, CUSTOMERS) for name in table.names)
FIELDS = request_fields(EVERY_COLUMN)
UNTIL = pd.Timestamp("2030-01-01")


@pytest.fixture(scope="module")
def shop() -> Shop:
    return crowded_shop(orders=60)


@pytest.fixture(scope="module")
def matrix(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `features.build` writes what `asked_of` reads of it."""
    folder = tmp_path_factory.mktemp("asked")
    backend = connect(PARAMS, folder)
    lines = prepare(backend, shop.write(folder / "validated"), OUTCOME)
    backend.to_parquet(asked.by_day(backend, lines, FIELDS), folder / "asked.parquet")
    backend.disconnect()
    shop.lines[["ordered_at", "price_minor", "quantity"]].to_parquet(folder / "lines.parquet")
    return folder


def of(matrix: Path, since: pd.Timestamp, until: pd.Timestamp = UNTIL) -> Asked:
    found = asked_of(matrix / "asked.parquet", matrix / "lines.parquet", FIELDS, Span(since, until, until))
    assert found is not None
    return found


def middle(lines: pd.DataFrame) -> pd.Timestamp:
    """The day from which the shares of the whole span are: that in its middle."""
    days = lines["ordered_at"].dt.normalize()
    first, last = days.min(), days.max()
    return pd.Timestamp(first + pd.Timedelta(days=((last - first).days + 1) // 2))


def test_shares_are_of_the_late_lines_and_labels_of_all(shop: Shop, matrix: Path) -> None:
    found = of(matrix, shop.lines["ordered_at"].min())
    late = shop.lines[shop.lines["ordered_at"] >= middle(shop.lines)]

    assert 0 < found.fields["color"].lacking == pytest.approx(late["color"].isna().mean())
    assert found.fields["customer_id"].lacking == pytest.approx(late["customer_id"].isna().mean())
    assert found.fields["payment_method"].labels == frozenset(shop.lines["payment_method"].str.lower())
    brand = late.merge(shop.products, on="product_id", how="left")["brand"]
    assert found.fields["product.brand"].lacking == pytest.approx(brand.isna().mean())


def test_no_label_of_a_person_is_kept(shop: Shop, matrix: Path) -> None:
    found = of(matrix, shop.lines["ordered_at"].min())

    assert {name for name, each in found.fields.items() if each.labels is None and "customer" in name} == {
        name for name in found.fields if "customer" in name
    }


def test_a_label_of_customers_is_kept_where_many_have_it(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "FEWEST", 3)
    titles = ["dr", "dr", *["mr"] * (len(shop.customers) - 2)]
    titled = shop.with_(customers=shop.customers.assign(title=titles))
    backend = connect(PARAMS, tmp_path)
    lines = prepare(backend, titled.write(tmp_path / "validated"), OUTCOME)
    backend.to_parquet(asked.by_day(backend, lines, FIELDS), tmp_path / "asked.parquet")
    backend.disconnect()
    shop.lines[["ordered_at", "price_minor", "quantity"]].to_parquet(tmp_path / "lines.parquet")

    found = of(tmp_path, shop.lines["ordered_at"].min()).fields["customer.title"]

    late = shop.lines[shop.lines["ordered_at"] >= middle(shop.lines)]
    rare = late["customer_id"].isin(titled.customers.loc[titled.customers["title"] == "dr", "customer_id"])
    assert found.labels == frozenset({"mr"})
    assert found.unseen == pytest.approx(rare.mean())


def test_who_and_what_had_no_order_before_is_new(shop: Shop, matrix: Path) -> None:
    found = of(matrix, shop.lines["ordered_at"].min())
    lines, since = shop.lines, middle(shop.lines)
    first = lines.groupby("product_id")["ordered_at"].transform("min") == lines["ordered_at"]
    late = lines["ordered_at"] >= since
    orders = lines.drop_duplicates("order_id")
    first_order = orders.groupby("customer_id")["ordered_at"].transform("min") == orders["ordered_at"]
    new_orders = first_order[orders["ordered_at"] >= since]

    assert found.new_products == pytest.approx(first[late].mean())
    assert found.new_customers == pytest.approx(new_orders.mean())


def test_ranges_hold_all_but_the_tails(shop: Shop, matrix: Path) -> None:
    found = of(matrix, shop.lines["ordered_at"].min())
    prices = shop.lines.loc[shop.lines["ordered_at"] >= middle(shop.lines), "price_minor"]

    assert (found.ranges["price_minor"].low, found.ranges["price_minor"].high) == (prices.min(), prices.max())
    assert found.ranges.keys() == {"price_minor", "quantity"}


def test_a_label_of_the_late_days_alone_was_new_then(shop: Shop, matrix: Path, tmp_path: Path) -> None:
    days = pd.read_parquet(matrix / "asked.parquet")
    late = START + days["day"] * DAY >= middle(shop.lines)
    renamed = days["label"].mask(late & (days["label"] == "card"), "wallet")
    days.assign(label=renamed).to_parquet(tmp_path / "asked.parquet")
    (tmp_path / "lines.parquet").symlink_to(matrix / "lines.parquet")

    found = of(tmp_path, shop.lines["ordered_at"].min())

    lines = shop.lines[shop.lines["ordered_at"] >= middle(shop.lines)]
    assert found.fields["payment_method"].unseen == pytest.approx((lines["payment_method"] == "card").mean())
    assert of(matrix, shop.lines["ordered_at"].min()).fields["payment_method"].unseen == 0


def test_it_is_read_as_it_was_written(shop: Shop, matrix: Path) -> None:
    found = of(matrix, shop.lines["ordered_at"].min())

    assert Asked.from_json(found.as_json()) == found


def test_a_matrix_of_an_earlier_version_is_to_be_built_again(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dvc repro features"):
        asked_of(tmp_path / "asked.parquet", tmp_path / "lines.parquet", FIELDS, Span(UNTIL, UNTIL, UNTIL))


def test_a_span_without_lines_says_nothing(matrix: Path) -> None:
    empty = Span(UNTIL, UNTIL + pd.Timedelta(days=9), UNTIL)

    assert asked_of(matrix / "asked.parquet", matrix / "lines.parquet", FIELDS, empty) is None
