import sys

import pytest

from data.errors import UserError
from training import champion
from training.registry import alias_history, mlflow_registry, shadow
from training.registry.alias_history import Cause
from training.registry.mlflow_registry import Registry

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others
NAME = "return-risk-simulated"


def register(registry: Registry) -> int:
    """A version without a run and a bundle: aliases don't ask for them."""
    if not registry._client.search_registered_models(f"name = '{NAME}'"):
        registry._client.create_registered_model(NAME)
    return int(registry._client.create_model_version(NAME, "file:///nowhere").version)


def give(registry: Registry, number: int) -> None:
    registry.move_alias(NAME, number, "measured", Cause.COMPARED)


def test_rollback_gives_the_alias_back_and_records_who_when_from_to_and_why(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_registry, "actor", lambda: "Ada (ada)")
    for _ in range(2):
        give(registry, register(registry))

    champion.rollback(registry, NAME, "too many\nwarnings")

    assert registry.champion(NAME).number == 1
    last = registry.history(NAME)[-1]
    assert (last.by, last.previous, last.version, last.cause, last.why) == (
        "Ada (ada)",
        2,
        1,
        "rolled back",
        "too many warnings",
    )
    assert last.at.endswith("+00:00")
    assert "v2    v1  rolled back  Ada (ada)  too many warnings" in champion.history(registry, NAME)


def test_a_second_rollback_goes_further_back_and_a_third_has_nowhere_to_go(registry: Registry) -> None:
    for _ in range(3):
        give(registry, register(registry))

    assert champion.rollback(registry, NAME, "why").version == 2
    assert champion.rollback(registry, NAME, "why").version == 1
    with pytest.raises(UserError, match="that was champion before version 1"):
        champion.rollback(registry, NAME, "why")
    assert len(registry.history(NAME)) == 5


def test_a_first_version_can_not_be_rolled_back_and_the_fix_is_one_that_can_be_followed(registry: Registry) -> None:
    give(registry, register(registry))
    with pytest.raises(UserError, match="there is no other version: to stop learned effects, take their challenger"):
        champion.rollback(registry, NAME, "why")

    register(registry)
    with pytest.raises(UserError, match=rf"another version \(2\): .* --model {NAME} promote VERSION"):
        champion.rollback(registry, NAME, "why")
    champion.promote(registry, NAME, 2, "why")


def test_history_survives_a_new_connection_and_never_loses_an_entry(registry: Registry) -> None:
    for _ in range(2):
        give(registry, register(registry))
    before = registry.history(NAME)

    champion.promote(mlflow_registry.connect(), NAME, 1, "by hand")

    after = mlflow_registry.connect().history(NAME)
    assert after[:2] == before
    assert [change.sequence for change in after] == [1, 2, 3]


def test_an_alias_moved_outside_is_shown_and_rolled_back_from(registry: Registry) -> None:
    for _ in range(2):
        register(registry)
    give(registry, 1)
    registry._client.set_registered_model_alias(NAME, "champion", "2")

    assert "the alias is on version 2: it was moved outside this project" in champion.show(registry, NAME)
    assert champion.rollback(registry, NAME, "why").version == 1


def test_an_unknown_version_names_those_there_are(registry: Registry) -> None:
    register(registry)

    with pytest.raises(UserError, match="no version 7; there are 1"):
        champion.promote(registry, NAME, 7, "why")
    assert registry.history(NAME) == []


def test_a_champion_that_is_not_there_is_one_clear_message(registry: Registry) -> None:
    register(registry)

    for ask in (lambda: champion.rollback(registry, NAME, "why"), lambda: champion.show(registry, "unknown")):
        with pytest.raises(UserError, match="with the alias 'champion'"):
            ask()
    assert "has been champion yet" in champion.history(registry, NAME)


@pytest.mark.parametrize("why", ["", " \n", "x" * (alias_history.LONGEST_REASON + 1)])
def test_a_change_without_a_readable_reason_is_refused(registry: Registry, why: str) -> None:
    register(registry)

    with pytest.raises(UserError, match="a reason of 1 to 1000 characters"):
        champion.promote(registry, NAME, 1, why)
    assert registry.holder(NAME) is None


def test_a_promotion_of_the_champion_is_refused(registry: Registry) -> None:
    give(registry, register(registry))

    with pytest.raises(UserError, match="do nothing, or name another version"):
        champion.promote(registry, NAME, 1, "why")


def test_the_commands_work_from_the_command_line(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        give(registry, register(registry))

    monkeypatch.setattr(sys, "argv", ["champion", "rollback", "--why", "shoes"])
    champion.main()
    monkeypatch.setattr(sys, "argv", ["champion", "history"])
    champion.main()

    said = capsys.readouterr().out
    assert "champion is version 1 now, and was version 2 (rolled back: shoes)" in said
    assert len(said.splitlines()) == 5


def test_a_rollback_without_a_reason_says_how_to_give_one(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        give(registry, register(registry))
    monkeypatch.setattr(sys, "argv", ["champion", "rollback", "--why", ""])

    with pytest.raises(UserError, match="give the reason in a sentence"):
        champion.main()

    assert registry.champion(NAME).number == 2


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["champion", *arguments])
    champion.main()


def test_a_version_is_put_into_shadow_and_taken_out_of_it_and_the_history_has_both(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        register(registry)
    give(registry, 1)

    run(monkeypatch, "shadow", "2", "--why", "more leaves")
    with pytest.raises(UserError, match="version 2, which is the version in shadow"):
        run(monkeypatch, "shadow", "2", "--why", "again")
    run(monkeypatch, "end-shadow", "--why", "enough seen")
    with pytest.raises(UserError, match="a version of return-risk-simulated in shadow"):
        run(monkeypatch, "end-shadow", "--why", "again")
    run(monkeypatch, "history")

    said = capsys.readouterr().out
    assert "challenger is version 2 now, and was no version (by hand: more leaves)" in said
    assert "challenger is no version now, and was version 2 (by hand: enough seen)" in said
    below = said.partition("challenger, in shadow:")[2]
    assert below.count("more leaves") == below.count("enough seen") == 1
    assert registry.champion(NAME).number == 1


def test_after_a_promotion_by_hand_the_former_champion_watches_over_the_new_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        register(registry)
    give(registry, 1)

    run(monkeypatch, "promote", "2", "--why", "a sale")

    found = shadow.in_shadow(registry, NAME)
    assert found is not None
    assert (found.version.number, found.role) == (1, "former champion")


def test_a_retraining_puts_its_version_into_shadow_once_and_the_first_of_all_is_champion(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        register(registry)

    for number in ("1", "2", "2", "1"):
        run(monkeypatch, "shadow", number, "--retrained", "--why", "the loss")

    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{NAME} version 1 is the champion now: there was no champion to compare with")
    assert said[-3].startswith(f"{NAME}: challenger is version 2 now, and was no version (retrained: the loss)")
    assert said[-2:] == [
        f"{NAME} version {n} is the {alias} already: the same bundle"
        for n, alias in ((2, "challenger"), (1, "champion"))
    ]
