import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from data.schema import Reason
from tests.training.products.planted_shop import AS_OF, RATE, SHARES, PlantedShop
from training.products.accuracy.detection import Detection, Found, ProductTruth, detection, truth_of
from training.products.estimates.context import Context
from training.products.findings.faults import faults, look
from training.products.findings.spikes import spikes

DAY_ZERO = pd.Timestamp("1970-01-01")
SOLD_FROM, LATELY = AS_OF - 400, AS_OF - 35


def shop_with_faults() -> tuple[PlantedShop, pd.DataFrame, Floats]:
    """Make product 4 run small from the start, 7 defective recently, and 9 faulty only after the report.

    Results: the shop, the table of true faults, and each line's true probability of a return for each fault's reason.
    """
    shop = PlantedShop(lines_each=400)
    planted = {4: ("runs_small", SOLD_FROM, 0.5), 7: ("defective", LATELY, 0.7), 9: ("runs_large", AS_OF + 10, 0.9)}
    table = pd.DataFrame({"product_id": [f"p{number:03}" for number in range(60)], "fault": None, "fault_from": pd.NaT})
    reasons = [Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE, Reason.DEFECTIVE, Reason.NOT_AS_DESCRIBED]
    kinds = ["runs_small", "runs_large", "defective", "not_as_described"]
    cause = np.tile([RATE * SHARES[reason] for reason in reasons], (len(shop.day), 1))
    table["fault_from"] = table["fault_from"].astype("datetime64[us]")
    for product, (fault, since, rate) in planted.items():
        table.loc[product, "fault"] = fault
        table.loc[product, "fault_from"] = DAY_ZERO + pd.Timedelta(days=since)
        under = (shop.product == product) & (shop.day >= since)
        shop.plant(under, reasons[kinds.index(fault)], rate)
        cause[under, kinds.index(fault)] += rate * (1 - RATE)
    # The order of the table is not that of the products.
    return shop, table.iloc[::-1], cause


def detected(context: Context, truth: ProductTruth, own: Floats | None = None) -> Detection:
    studied = look(context)
    found = faults(studied, context.params.min_probability)
    return detection(context, truth, found, spikes(context, studied), own)


def test_a_fault_is_true_once_it_has_begun_and_to_be_found_once_enough_was_ordered_under_it() -> None:
    shop, table, cause = shop_with_faults()
    truth = truth_of(shop.context, table, cause)
    assert np.flatnonzero(truth.fault >= 0).tolist() == [4, 7]
    assert truth.fault[[4, 7]].tolist() == [0, 2]
    assert truth.since_day[[4, 7]].tolist() == [SOLD_FROM, LATELY]
    # All lines of product 4; of product 7 those since.
    since = int(((shop.product == 7) & (shop.day >= LATELY)).sum())
    assert truth.under[[4, 7, 9]].tolist() == [400, since, 0]
    assert np.argwhere(truth.planted_to_find).tolist() == [[4, 0], [7, 2]]


def test_a_product_s_true_rate_is_held_against_the_others_of_its_category() -> None:
    shop, table, cause = shop_with_faults()
    truth = truth_of(shop.context, table, cause)
    # 0.3 * 0.3 = 0.09 for all others; 0.09 + 0.5 * 0.7 = 0.44 for product 4.
    assert truth.ratio[4, 0] == pytest.approx(0.44 / 0.09)
    assert truth.ratio[40, 0] == pytest.approx(1.0)
    assert truth.raised(1.5)[4].tolist() == [True, False, False, False]


def test_a_found_fault_and_a_found_rise_are_counted_as_such() -> None:
    shop, table, cause = shop_with_faults()
    found = detected(shop.context, truth_of(shop.context, table, cause))
    one = Found(found=1, to_find=1, precision=1.0, recall=1.0)
    assert found.products == 60
    assert found.faults["planted"]["runs_small"] == one
    assert found.faults["planted"]["defective"] == one
    assert found.faults["planted"]["runs_large"] == Found(0, 0, None, None)
    assert found.faults["planted"]["all"] == Found(2, 2, 1.0, 1.0)
    assert found.spikes["report"] == found.spikes["report_of_late"] == one
    # Ten products of the steepest rise are taken where the report has fewer: product 7 and nine that are sound.
    assert found.spikes["raw_rise"] == Found(10, 1, 0.1, 1.0)


def test_a_fault_since_the_first_order_is_no_rise_and_an_old_one_is_no_recent_rise() -> None:
    shop, table, cause = shop_with_faults()
    context = shop.context
    ever = table.assign(fault_from=table["fault_from"].where(table["fault"] != "defective", DAY_ZERO))
    measured = detected(context, truth_of(context, ever, cause)).spikes
    assert (measured["report"].precision, measured["report"].to_find) == (0.0, 0)
    long_ago = DAY_ZERO + pd.Timedelta(days=AS_OF - 200)
    old = table.assign(fault_from=table["fault_from"].where(table["fault"] != "defective", long_ago))
    measured = detected(context, truth_of(context, old, cause)).spikes
    assert (measured["report"].precision, measured["report_of_late"].precision) == (1.0, 0.0)


def test_the_excess_goes_with_the_true_effect_of_the_products() -> None:
    shop, table, cause = shop_with_faults()
    truth = truth_of(shop.context, table, cause)
    assert detected(shop.context, truth).correlation == {}
    own = (shop.product == 4) * 2.0 + (shop.product == 7) * 1.0
    measured = detected(shop.context, truth, own).correlation
    # Two products of 60 differ at all, so ranks of the others are noise.
    assert 0.1 < measured["excess_rate"] <= 1
    assert detected(shop.context, truth, -own).correlation["excess_rate"] < -0.1
