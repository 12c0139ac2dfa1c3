"""Caps in a replay bar exactly what the service's caps, in its store, bar."""

from hypothesis import given
from hypothesis import strategies as st

from data.times import MICROSECONDS_PER_DAY
from features.stores.memory import MemoryStore
from serving.decisions.caps import Caps, Chosen
from serving.decisions.decider import _kept_days
from serving.decisions.limits import limits_of_action
from tests.training.decisions.examples import action, policy
from training.decisions.replay.caps import PER_DAY, ReplayedCaps

NOW = 1_717_156_800_000_000
HOUR = MICROSECONDS_PER_DAY // 24
CAPPED = (
    action("hint", per_customer={"most": 2, "days": 3}),
    action("offer", per_customer={"most": 1, "days": 2}, per_day=3),
)
POLICY = policy(*CAPPED, per_customer={"most": 3, "days": 4})
TRIES = st.lists(
    st.tuples(st.sampled_from([0, 1, 11, 24, 48]), st.integers(0, 3), st.sampled_from(CAPPED), st.booleans()),
    max_size=40,
)


@given(TRIES)
def test_what_the_service_bars_a_replay_bars_with_the_same_word(tries):
    store, replayed = MemoryStore(), ReplayedCaps()
    served = Caps(lambda: store)
    at = NOW
    for number, (hours, unit, wanted, guest) in enumerate(tries):
        at += hours * HOUR
        name = f"guest {number}" if guest else str(unit)
        chosen = Chosen(str(number), str(number), "", name, wanted.name, at, "{}", "{}")
        word = served.take(chosen, limits_of_action(POLICY, wanted, guest=guest), _kept_days([POLICY]))

        assert replayed.take(POLICY, 100 + number if guest else unit, wanted, at, guest=guest) == word


def test_a_cap_of_all_customers_counts_each_basket_for_those_that_it_stands_for():
    caps, capped = ReplayedCaps(stands_for=2.5), policy(action(per_day=6))
    words = [caps.take(capped, unit, action(per_day=6), NOW, guest=True) for unit in range(4)]

    assert words == [None, None, None, PER_DAY]
