"""A draft names no value that may be personal, neither in the mapping nor in its comments."""

from pathlib import Path

from data.drafting.written import condition, hidden, kept, listed
from tests.data.drafting.files import Drafted
from tests.data.drafting.returns.test_outcomes import LINES, returned

PERSONAL = "held for Anna Schmidt"


def test_values_are_listed_by_their_shapes_where_they_may_be_personal() -> None:
    assert listed(["done", PERSONAL]) == "done, <personal: aaaa aaa aaaa aaaaaaa>"
    assert kept(["done", PERSONAL]) == ["done"]
    assert hidden(["done", PERSONAL], "read as OTHER") == "; not written: 1 that may be personal, read as OTHER"
    assert hidden(["done"], "read as OTHER") == ""


def test_a_condition_names_the_other_values_in_place_of_personal_ones() -> None:
    assert condition("state", ["void"], ["void", "done"]) == ({"column": "state", "is": ["void"]}, "")
    test, more = condition("state", ["void", PERSONAL], ["void", PERSONAL, "done"])
    assert test == {"column": "state", "is_not": ["", "done"]}
    assert "may be personal" in more


def test_a_condition_asks_where_it_can_name_neither() -> None:
    test, more = condition("state", ["void", PERSONAL], ["void", PERSONAL, "for Maria Koch"])
    assert test == {"column": "state", "is": ["void"]}
    assert "not written: 1 that may be personal" in more


def test_states_and_reasons_of_returns_are_not_written_where_they_are_personal(tmp_path: Path) -> None:
    found = returned(tmp_path, "status,reason", "done,too small", "waiting for Maria Koch,too small", "done,too small")

    assert "whatever status says: done, <personal" in found.text
    assert "Koch" not in found.text + found.printed


def test_rejected_returns_are_left_out_without_their_names(tmp_path: Path) -> None:
    found = returned(tmp_path, "status", "done", "rejected by Maria Koch", "done")

    assert found.yaml["returns"]["leave_out"] == {"not back by status": {"column": "status", "is_not": ["", "done"]}}
    assert "2 lines came back" in found.printed
    assert "Koch" not in found.text + found.printed


def test_a_flag_with_a_name_has_an_unknown_outcome_and_is_asked(tmp_path: Path) -> None:
    states = ("Returned", "yes", "no", PERSONAL)
    content = "\n".join(f"{row},{state}" for row, state in zip(LINES.split(), states, strict=True))
    found = Drafted(tmp_path, orders_csv=f"{content}\n")

    assert found.yaml["returns"]["flag"] == {"column": "Returned", "returned": ["yes"], "kept": ["no"]}
    assert "not written: 1 that may be personal, of an unknown outcome" in found.text
    assert "1 have an unknown outcome" in found.printed
    assert "Schmidt" not in found.text + found.printed
