"""From lines of a log and tables to what the policy earned."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from data.logged.decisions import HOLDOUT, POLICY, Did
from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS, DrawnShop, draw
from tests.training.decisions.experiment.written_shop import (
    START,
    at,
    contact,
    decision,
    log_of,
    placed_of,
    reaction,
    with_rival,
)
from training.decisions.experiment.action_costs import with_costs
from training.decisions.experiment.assemble import assemble
from training.decisions.experiment.by_arm import beside_policy
from training.decisions.experiment.known_by import known_by
from training.decisions.experiment.log import read_rows
from training.decisions.experiment.readout import ALL, CHOSEN, Experiment, Verdict, looked_at, read_out
from training.decisions.experiment.trail import Trail
from training.decisions.experiment.visits import visits_of
from training.decisions.policy import Cost

SHOP = DrawnShop(visits_a_day=150, days=28, holdout_share=0.5, visits_per_unit=1.5)
AT_ONCE = PARAMS.model_copy(update={"within_hours": 0.001, "first_look_visits": 100, "repurchase_days": 10})
"""No two drawn visits of a unit lie so close together that they are one."""
END = at(30.5)


def read(
    trail: Trail,
    more: list[dict[str, Any]] = [],  # noqa: B006
    prices: Mapping[str, Cost] = {},
    **changed: Any,
) -> list[Experiment]:
    params = AT_ONCE.model_copy(update=changed)
    return read_out(
        read_rows([*log_of(trail, SHOP.holdout_share), *more]), placed_of(trail, END), COSTS, params, prices
    )


@pytest.fixture(scope="module")
def works() -> Experiment:
    (found,) = read(draw(replace(SHOP, avoids=0.7), 1))
    return found


def test_the_lines_of_log_and_tables_give_back_the_facts_that_they_were_written_from() -> None:
    trail = draw(replace(SHOP, visits_a_day=30), 1)
    log = read_rows(log_of(trail, 0.5))

    decided = visits_of(with_costs(log.decisions, {}), AT_ONCE.within_hours)
    again = assemble(decided, log, placed_of(trail, at(100)), trail.known, AT_ONCE, START)

    assert again.actions == trail.actions
    for day in (3.0, 15.5, 60.0):
        one, other = known_by(trail, day, COSTS), known_by(again, day, COSTS)
        for each in fields(one):
            if each.name not in {"again", "followed"}:  # there are no orders outside of visits here
                assert getattr(other, each.name) == pytest.approx(getattr(one, each.name), abs=1e-4), each.name


def test_a_policy_that_avoids_returns_earns_and_each_figure_says_of_what(works: Experiment) -> None:
    assert works.verdict is Verdict.EARNS
    assert (works.policy_name, works.holdout_share, works.began_at) == ("start", 0.5, START)
    assert works.decisions == works.visits == 150 * 28
    assert (works.exposure.shown_share, works.exposure.shown_in_holdout, works.exposure.crossed) == (1.0, 0, 0)
    chosen = works.scopes[CHOSEN]
    assert chosen.earned is not None
    assert 0 < chosen.earned.low_minor < chosen.earned.a_month_minor < chosen.earned.high_minor
    assert chosen.looks["return_rate_pieces"][-1].high < 0
    assert chosen.decided_on is not None
    assert chosen.smallest_found_minor is not None
    assert set(works.scopes) == {ALL, CHOSEN, "action:advice"}


def test_units_without_a_choice_add_noise_alone(works: Experiment) -> None:
    everyone, chosen = (works.scopes[name].earned for name in (ALL, CHOSEN))
    assert everyone is not None
    assert chosen is not None
    assert chosen.high_minor - chosen.low_minor < everyone.high_minor - everyone.low_minor


def test_a_month_of_the_policy_is_the_true_money_of_its_units_within_the_interval() -> None:
    shop = replace(SHOP, avoids=0.7)
    trail = draw(shop, 1)
    final = [known_by(draw(shop, 1, all_in=arm), 100.0, COSTS) for arm in (True, False)]
    true = float((final[0].profit_minor - final[1].profit_minor)[trail.units.treated].sum()) * 30 / 30.5

    (found,) = read(trail)

    earned = found.scopes[CHOSEN].earned
    assert earned is not None
    assert earned.low_minor < true < earned.high_minor


def test_a_policy_that_loses_orders_is_harm() -> None:
    (found,) = read(draw(replace(SHOP, loses=0.8), 1))
    assert found.verdict is Verdict.HARM


def test_without_an_effect_it_stays_undecided_and_with_little_data_it_is_too_early() -> None:
    trail = draw(SHOP, 2)
    assert [each.verdict for each in read(trail)] == [Verdict.UNDECIDED]
    assert [each.verdict for each in read(trail, first_look_visits=10_000)] == [Verdict.TOO_EARLY]


def test_an_action_that_was_shown_in_the_holdout_ends_the_comparison() -> None:
    trail = draw(replace(SHOP, avoids=0.7), 1)
    held = int(np.flatnonzero(~trail.units.treated[trail.visits.unit])[0])
    (found,) = read(trail, [reaction(f"d{held}", Did.SHOWN, at(20))])
    assert (found.verdict, found.exposure.shown_in_holdout) == (Verdict.NOT_COMPARABLE, 1)


def test_units_that_are_lost_from_one_arm_end_the_comparison() -> None:
    trail = draw(replace(SHOP, avoids=0.7), 1)
    lost = ~trail.units.treated & (np.arange(len(trail.units)) % 3 == 0)
    rows = [row for row in log_of(trail, 0.5) if not lost[int(row.get("unit", "c0")[1:])]]
    (found,) = read_out(read_rows(rows), placed_of(trail, END), COSTS, AT_ONCE, {})
    assert found.scopes[ALL].sample_ratio.mismatch
    assert found.verdict is Verdict.NOT_COMPARABLE


def test_a_unit_whose_arm_changed_counts_in_its_first_arm_and_is_counted() -> None:
    trail = draw(SHOP, 1)
    treated = next(unit for unit in range(5) if trail.units.treated[unit])
    moved = decision(decision_id="moved", unit=f"c{treated}", customer=f"c{treated}", arm=HOLDOUT, decided_at=at(27.9))
    (found,) = read(trail, [moved])
    assert found.exposure.crossed == 1
    assert found.scopes[ALL].sample_ratio.units == int(trail.units.treated.sum())


def test_policies_are_experiments_of_their_own_and_files_of_one_policy_are_not() -> None:
    trail = draw(replace(SHOP, visits_a_day=20), 1)
    rows = log_of(trail, 0.5)
    half = len(rows) // 2
    renamed = [{**row, "policy": "second"} if "policy" in row else row for row in rows[half:]]
    other = decision(decision_id="other", policy_name="other", policy="third", unit="x", customer="x", decided_at=at(3))

    found = read_out(read_rows([*rows[:half], *renamed, other]), placed_of(trail, END), COSTS, AT_ONCE, {})

    assert [(each.policy_name, each.policies) for each in found] == [
        *(("other", ("third",)), ("start", ("digest", "second"))),
    ]
    assert (found[0].verdict, found[0].scopes) == (Verdict.NOTHING_CHOSEN, {})


def test_a_decision_after_the_end_of_the_tables_is_not_counted_yet() -> None:
    trail = draw(replace(SHOP, visits_a_day=20), 1)
    (found,) = read(trail, [decision(decision_id="late", decided_at=END + 1)])
    assert found.decisions == len(trail.visits)


def test_the_intervals_of_all_actions_hold_together() -> None:
    trail = draw(SHOP, 2)
    other = np.arange(len(trail.visits)) % 2 == 0
    chosen = np.where(other & (trail.visits.chosen == 0), 1, trail.visits.chosen)
    both = replace(trail, actions=("advice", "offer"), visits=replace(trail.visits, chosen=chosen))
    (found,) = read(both)
    assert {name: round(scope.alpha, 9) for name, scope in found.scopes.items()} == {
        ALL: 0.05, CHOSEN: 0.05, "action:advice": 0.025, "action:offer": 0.025,
    }  # fmt: skip


def test_what_showing_costs_is_taken_from_the_profit() -> None:
    trail = draw(SHOP, 2)
    (free,), (dear,) = read(trail), read(trail, prices={"advice": Cost(shown_minor=400)})
    one, other = (each.scopes[CHOSEN].earned for each in (free, dear))
    assert one is not None
    assert other is not None
    shown_a_month = float(np.isfinite(trail.visits.shown).sum()) * 30 / 30.5
    assert one.a_month_minor - other.a_month_minor == pytest.approx(400 * shown_a_month, rel=0.05)


def test_what_kept_lines_cost_is_taken_from_the_profit_of_those_who_were_shown_the_action() -> None:
    trail = draw(SHOP, 2)
    stakes = {"advice": {"products": ["shirt"], "minor": 1.0, "share": 1.0, "profit_minor": 0.0}}
    rows = [row | {"stakes": stakes} if "unit" in row else row for row in log_of(trail, SHOP.holdout_share)]
    found = []
    for price in (Cost(), Cost(kept_share=0.02)):
        (each,) = read_out(read_rows(rows), placed_of(trail, END), COSTS, AT_ONCE, {"advice": price})
        found.append(each.scopes[CHOSEN].earned)
    free, dear = found
    assert free is not None
    assert dear is not None

    shown = np.isfinite(trail.visits.shown)
    kept = trail.sales.value_minor[shown[trail.sales.visit]].sum()
    kept -= trail.returns.value_minor[shown[trail.returns.visit]].sum()
    assert free.a_month_minor - dear.a_month_minor == pytest.approx(0.02 * kept * 30 / 30.5, rel=0.1)


def test_looks_are_at_the_end_of_every_day_later_of_every_week_and_at_the_end() -> None:
    assert looked_at(2.5).tolist() == [1, 2, 2.5]
    assert looked_at(2.0).tolist() == [1, 2]
    assert looked_at(0.5).tolist() == [0.5]
    assert looked_at(110.2).tolist() == [*range(1, 91), 97, 104, 110.2]


def read_rival(rows: list[dict[str, Any]], trail: Trail) -> Experiment:
    (found,) = read_out(read_rows(rows), placed_of(trail, END), COSTS, AT_ONCE, {})
    return found


@pytest.fixture(scope="module")
def rival_trail() -> Trail:
    return draw(replace(SHOP, avoids=0.95, visits_a_day=160), 3)


@pytest.fixture(scope="module")
def rivals(rival_trail: Trail) -> Experiment:
    return read_rival(with_rival(rival_trail), rival_trail)


def test_each_arm_is_compared_with_the_holdout_by_itself(rivals: Experiment, rival_trail: Trail) -> None:
    assert rivals.verdict is Verdict.UNDECIDED
    assert list(rivals.arms) == ["rival"]
    assert rivals.arms["rival"].verdict is Verdict.EARNS
    assert set(rivals.arms["rival"].scopes) == {ALL, CHOSEN}
    assert rivals.arms["rival"].exposure.shown_share == 1.0
    assert rivals.visits == len(rival_trail.visits)
    assert rivals.sample_ratio is not None
    assert sum(rivals.sample_ratio.units.values()) == rivals.units == len(rival_trail.units)
    assert not rivals.sample_ratio.mismatch


def test_a_challenger_is_compared_with_the_policy_directly(rivals: Experiment) -> None:
    directly = rivals.arms["rival"].against_policy
    assert directly is not None
    assert directly.verdict is Verdict.EARNS
    assert set(directly.scopes) == {ALL, CHOSEN}
    assert rivals.sample_ratio is not None
    units = rivals.sample_ratio.units
    ratio = directly.scopes[ALL].sample_ratio
    assert (ratio.units, ratio.units_against) == (units["rival"], units[POLICY])
    assert ratio.drawn_share == pytest.approx(0.25 / 0.75)
    last = directly.scopes[ALL].looks["profit_minor"][-1]
    beside = rivals.arms["rival"].scopes[ALL].looks["profit_minor"][-1]
    policy = rivals.scopes[ALL].looks["profit_minor"][-1]
    assert last.difference == pytest.approx(beside.difference - policy.difference, rel=0.2)
    assert last.high - last.low < (beside.high - beside.low) + (policy.high - policy.low)


def test_a_policy_that_is_worse_than_its_challenger_is_seen_from_the_challengers_side(rival_trail: Trail) -> None:
    swapped = {POLICY: "rival", "rival": POLICY}
    rows = with_rival(rival_trail)
    for row in rows:
        if "arm" in row:
            row |= {"arm": swapped.get(row["arm"], row["arm"]), "shares": {HOLDOUT: 0.25, "rival": 0.25, POLICY: 0.5}}
    directly = read_rival(rows, rival_trail).arms["rival"].against_policy
    assert directly is not None
    assert directly.verdict is Verdict.HARM
    assert directly.scopes[CHOSEN].earned is not None
    assert directly.scopes[CHOSEN].earned.high_minor < 0


def test_before_the_first_basket_that_an_action_fits_two_arms_are_alike(rival_trail: Trail) -> None:
    rows = with_rival(rival_trail)
    found = visits_of(with_costs(read_rows(rows).decisions, {}), AT_ONCE.within_hours)
    both = beside_policy(found, "rival")
    assert set(both["arm"]) == {"rival", POLICY}
    fits = {row["decision_id"] for row in rows if row.get("covariates")}
    assert set(both.loc[both["chosen"].notna(), "decision_id"]) == fits & set(both["decision_id"])


def test_another_arm_has_no_part_in_the_policys_result(rivals: Experiment, rival_trail: Trail) -> None:
    rows = with_rival(rival_trail)
    theirs = {row["decision_id"] for row in rows if row.get("arm") == "rival"}
    two = [row for row in rows if row["decision_id"] not in theirs]
    for row in two:
        if "shares" in row:
            row["shares"] = {HOLDOUT: 0.5, POLICY: 0.5}
    alone = read_rival(two, rival_trail)

    for name, scope in alone.scopes.items():
        assert rivals.scopes[name].looks == scope.looks
        assert rivals.scopes[name].sample_ratio == scope.sample_ratio


def test_the_intervals_of_all_arms_beside_the_policy_hold_together(rival_trail: Trail) -> None:
    rows = with_rival(rival_trail)
    for row in rows:
        if row.get("arm") == "rival" and int(row["unit"][1:]) % 2:
            row["arm"] = "exploration"
        if "shares" in row:
            row["shares"] = {HOLDOUT: 0.25, "exploration": 0.25, "rival": 0.25, POLICY: 0.25}
    found = read_rival(rows, rival_trail)

    assert {arm: round(each.scopes[ALL].alpha, 9) for arm, each in found.arms.items()} == {
        "exploration": 0.025, "rival": 0.025,
    }  # fmt: skip
    assert found.scopes[ALL].alpha == pytest.approx(0.05)
    assert found.arms["exploration"].verdict is Verdict.NOTHING_CHOSEN  # it reached no basket


def test_units_that_one_of_the_arms_lost_are_seen_over_all_arms(rival_trail: Trail) -> None:
    rows = with_rival(rival_trail)
    lost = {row["unit"] for row in rows if row.get("arm") == "rival" and int(row["unit"][1:]) % 3 == 0}
    found = read_rival([row for row in rows if row.get("unit") not in lost], rival_trail)

    assert found.sample_ratio is not None
    assert found.sample_ratio.mismatch
    assert (found.verdict, found.arms["rival"].verdict) == (Verdict.NOT_COMPARABLE,) * 2


def test_contacts_are_counted_a_visit_in_the_arm_of_their_customer() -> None:
    trail = draw(SHOP, 2)
    calls = [
        contact(f"call{unit}", at(27.9), f"c{unit}")
        for unit in range(len(trail.units))
        if trail.units.treated[unit] and unit % 2
    ]
    (found,) = read(trail, calls)
    look = found.scopes[ALL].looks["contacts"][-1]
    visits = int(trail.units.treated[trail.visits.unit].sum())
    assert look.figure == pytest.approx(len(calls) / visits, rel=0.02)
    assert look.figure_against == pytest.approx(0, abs=0.01)
    assert look.low > 0


def test_what_contacts_cost_is_taken_from_the_profit_of_their_arm() -> None:
    trail = draw(SHOP, 2)
    calls = [contact(f"call{unit}", at(27.9), f"c{unit}") for unit in np.flatnonzero(trail.units.treated)]
    looks = []
    for minor in (0, 50):
        costs = COSTS.model_copy(update={"contact_minor": minor})
        rows = read_rows([*log_of(trail, SHOP.holdout_share), *calls])
        (found,) = read_out(rows, placed_of(trail, END), costs, AT_ONCE, {})
        looks.append(found.scopes[ALL].looks["profit_minor"][-1])
    free, dear = looks
    assert free.figure - dear.figure == pytest.approx(50, rel=0.05)
    assert dear.figure_against == free.figure_against
