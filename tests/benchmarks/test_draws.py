import pytest

from tests.benchmarks.draws import Found, draws, fit


@pytest.fixture(scope="module")
def drawn() -> tuple[Found, list[dict[str, float]]]:
    return draws(15_000)


def test_outcomes_come_out_as_often_as_their_propensities_say_and_none_without_one(
    drawn: tuple[Found, list[dict[str, float]]],
) -> None:
    found, chances = drawn

    assert (found.without_chance, found.holdout_moved) == (0, 0)
    assert found.worst_sum < 1e-12
    assert fit(found, chances)[0] > 1e-3


def test_propensities_that_are_wrong_are_noticed(drawn: tuple[Found, list[dict[str, float]]]) -> None:
    found, chances = drawn
    wrong = [{name: chance * (1.5 if name == "hint" else 0.8) for name, chance in each.items()} for each in chances]

    assert fit(found, wrong)[0] < 1e-3
