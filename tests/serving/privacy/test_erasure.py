"""Erasure of a customer from all logs and from the caps, over what deciders and scorers wrote."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from data.logged.blanking import blank
from data.logged.decisions import DECISIONS, Contact, Did, Reaction
from data.logged.predictions import PREDICTIONS, Prediction
from serving.decisions.caps import Caps
from serving.decisions.log import DecisionLog
from serving.predictions.rotating_file import RotatingFile
from serving.privacy.erasure import SETTLED, Erasures, ToErase
from serving.privacy.noted import NotedErasures
from serving.privacy.person_logs import PersonLogs
from tests.serving.decisions.shop import DAY, NOW, SURE, Shop, customer_in, order
from tests.training.decisions.examples import action

SCORE = Prediction(
    NOW, "r", 0, "b", "hashed-a", NOW, 0, None, 1, "p", None, None, 1, 100, 0.5, 0.4, 0.6, 50.0, "1", NOW
)  # fmt: skip
LATER = NOW + 10 * SETTLED


class Kept:
    """What a shop keeps of two customers who get actions, and of whom one is erased."""

    def __init__(self, folder: Path) -> None:
        self.shop, often = Shop(folder), {"most": 9, "days": 30}
        self.shop.write(action(effects=SURE, per_customer=often), per_customer=often)
        decider = self.shop.decider()
        name = customer_in("policy", decider)
        self.erased, self.other = f"hashed-{name}", "hashed-other"
        self.decisions = {
            who: decider.decide(replace(order(f"b-{who}", who), ordered_at=at), "r", at).outcome
            for who, at in ((name, NOW), ("other", NOW))
        }
        self.name, self.decider, self.log = name, decider, DecisionLog(folder / "log", 10**6)
        for number, who in enumerate((name, "other")):
            self.log.append(Reaction(f"e{number}", self.decisions[who].decision_id, Did.SHOWN, NOW, NOW))
        for number, customer in enumerate((self.erased, self.other, None)):
            self.log.append(Contact(f"c{number}", customer, "o" if customer is None else None, None, NOW, NOW))
        scores = [replace(SCORE, customer=each, scored_at=at) for each, at in (
            (self.erased, NOW), (self.other, NOW), (self.erased, NOW + 1), (None, NOW))]  # fmt: skip
        self.logs = PersonLogs(folder / "scores", folder / "shadow", folder / "log")
        for each in self.logs.of_scores.values():
            RotatingFile(PREDICTIONS, each, 10**6, 9).append([orjson.dumps(asdict(one)) + b"\n" for one in scores])
        self.caps = Caps(lambda: self.shop.store)
        self.noted = NotedErasures(self.caps.store)
        self.now = NOW
        self.erasures = Erasures(self.caps, self.logs, lambda: self.now, pause=0)

    def lines(self) -> list[dict[str, Any]]:
        return list(DECISIONS.read(self.shop.folder / "log"))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_an_erased_customer_is_in_no_log_any_more_nor_among_the_caps_and_others_stay(kept: Kept) -> None:
    before = kept.lines()
    assert kept.caps.past("", kept.erased).of_unit
    kept.erasures.note([ToErase("e", "", kept.erased, NOW)])
    kept.now = LATER

    assert kept.erasures.work_off() == 1

    texts = b"".join(file.read_bytes() for folder in kept.logs for file in folder.iterdir())
    ids = {each["decision_id"] for each in before if each.get("unit") == kept.erased}
    assert not any(each.encode() in texts for each in ids)
    left = [each for each in before if each.get("decision_id") not in ids and each.get("customer") != kept.erased]
    assert kept.lines() == left
    assert left
    for folder in kept.logs.of_scores.values():
        scored = [(each["customer"], each["scored_at"]) for each in PREDICTIONS.read(folder)]
        assert scored == [(kept.other, NOW), (kept.erased, NOW + 1), (None, NOW)]  # that of after the erasure stays
    assert kept.caps.past(f"hashed-basket:b-{kept.name}", kept.erased) == (None, [], ())
    assert kept.caps.of_decisions(ids) == {}
    assert (kept.erasures.work_off(), kept.noted.due()) == (0, [])


def test_what_was_chosen_after_the_erasure_counts_for_the_caps(kept: Kept) -> None:
    kept.decider.decide(order("b-later", kept.name), "r", NOW + 100)
    kept.erasures.note([ToErase("e", "", kept.erased, NOW + 50)])
    kept.now = LATER

    kept.erasures.work_off()

    assert kept.caps.past("", kept.erased).of_unit == [(NOW + 100, "hint")]
    assert kept.caps.past("hashed-basket:b-later", "").of_basket is not None


def test_an_erasure_waits_for_its_time_and_for_lines_on_their_way_and_outlives_a_restart(kept: Kept) -> None:
    kept.erasures.note([ToErase("e", "", kept.erased, NOW + SETTLED)])
    kept.now = NOW + 2 * SETTLED - 1
    assert kept.erasures.work_off() == 0

    kept.now += 1
    again = Erasures(kept.caps, kept.logs, lambda: kept.now, pause=0)

    assert again.work_off() == 1


def test_what_is_noted_anew_meanwhile_stays_due(kept: Kept) -> None:
    kept.erasures.note([ToErase("e", "", kept.erased, NOW)])
    (first,) = kept.noted.due()
    kept.now += 1
    kept.erasures.note([ToErase("e", "", kept.erased, NOW - 5)])

    kept.noted.done([first])

    assert kept.noted.due() == [first._replace(erased_at=NOW - 5, noted_at=NOW + 1)]


def test_the_same_event_again_moves_nothing_and_a_correction_holds_in_its_place(kept: Kept) -> None:
    kept.erasures.note([ToErase("e", "", kept.erased, NOW + DAY)])
    first = kept.noted.due()
    kept.now += SETTLED
    kept.erasures.note([ToErase("e", "", kept.erased, NOW + DAY)])
    assert kept.noted.due() == first
    kept.erasures.note([ToErase("e", "", kept.erased, NOW)])
    kept.now += SETTLED

    assert kept.erasures.work_off() == 1

    assert not kept.caps.past("", kept.erased).of_unit
    assert kept.noted.due() == []


def test_an_erasure_that_lies_ahead_delays_none_that_is_due_and_leaves_contacts_until_then(kept: Kept) -> None:
    kept.erasures.note([ToErase("now", "", kept.erased, NOW), ToErase("later", "", kept.erased, NOW + DAY)])
    kept.now = LATER

    assert kept.erasures.work_off() == 1

    assert not kept.caps.past("", kept.erased).of_unit
    assert [each.event_id for each in kept.noted.due()] == ["later"]
    contact = Contact("c", kept.erased, None, None, LATER, LATER)
    assert kept.erasures.not_erased([contact]) == [contact]


def test_a_basket_that_is_decided_again_while_it_is_erased_leaves_no_line_of_before(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked_again(*arguments: Any) -> None:
        kept.decider.decide(replace(order(f"b-{kept.name}", kept.name), ordered_at=LATER), "r", LATER)
        blank(*arguments)

    monkeypatch.setattr("serving.privacy.erasure.blank", asked_again)
    kept.erasures.note([ToErase("e", "", kept.erased, NOW)])
    kept.now = LATER

    kept.erasures.work_off()

    left = [each["decided_at"] for each in kept.lines() if each.get("unit") == kept.erased]
    assert left
    assert min(left) > NOW


def test_a_contact_of_before_the_erasure_that_is_sent_again_is_left_out_before_and_after_it_is_worked_off(
    kept: Kept,
) -> None:
    contacts = [
        Contact(f"c{number}", customer, None, None, at, LATER)
        for number, (customer, at) in enumerate(
            ((kept.erased, NOW - 1), (kept.erased, NOW), (kept.erased, NOW + 1), (kept.other, NOW), (None, NOW))
        )
    ]
    assert kept.erasures.not_erased(contacts) == contacts
    kept.erasures.note([ToErase("e", "", kept.erased, NOW)])
    assert kept.erasures.not_erased(contacts) == contacts[2:]
    kept.now = LATER

    kept.erasures.work_off()

    assert kept.erasures.not_erased(contacts) == contacts[2:]
    kept.erasures.note([ToErase("e", "", kept.erased, NOW - 9)])  # an earlier one, sent late, moves nothing back
    kept.now += LATER
    kept.erasures.work_off()
    assert kept.erasures.not_erased(contacts) == contacts[2:]


def test_lines_that_are_appended_while_others_are_blanked_stay_whole(tmp_path: Path) -> None:
    file = RotatingFile(DECISIONS, tmp_path, 10**6, 9)
    file.append([b'{"unit":"a","n":1}\n', b'{"unit":"b","n":2}\n'])

    def chosen(record: Any) -> bool:
        file.append([b'{"unit":"a","n":3}\n'])
        return bool(record["unit"] == "a")

    blank(DECISIONS, tmp_path, ['"a"'], chosen)

    assert [each["n"] for each in DECISIONS.read(tmp_path)] == [2, 3]
