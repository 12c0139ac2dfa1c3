import numpy as np

from data.schema import Reason
from features.language.reasons import REASONS
from tests.training.products.planted_shop import AS_OF, PlantedShop
from training.products.accuracy.redrawn import false_alarms, redrawn
from training.products.findings.faults import faults, look
from training.products.findings.spikes import spikes


def test_lines_come_back_with_their_probability_as_far_as_known_by_now() -> None:
    context = PlantedShop().context
    probability = np.where(context.lines.product == 3, 0.9, 0.1)
    drawn = redrawn(context, probability, np.random.default_rng(1)).lines
    closed = drawn.closed
    # 140 and 8,260 lines: within four standard deviations.
    assert abs(drawn.returned[closed & (drawn.product == 3)].mean() - 0.9) < 0.11
    assert abs(drawn.returned[closed & (drawn.product != 3)].mean() - 0.1) < 0.014
    # Returns take seven days: no younger line is back.
    assert not drawn.returned[drawn.day > AS_OF - 6].any()


def test_reasons_are_as_frequent_as_in_the_category() -> None:
    shop = PlantedShop()
    # The second half of the products are shoes: half of their returns have no reason, the others are too large.
    shop.reason = np.where(shop.product >= 30, REASONS.index(Reason.SIZE_TOO_LARGE), shop.reason)
    shop.reason = np.where((shop.product >= 30) & (shop.rng.random(len(shop.day)) < 0.5), -1, shop.reason)
    context = shop.context
    drawn = redrawn(context, np.full(len(context.lines), 0.5), np.random.default_rng(1)).lines
    of_shoes = drawn.reason[drawn.returned & (drawn.category == 1)]
    assert set(of_shoes) == {-1, REASONS.index(Reason.SIZE_TOO_LARGE)}
    assert abs((of_shoes == -1).mean() - 0.5) < 0.06
    of_dresses = drawn.reason[drawn.returned & (drawn.category == 0)]
    assert abs((of_dresses == REASONS.index(Reason.DEFECTIVE)).mean() - 0.1) < 0.04
    assert (drawn.reason[~drawn.returned] == -1).all()


def test_faults_and_rises_of_the_shop_are_not_in_its_redraws() -> None:
    shop = PlantedShop(lines_each=300)
    for product in (4, 5, 6):
        shop.plant(shop.product == product, Reason.DEFECTIVE, 0.6)
    shop.plant((shop.product == 7) & (shop.day >= AS_OF - 35), Reason.NOT_AS_DESCRIBED, 0.9)
    context = shop.context
    assert faults(look(context), context.params.min_probability).found.any(axis=1).sum() >= 4
    assert spikes(context, look(context)).spike.any()
    alarms = false_alarms(context, draws=4, seed=1)
    assert (alarms.draws, alarms.products) == (4, 60)
    # Of 240 products drawn, one or two by bad luck.
    assert alarms.fault_share <= 0.01
    assert alarms.spike_share <= 0.01
    assert alarms == false_alarms(context, draws=4, seed=1)
