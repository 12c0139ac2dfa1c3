import pytest

from data.schema import Reason
from tests.training.decisions.examples import COSTS, action, basket, line, policy
from training.decisions.basket import segment_of
from training.decisions.choosing import NO_INTERVAL, Chooser
from training.decisions.policy import Segment
from training.decisions.profit import UNREASONED

SURE = {"returns": {"mean": -0.1, "spread": 0}, "source": "a test"}
MILD = {"returns": {"mean": -0.05, "spread": 0}, "source": "a test"}
DOUBTFUL = {"returns": {"mean": -0.3, "spread": 0.3}, "source": "a test"}
HARMFUL = {"returns": {"mean": 0.2, "spread": 0}, "source": "a test"}
STYLE_ONLY = {"returns": {"STYLE": {"mean": -0.1, "spread": 0}}, "source": "a test"}


def chooser(*actions: object, **changes: object) -> Chooser:
    return Chooser(policy(*actions, **changes), COSTS)  # type: ignore[arg-type]


def test_the_action_that_adds_most_is_chosen_among_those_beyond_doubt() -> None:
    own = chooser(action("mild", effects=MILD), action("sure", effects=SURE), action("doubtful", effects=DOUBTFUL))

    choice = own.choose(basket())

    assert [each.action.name for each in choice.ranked] == ["sure", "mild"]
    assert choice.chosen is choice.ranked[0]
    assert [each.action.name for each in choice.doubtful] == ["doubtful"]


def test_where_every_action_may_do_harm_nothing_is_chosen() -> None:
    choice = chooser(action("doubtful", effects=DOUBTFUL), action("harmful", effects=HARMFUL)).choose(basket())

    assert choice.chosen is None
    assert len(choice.doubtful) == 2


def test_of_two_that_add_the_same_the_one_that_is_listed_first_is_chosen() -> None:
    chosen = chooser(action("b", effects=SURE), action("a", effects=SURE)).choose(basket()).chosen

    assert chosen is not None
    assert chosen.action.name == "b"


def test_a_score_whose_interval_means_nothing_leads_to_nothing() -> None:
    choice = chooser().choose(basket(level=None))

    assert choice.chosen is None
    assert choice.ruled_out == {"hint": NO_INTERVAL}


def test_an_action_for_single_reasons_is_ruled_out_where_none_are_recorded() -> None:
    choice = chooser(action(effects=STYLE_ONLY)).choose(basket(line(reasons=None)))

    assert choice.ruled_out == {"hint": UNREASONED}


@pytest.mark.parametrize(
    ("condition", "fits", "fails"),
    [
        ({"probability": {"least": 0.3}}, line(0.4), line(0.2)),
        ({"value_minor": {"least": 1000, "most": 2000}}, line(value=1500.0), line(value=2500.0)),
        ({"categories": ["Dresses"]}, line(category="dresses"), line(category="shoes")),
        ({"departments": ["fashion"]}, line(department="fashion"), line()),
        ({"reasons": {"of": ["STYLE"], "least": 0.15}}, line(0.4), line(0.3)),
        ({"reasons": {"of": ["STYLE"], "least": 0.1}}, line(0.4), line(0.4, reasons=None)),
        ({"features": {"product_lines": {"most": 9}}}, line(features={"product_lines": 9.0}), line(features={})),
        (
            {"features": {"product_lines": {"most": 9}}},
            line(features={"product_lines": 1.0}),
            line(features={"product_lines": float("nan")}),
        ),
        ({"faults": ["COLOR"]}, line(faults=frozenset({Reason.COLOR})), line(faults=frozenset({Reason.STYLE}))),
        ({"drivers": ["bracketing"]}, line(drivers=("size", "bracketing")), line(drivers=("size",))),
        ({"other_size": True}, line(other_size=("l", 0.2)), line()),
    ],
)
def test_an_action_is_about_the_lines_for_which_its_conditions_hold(
    condition: dict[str, object], fits: object, fails: object
) -> None:
    own = chooser(action(lines=condition, effects=SURE))

    both = own.choose(basket(fails, fits)).chosen  # type: ignore[arg-type]
    assert both is not None
    assert both.lines == (1,)
    assert own.choose(basket(fails)).ruled_out == {"hint": next(iter(condition))}  # type: ignore[arg-type]


def test_a_bracket_is_the_same_product_in_another_size_or_color() -> None:
    sizes, colors = (chooser(action(lines={"bracket": kind}, effects=SURE)) for kind in ("size", "color"))
    small, large, other = (line(size="s", color="red"), line(size="l", color="red"), line(product="p2", size="m"))

    chosen = sizes.choose(basket(small, other, large)).chosen
    assert chosen is not None
    assert chosen.lines == (0, 2)
    assert colors.choose(basket(small, other, large)).ruled_out == {"hint": "bracket"}
    assert sizes.choose(basket(small, small)).ruled_out == {"hint": "bracket"}


def test_what_takes_time_is_found_out_only_where_nothing_else_decides() -> None:
    least = {"probability": {"least": 0.5}}
    own = chooser(
        action("size", lines={"other_size": True, **least}), action("driven", lines={"drivers": ["size"], **least})
    )

    assert own.unknown(basket(line(0.4), line(0.6), line(0.7))) == (True, (1, 2))
    assert own.unknown(basket(line(0.4))) == (False, ())
    assert chooser(action()).unknown(basket(line(0.6))) == (False, ())


def test_an_action_reaches_its_segments_only() -> None:
    own = chooser(action(customers=["new"], effects=SURE))

    assert own.choose(basket(segment=Segment.NEW)).chosen is not None
    assert own.choose(basket(segment=Segment.LOST)).ruled_out == {"hint": "customers"}


@pytest.mark.parametrize(
    ("orders", "since", "first", "segment"),
    [
        (0.0, float("nan"), float("nan"), Segment.NEW),
        (1.0, 10.0, 10.0, Segment.NEW),
        (2.0, 10.0, 100.0, Segment.OCCASIONAL),
        (5.0, 10.0, 100.0, Segment.ACTIVE),
        (5.0, 200.0, 400.0, Segment.LAPSING),
        (5.0, 500.0, 900.0, Segment.LOST),
    ],
)
def test_segments_are_those_of_the_product_report(orders: float, since: float, first: float, segment: Segment) -> None:
    features = {
        "customer_orders": orders, "customer_days_since_order": since, "customer_days_since_first_order": first,
    }  # fmt: skip
    limits = {"recent_days": 90, "lapsing_days": 180, "lost_days": 365, "active_orders": 3}

    assert segment_of(features, guest=False, **limits) is segment
    assert segment_of(features, guest=True, **limits) is Segment.GUEST
