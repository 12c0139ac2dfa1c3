"""The examples of policies: what they have, that their texts can be filled, and whom their restrictions spare."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.logged.decisions import Stake
from data.schema import Reason
from tests.training.decisions.examples import COSTS
from training.decisions import rules
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.choosing import Candidate, Chooser
from training.decisions.policy import LANGUAGES, Action, ActionKind, Policy, Segment
from training.decisions.policy_reading import read_policy
from training.decisions.profit import Profit
from training.decisions.texts import NAMES, advise, check

FOLDER = Path(__file__).parents[3] / "data/policies"
SHOPS = ("fashion", "electronics")
SWITCHED_OFF = re.compile(r"^  #\| ?", re.MULTILINE)
CATALOG = Path(__file__).parents[3] / "docs/reference/features.md"


def as_shipped(shop: str) -> Policy:
    return read_policy(FOLDER / f"{shop}.yaml").policy


@cache
def switched_on(shop: str) -> Policy:
    """The example with its restrictions, as its comment says how to switch them on."""
    text = SWITCHED_OFF.sub("  ", (FOLDER / f"{shop}.yaml").read_text(encoding="utf-8"))
    return Policy.model_validate(yaml.safe_load(text.replace("restrictions: false", "restrictions: true")))


def actions(*kinds: ActionKind) -> list[tuple[str, Action]]:
    every = [(shop, action) for shop in SHOPS for action in switched_on(shop).actions]
    return [(shop, action) for shop, action in every if not kinds or action.kind in kinds]


def named(pair: object) -> str | None:
    return f"{pair[0]}-{pair[1].name}" if isinstance(pair, tuple) else None


def fitting(action: Action, *, probability: float = 0.8, **features: float) -> ScoredBasket:
    """A basket that meets the conditions of an action, whose own features ``features`` change."""
    lines = action.lines
    of = lines.reasons.of if lines.reasons is not None else (Reason.UNWANTED,)
    wanted = {
        name: bounds.least if bounds.least is not None else bounds.most for name, bounds in lines.features.items()
    }
    own = {name: float(value) for name, value in wanted.items() if value is not None} | features
    pair = [
        ScoredBasketLine(
            "p1", 80_000.0, probability, probability / 2, (1 + probability) / 2, {of[0].value: probability},
            size=size, color=color, features=own, other_size=("l", 0.31), faults=frozenset(lines.faults or ()),
        )
        for size, color in (("m", "red"), ("xl", "blue"))
    ]  # fmt: skip
    return ScoredBasket(tuple(pair), next(iter(action.customers)), 0.9)


def about(action: Action, basket: ScoredBasket) -> tuple[int, ...]:
    """The lines that an action is about; none where the basket or its customer is none of its."""
    if rules.ruled_out(action, basket) is not None:
        return ()
    checks = [*rules.checks_of(action.lines, late=False), *rules.checks_of(action.lines, late=True)]
    return rules.lines_of(checks, basket)[0]


@pytest.mark.parametrize("shop", SHOPS)
def test_each_example_has_advice_and_offers_and_no_restriction_that_is_switched_on(shop: str) -> None:
    shipped, whole = as_shipped(shop), switched_on(shop)

    assert not shipped.restrictions
    assert {action.kind for action in shipped.actions} == {ActionKind.INFORM, ActionKind.OFFER}
    off = [action for action in whole.actions if action not in shipped.actions]
    assert len(off) == 4
    assert {action.kind for action in off} == {ActionKind.RESTRICT}


def test_both_examples_together_have_the_usual_actions() -> None:
    assert {action.name for _, action in actions()} >= {
        "size_advice", "one_size_enough", "compatibility_check", "delivery_date", "product_caveat",
        "exchange_credit", "keep_discount", "points_for_keeping", "one_parcel",
        "prepayment", "no_invoice", "paid_return", "review_by_person",
    }  # fmt: skip


@pytest.mark.parametrize("shop", SHOPS)
def test_every_feature_that_an_example_names_is_in_the_catalog(shop: str) -> None:
    check(switched_on(shop))
    known = set(re.findall(r"^\| `(\w+)` ", CATALOG.read_text(encoding="utf-8"), re.MULTILINE))

    assert switched_on(shop).features <= known


@pytest.mark.parametrize("pair", actions(), ids=named)
def test_every_text_is_filled_with_figures_of_the_basket_in_each_language(pair: tuple[str, Action]) -> None:
    _, action = pair
    basket = fitting(action)
    lines = about(action, basket)
    values = {"size": "M", "other_size": "L", "sizes": "M, XL", "percent": "80", "percent_then": "31"}

    assert lines
    assert set(values) == set(NAMES)
    texts = advise(Candidate(action, lines, Profit(1, 1, 1), Stake((), 0.0, 0.0, 0.0)), basket).texts
    assert set(texts) == set(LANGUAGES)
    for language in LANGUAGES:
        text, template = texts[language], dict(action.texts)[language]
        names = set(re.findall(r"\{(\w+)\}", template))
        assert names == set(re.findall(r"\{(\w+)\}", action.texts["en"]))
        assert not re.search(r"[{}]", text)
        for name in names:
            assert values[name] in text


@pytest.mark.parametrize("pair", actions(ActionKind.RESTRICT), ids=named)
@given(
    segment=st.sampled_from([Segment.OCCASIONAL, Segment.ACTIVE]),
    probability=st.floats(0.6, 0.99),
    settled=st.floats(20, 1000),
    returned=st.floats(0, 0.8) | st.just(float("nan")),
)
def test_no_restriction_reaches_a_customer_who_keeps_a_fifth_however_high_the_score(
    pair: tuple[str, Action], segment: Segment, probability: float, settled: float, returned: float
) -> None:
    _, action = pair
    of = fitting(
        action, probability=probability, customer_settled_lines=settled, customer_returned_value_share=returned
    )

    assert about(action, ScoredBasket(of.lines, segment, 0.9)) == ()


@pytest.mark.parametrize("pair", actions(ActionKind.RESTRICT), ids=named)
@given(segment=st.sampled_from([Segment.GUEST, Segment.NEW]), probability=st.floats(0.01, 0.99))
def test_no_restriction_reaches_guests_and_new_customers(
    pair: tuple[str, Action], segment: Segment, probability: float
) -> None:
    _, action = pair
    of = fitting(action, probability=probability, customer_settled_lines=1e6, customer_returned_value_share=1)

    assert about(action, of) or probability < 0.6
    assert about(action, ScoredBasket(of.lines, segment, 0.9)) == ()


def profit_of(shop: str, name: str, segment: Segment) -> Profit:
    """What an action should add to a basket that fits it, of two lines of 100 euros each."""
    (action,) = [action for action in switched_on(shop).actions if action.name == name]
    lines = tuple(replace(line, value_minor=10_000.0) for line in fitting(action).lines)
    choice = Chooser(switched_on(shop), COSTS).choose(ScoredBasket(lines, segment, 0.9))
    (found,) = [each for each in (*choice.ranked, *choice.doubtful) if each.action == action]
    return found.profit


@pytest.mark.parametrize("shop", SHOPS)
def test_a_paid_return_loses_money_as_its_customers_buy_less_later(shop: str) -> None:
    assert profit_of(shop, "paid_return", Segment.ACTIVE).expected < 0
    assert profit_of(shop, "paid_return", Segment.OCCASIONAL).expected < 0


@pytest.mark.parametrize("shop", SHOPS)
def test_an_exchange_credit_does_not_act_before_an_experiment_says_more(shop: str) -> None:
    profit = profit_of(shop, "exchange_credit", Segment.ACTIVE)

    assert profit.low < 0 < profit.high


def test_the_checkout_engineer_finds_each_action_of_the_examples_but_restrictions() -> None:
    page = (CATALOG.parents[1] / "how-to/decide-at-checkout.md").read_text(encoding="utf-8")
    table = page[page.index("| action of the examples |") : page.index("any of the kind `restrict`")]

    assert set(re.findall(r"`(\w+)`", table)) - {"action"} == {
        action.name for _, action in actions(ActionKind.INFORM, ActionKind.OFFER)
    }
