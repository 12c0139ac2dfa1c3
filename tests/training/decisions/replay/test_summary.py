"""A replay, from the table to its sums."""

from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import UserError
from tests.training.decisions.examples import COSTS, action, policy
from tests.training.decisions.replay import small_table
from training.decisions.policy import Policy
from training.decisions.replay import columns
from training.decisions.replay.baskets import ReplayBaskets, unknown_features
from training.decisions.replay.summary import LEAST_UNITS, OTHERS, Assumptions, Replay, replay

ONLY_NEW = action("only_new", customers=["new"])
CAUTIOUS = policy(action(lines={"probability": {"least": 0.7}}))
RUNNING = policy(action())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_table.write(tmp_path_factory.mktemp("replay") / "replay")


@pytest.fixture(scope="module")
def baskets(folder: Path) -> ReplayBaskets:
    return ReplayBaskets.read(folder, {"customer_lines"}, lambda _: frozenset())


def of(policy_: Policy) -> Assumptions:
    return Assumptions(policy_, COSTS)


def replayed(baskets: ReplayBaskets, scenario: Policy, running: Policy | None = RUNNING) -> Replay:
    return replay(baskets, of(scenario), None if running is None else of(running), COSTS)


def test_a_sample_is_scaled_up_to_a_month_of_the_shop(baskets):
    found = replayed(baskets, RUNNING)

    assert (found.baskets, found.sample) == (400, 200)
    assert found.scenario.acted == sum(each.baskets for each in found.scenario.actions)
    assert found.scenario.held_out == pytest.approx(0.1 * found.scenario.acted)
    # Each customer gets the hint once in thirty days; a guest once a basket.
    assert 120 <= found.scenario.acted <= 160


def test_the_running_policy_does_not_differ_from_itself(baskets):
    found = replayed(baskets, RUNNING)

    assert found.difference.expected == found.difference.low == found.difference.high == 0
    assert found.running == found.scenario


def test_exploration_is_not_replayed_and_the_baskets_among_whose_actions_it_would_draw_are_counted(baskets):
    doubtful = action(effects={"returns": {"mean": -0.1, "spread": 0.9}, "source": "a test"})
    explores = policy(doubtful, exploration={"share": 0.5, "method": "uniform"})

    found = replayed(baskets, explores)

    assert found.scenario.acted == 0
    assert found.scenario.explorable == found.baskets
    assert replayed(baskets, policy(doubtful)).scenario.explorable == 0


def test_a_policy_that_acts_on_less_earns_less_where_the_beliefs_are_sure_to_help(baskets):
    found = replayed(baskets, CAUTIOUS)

    assert 0 < found.scenario.acted < found.running.acted
    assert found.difference.expected < 0
    assert found.difference.expected == pytest.approx(found.scenario.money.expected - found.running_money.expected)


def test_without_a_policy_what_there_is_beside_is_nothing(baskets):
    found = replayed(baskets, RUNNING, None)

    assert found.running.acted == 0
    assert found.running_money.expected == 0
    assert found.difference.expected == found.scenario.money.expected


def test_the_groups_are_segments_and_categories_and_none_is_small(baskets):
    outcome = replayed(baskets, policy(ONLY_NEW)).scenario

    acted = {group.name: group.acted for group in outcome.segments}
    assert set(acted) == {"guest", "new", "occasional", "active"}
    assert {name for name, count in acted.items() if count} == {"new"}
    assert {group.name for group in outcome.categories} - {OTHERS} == set(small_table.CATEGORIES)
    assert all(group.baskets >= LEAST_UNITS for group in (*outcome.segments, *outcome.categories))


def test_a_shop_without_categories_has_no_groups_of_them(baskets):
    lines = [replace(line, category=None) for line in baskets.baskets[0].scored.lines]
    bare = [
        replace(each, scored=replace(each.scored, lines=tuple(lines)), came=replace(each.scored, lines=tuple(lines)),
                returned=(None,) * len(lines))
        for each in baskets.baskets
    ]  # fmt: skip

    assert replayed(replace(baskets, baskets=tuple(bare)), RUNNING).scenario.categories == ()


def test_a_group_of_few_customers_is_not_shown(tmp_path):
    few = small_table.about(kept_baskets=30, kept_units=LEAST_UNITS - 1)
    given = ReplayBaskets.read(small_table.write(tmp_path / "few", few), (), lambda _: frozenset())

    assert replayed(given, RUNNING).scenario.segments == ()


def test_the_returns_that_came_stand_beside_the_expected_ones(baskets):
    came = replayed(baskets, RUNNING).came
    lines = [
        (line.probability, returned)
        for basket in baskets.baskets
        for line, returned in zip(basket.scored.lines, basket.returned, strict=True)
        if returned is not None
    ]

    assert came.known_lines == 2 * len(lines)
    assert came.returns == 2 * sum(returned for _, returned in lines)
    assert came.expected_returns == pytest.approx(2 * sum(p for p, _ in lines))
    assert came.cost.low < came.cost.expected < came.cost.high


def test_progress_is_told(baskets):
    heard: list[tuple[int, int]] = []
    replay(baskets, of(CAUTIOUS), of(RUNNING), COSTS, lambda done, all_: heard.append((done, all_)))

    assert heard == [(0, 400), (100, 400), (200, 400), (300, 400)]


def test_features_that_conditions_name_are_read_and_others_are_named(baskets):
    assert set(baskets.baskets[0].scored.lines[0].features) == {"customer_lines"}
    assert unknown_features(baskets.about, {"customer_lines", "customer_age"}) == ["customer_age"]
    assert [each.at for each in baskets.baskets] == sorted(each.at for each in baskets.baskets)


def test_a_table_of_another_version_is_refused(tmp_path):
    (tmp_path / columns.ABOUT).write_text('{"version": 0}')

    for broken in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError, match="dvc repro replay"):
            ReplayBaskets.read(broken, (), lambda _: frozenset())
