import numpy as np
import pytest

from data.schema import Reason
from tests.training.products.planted_shop import PlantedShop
from training.products.columns import FAULTS
from training.products.findings.faults import Faults, columns, faults, look

PLANTED = {2: Reason.SIZE_TOO_SMALL, 11: Reason.SIZE_TOO_LARGE, 30: Reason.DEFECTIVE, 41: Reason.NOT_AS_DESCRIBED}


@pytest.fixture(scope="module")
def found() -> Faults:
    shop = PlantedShop()
    for product, reason in PLANTED.items():
        shop.plant(shop.product == product, reason, 0.4)
    return faults(look(shop.context), 0.9)


def test_each_planted_fault_is_found_in_its_product_and_nothing_else_is(found: Faults) -> None:
    assert np.argwhere(found.found).tolist() == [[2, 0], [11, 1], [30, 2], [41, 3]]
    assert FAULTS == ("runs_small", "runs_large", "defective", "not_as_described")
    # 40% of 140 lines at 3 + 5 a return: some 450, less where many came back anyway.
    assert (found.excess_cost_minor[found.found] > 20_000).all()


def test_the_columns_name_the_costliest_fault_and_its_probability(found: Faults) -> None:
    made = columns(found)
    named = {place: fault for place, fault in enumerate(made["fault"].to_pylist()) if fault}
    assert named == {2: "runs_small", 11: "runs_large", 30: "defective", 41: "not_as_described"}
    assert made["fault_probability"][30].as_py() == found.probability[30, 2]
    assert made["fault_probability"].null_count == 56


def test_the_top_fault_is_the_costliest_of_those_found() -> None:
    probability = np.array([[0.95, 0.2, 0.91, 0.1], [0.5, 0.5, 0.5, 0.5], [np.nan] * 4])
    cost = np.array([[100.0, 900.0, 300.0, 0.0], [1.0, 1.0, 1.0, 1.0], [np.nan] * 4])
    # Of the first product's two, defective costs more; running large costs most, but is not found.
    assert Faults(probability, cost, probability >= 0.9).top.tolist() == [2, -1, -1]


def test_false_faults_are_rarer_than_one_minus_the_probability_asked_for() -> None:
    calls = [faults(look(PlantedShop(seed=seed).context), 0.9).found for seed in range(5)]
    # Nothing is wrong in five shops of 60 products and 4 faults: 1,200 chances.
    assert sum(int(each.sum()) for each in calls) <= 2
