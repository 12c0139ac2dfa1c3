"""Laws of the loop: what is shown was drawn within caps and outside of the holdout, and the truth reaches no policy."""

from dataclasses import replace

import numpy as np
import pytest

from data import params
from data.sources.simulated.responses.responders import ResponseParams
from tests.benchmarks.closed_loop import loop
from tests.benchmarks.closed_loop.asked import Asked
from tests.benchmarks.closed_loop.example import example
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.policies import NONE, Nothing, Oracle, Rules, WarnAboveHalf
from tests.benchmarks.closed_loop.visits import potential_visits
from tests.benchmarks.closed_loop.world import World, world
from training.costs import Costs
from training.products.params import ProductParams

POLICY = example()


@pytest.fixture(scope="module")
def met() -> World:
    segments = params.load("products", ProductParams).segments
    return world(potential_visits(250, 3), POLICY, params.load("costs", Costs), segments)


@pytest.fixture(scope="module")
def start(met: World) -> loop.Start:
    return loop.begin(met, ResponseParams())


class Chance:
    """Shows each eligible action with the same chance as nothing."""

    name, holds_out, capped = "chance", True, True

    def learn(self, log: Log, month: int) -> None:
        pass

    def chances(self, asked: Asked) -> np.ndarray:
        found = asked.eligible / (1 + asked.eligible.sum(axis=1, keepdims=True))
        return np.column_stack([found, np.zeros(len(found))])


def since_day_0(met: World) -> slice:
    return slice(int((met.potential.visits.day < 0).sum()), None)


def test_the_same_seed_gives_the_same_year(met: World, start: loop.Start) -> None:
    one, other = (loop.run(met, start, Chance())[0] for _ in range(2))
    assert (one.shown == other.shown).all()
    assert (one.profit == other.profit).all()


def test_doing_nothing_earns_what_nothing_touches(met: World, start: loop.Start) -> None:
    path, log = loop.run(met, start, Nothing())
    assert (path.shown == NONE).all()
    assert np.allclose(path.profit, met.untouched[since_day_0(met)])
    assert np.allclose(path.chance, path.chance[0])
    assert np.concatenate(log.profit).mean() == pytest.approx(path.profit.mean(), rel=0.2)


def test_the_oracle_earns_most_and_the_naive_warning_loses(met: World, start: loop.Start) -> None:
    policies = (Oracle(), Rules(), Nothing(), WarnAboveHalf())
    earned = [float((path.chance * path.profit).sum()) for path, _ in (loop.run(met, start, each) for each in policies)]
    assert earned == sorted(earned, reverse=True)


def test_the_holdout_is_shown_nothing_and_caps_hold(met: World, start: loop.Start) -> None:
    path, _ = loop.run(met, start, Chance())
    visits = met.potential.visits.cut(since_day_0(met))
    assert (path.shown[met.holdout[visits.customer]] == NONE).all()
    acted = path.took_place & (path.shown != NONE)
    seen = 0
    for place, cap in [
        (None, POLICY.per_customer),
        *((at, each.per_customer) for at, each in enumerate(POLICY.actions)),
    ]:
        own = acted if place is None else acted & (path.shown == place)
        for customer in np.unique(visits.customer[own]):
            days = visits.day[own & (visits.customer == customer)]
            within = [(np.abs(days - day) < cap.days)[days <= day].sum() for day in days]
            assert max(within) <= cap.most
            seen += max(within) == cap.most
    assert seen > 10


def test_each_chance_is_logged_and_true(met: World, start: loop.Start) -> None:
    _, log = loop.run(met, start, Chance())
    chances, action = np.concatenate(log.chances), np.concatenate(log.action)
    assert np.allclose(chances.sum(axis=1), 1)
    assert (chances[np.arange(len(action)), action] > 0).all()
    for place in (0, NONE):
        assert (action == place).mean() == pytest.approx(chances[:, place].mean(), abs=0.03)


def test_no_policy_sees_how_customers_respond(met: World, start: loop.Start) -> None:
    truth = start.responders
    opposite = replace(truth, nudge=-truth.nudge, offer=-truth.offer)
    seen: list[Asked] = []

    class First(Chance):
        def chances(self, asked: Asked) -> np.ndarray:
            seen.append(asked)
            return super().chances(asked)

    for responders in (truth, opposite):
        loop.run(met, start._replace(responders=responders), First())
    one, other = seen[0], seen[len(seen) // 2]
    assert one.day == other.day
    assert (one.eligible == other.eligible).all()
    for name, values in one.covariates.items():
        assert np.array_equal(values, other.covariates[name], equal_nan=True), name
