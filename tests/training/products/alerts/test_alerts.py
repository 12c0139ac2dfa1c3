import hashlib
import json

import pyarrow as pa
import pytest

from data.schema import Reason
from tests.training.products.planted_shop import AS_OF, PlantedShop
from training.products import columns
from training.products.alerts.alerts import alert_id, alerts
from training.products.alerts.wording import english, fill
from training.products.estimates.context import Context
from training.products.findings.faults import look
from training.products.findings.spikes import spikes


def made(context: Context) -> pa.Table:
    studied = look(context)
    return alerts(context, studied, spikes(context, studied))


@pytest.fixture(scope="module")
def table() -> pa.Table:
    shop = PlantedShop(lines_each=300)
    shop.plant(shop.product == 4, Reason.DEFECTIVE, 0.3)
    shop.plant(shop.product == 9, Reason.SIZE_TOO_SMALL, 0.6)
    shop.plant((shop.product == 20) & (shop.day >= AS_OF - 100), Reason.NOT_AS_DESCRIBED, 0.8)
    return made(shop.context)


def test_alerts_have_their_schema_and_come_by_money(table: pa.Table) -> None:
    assert table.schema == columns.ALERTS.schema
    cost = table["cost_minor"].to_pylist()
    assert cost == sorted(cost, reverse=True)
    assert min(cost) >= 0
    assert table["product_id"][0].as_py() == "p009"
    assert len(set(table["alert_id"].to_pylist())) == table.num_rows


def test_an_alert_has_the_same_id_in_every_report(table: pa.Table) -> None:
    # The first 16 hex digits of the hash of product and kind.
    wanted = hashlib.sha256(b"p004:defective").hexdigest()[:16]
    assert alert_id("p004", "defective") == wanted
    rows = {row["product_id"]: row for row in table.to_pylist() if row["kind"] == "defective"}
    assert rows["p004"]["alert_id"] == wanted


def test_an_alert_says_since_when_where_that_is_known(table: pa.Table) -> None:
    since = {(row["product_id"], row["kind"]): row["since"] for row in table.to_pylist()}
    assert since["p004", "defective"] is None
    began = since["p020", "not_as_described"]
    # 100 days before 1 January 2024 is 23 September 2023.
    assert (began.year, began.month) in {(2023, 9), (2023, 10)}
    row = next(row for row in table.to_pylist() if row["product_id"] == "p020" and row["kind"] == "not_as_described")
    assert json.loads(row["numbers"])["since"] == str(began.date())


def test_the_sentences_can_be_filled_from_the_table(table: pa.Table) -> None:
    for row in table.to_pylist():
        numbers = json.loads(row["numbers"])
        assert "{" not in fill(row["evidence"], numbers, english("EUR")) + fill(row["advice"], numbers, english("EUR"))


def test_the_table_is_the_same_each_time_and_empty_where_nothing_is_wrong() -> None:
    shop = PlantedShop()
    assert made(shop.context).num_rows == 0
    shop.plant(shop.product == 4, Reason.DEFECTIVE, 0.4)
    assert made(shop.context).equals(made(shop.context))
