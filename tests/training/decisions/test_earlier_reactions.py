"""How a customer took what was shown before, from events and from the lines of a log."""

import pytest

from data.logged.decisions import Did
from data.times import MICROSECONDS_PER_DAY
from tests.training.decisions.experiment.written_shop import at, contact, decision, reaction
from training.decisions.earlier_reactions import REACTED_DAYS, EarlierReactions, Seen, earlier, from_log


def test_what_lies_long_back_or_ahead_does_not_count() -> None:
    now = at(400)
    seen = [Seen(now - (REACTED_DAYS * MICROSECONDS_PER_DAY), now), Seen(at(399), now), Seen(at(401))]
    assert earlier(seen, now) == EarlierReactions(1, 1)


def test_a_share_of_little_is_drawn_to_the_usual_one() -> None:
    assert EarlierReactions(0, 0).dismissed_share == pytest.approx(0.4)
    assert EarlierReactions(3, 3).dismissed_share == pytest.approx((3 + 1.2) / 6)


def test_a_reaction_counts_for_later_decisions_of_its_unit_and_twice_as_once() -> None:
    rows = [
        decision(decision_id="d1", decided_at=at(1), action="hint", chosen="hint"),
        reaction("d1", Did.SHOWN, at(1)),
        decision(decision_id="d2", decided_at=at(2), action="hint", chosen="hint"),
        reaction("d1", Did.DISMISSED, at(2)),
        reaction("d1", Did.DISMISSED, at(2)),
        reaction("d2", Did.ACCEPTED, at(2)),
        decision(decision_id="d3", decided_at=at(3), unit="c"),
        decision(decision_id="d4", decided_at=at(3), unit="another"),
    ]
    found = from_log(rows)
    assert [tuple(found[name]) for name in ("d1", "d2", "d3", "d4")] == [(0, 0), (1, 0), (2, 1), (0, 0)]


def test_what_became_of_a_basket_shows_nothing_to_be_seen() -> None:
    rows = [
        decision(decision_id="d1", decided_at=at(1), action="hint", chosen="hint"),
        reaction("d1", Did.CHANGED, at(1)), reaction("d1", Did.ABANDONED, at(1)), reaction("none", Did.SHOWN, at(1)),
        decision(decision_id="d2", decided_at=at(2)),
    ]  # fmt: skip
    assert from_log(rows)["d2"] == EarlierReactions(0, 0)


def test_contacts_among_the_lines_are_no_reactions() -> None:
    rows = [
        contact("call", at(0), customer="b"),
        decision(decision_id="d1", decided_at=at(1), action="hint", chosen="hint"), reaction("d1", Did.SHOWN, at(1)),
        contact("letter", at(1), order_id="o"),
        decision(decision_id="d2", decided_at=at(2)),
    ]  # fmt: skip
    assert from_log(rows) == {"d1": EarlierReactions(0, 0), "d2": EarlierReactions(1, 0)}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("accepted_on", "dismissed"), [(1, 0), (2, 0), (3, 1)])
def test_what_was_accepted_before_it_was_closed_is_not_dismissed_in_any_order_of_arrival(
    *, swapped: bool, accepted_on: int, dismissed: int
) -> None:
    done = [reaction("d1", Did.DISMISSED, at(2)), reaction("d1", Did.ACCEPTED, at(accepted_on))]
    taken = [{**each, "taken_at": at(4) + place} for place, each in enumerate(reversed(done) if swapped else done)]
    rows = [
        decision(decision_id="d1", decided_at=at(1), action="hint", chosen="hint"), *taken,
        decision(decision_id="d2", decided_at=at(5)),
    ]  # fmt: skip
    assert from_log(rows)["d2"] == EarlierReactions(1, dismissed)


def test_what_an_earlier_version_wrote_down_of_a_dismissal_still_counts() -> None:
    assert [Seen.of(5, known).dismissed for known in (True, False)] == [True, False]
    assert Seen.of(*Seen(5, 7, 6)) == Seen(5, 7, 6)
