"""The champion, on the command line: show it, list its history, decide on a candidate, or move the alias by hand.

``make promote``, ``make rollback``, ``make champion`` and ``make history`` run it.
"""

import argparse
import textwrap
from collections.abc import Sequence

from data import params
from data.errors import UserError
from data.stage import run
from training.registry import alias_history, mlflow_registry, shadow
from training.registry.alias_history import WIDTH, AliasChange, Cause
from training.registry.mlflow_registry import CHALLENGER, CHAMPION, Registry, Version
from training.registry.names import model_name
from training.registry.promote import FILE, Outcome, of_last_run, promote_first
from training.registry.promote import promote as decide_on
from training.registry.shadow import ShadowParams


def rollback(registry: Registry, name: str, why: str) -> AliasChange:
    """Give the alias back to the version that held it before. Each further call goes one version further back.

    Raises
    ------
    UserError
        There is no champion, none before it, or no reason given.
    """
    holder = registry.champion(name)
    holders = alias_history.holders(registry.history(name), holder.number)
    if len(holders) < 2:
        raise UserError(
            expected=f"a version of {name} that was {CHAMPION} before version {holder.number}",
            found="none in the record",
            fix=_instead(name, [each for each in registry.numbers(name) if each != holder.number]),
        )
    return registry.move_alias(name, holders[-2], why, Cause.ROLLED_BACK)


def _instead(name: str, others: Sequence[int]) -> str:
    """Say what to do where no rollback is possible; ``others``: the numbers of the versions that could be promoted."""
    if others:
        numbers = ", ".join(map(str, others))
        command = f'python -m training.champion --model {name} promote VERSION --why "…"'
        return f"give the alias to another version ({numbers}): {command}"
    return (
        "there is no other version: to stop learned effects, take their challenger out of the policy's file"
        " (docs/how-to/learn-a-policy.md); to replace a model, register another (make repro)"
    )


def promote(registry: Registry, name: str, number: int, why: str) -> AliasChange:
    """Give the alias to a version by hand.

    Raises
    ------
    UserError
        There is no such version, it has the alias already, or no reason is given.
    """
    holder = registry.holder(name)
    if holder is not None and holder.number == number:
        raise UserError(
            expected=f"another version of {name} than its {CHAMPION}",
            found=f"version {number}, which is the {CHAMPION}",
            fix="do nothing, or name another version",
        )
    return registry.move_alias(name, number, why, Cause.BY_HAND)


def show(registry: Registry, name: str) -> str:
    """Describe the champion, one fact a line."""
    version = registry.champion(name)
    history = registry.history(name)
    facts = {"model": name, "version": str(version.number), "run": version.run_id, **dict(sorted(version.tags.items()))}
    width = max(map(len, facts))
    lines = [f"{key.ljust(width)}  {value}" for key, value in facts.items()]
    return "\n".join([*lines, *_unrecorded(history, version)])


def history(registry: Registry, name: str) -> str:
    """Lay out every recorded change of the alias, oldest first, and below it those of the shadow."""
    changes = registry.history(name)
    if not changes:
        return f"no version of {name} has been {CHAMPION} yet"
    beside = registry.history(name, CHALLENGER)
    below = [f"\n{CHALLENGER}, in shadow:", alias_history.table(beside)] if beside else []
    return "\n".join([alias_history.table(changes), *_unrecorded(changes, registry.holder(name)), *below])


def _unrecorded(changes: list[AliasChange], holder: Version | None) -> list[str]:
    """Warn where the registry and the record disagree on which version holds the alias."""
    recorded = changes[-1].version if changes else None
    actual = None if holder is None else holder.number
    if recorded == actual:
        return []
    where = "no version" if actual is None else f"version {actual}"
    return [f"the alias is on {where}: it was moved outside this project, or the last change broke off"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.champion", description=__doc__)
    parser.add_argument("--model", help="the registered model; without it, that of the shop in params.yaml")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="the champion: its version, run and tags")
    commands.add_parser("history", help="every change of the alias: who, when, from which version, to which, and why")
    contest = commands.add_parser("challenge", help="decide by figures whether a candidate becomes champion")
    contest.add_argument("version", type=int, nargs="?", help="its number; without it, that of the last run")
    contest.add_argument("--first", action="store_true", help="do so only where there is no champion yet")
    back = commands.add_parser("rollback", help="give the alias to the version that held it before")
    hand = commands.add_parser("promote", help="give the alias to a version by hand")
    hand.add_argument("version", type=int, help="its number")
    inside = commands.add_parser("shadow", help="let a version score beside the champion; it answers nobody")
    inside.add_argument("version", type=int, nargs="?", help="its number; without it, that of the last run")
    inside.add_argument("--retrained", action="store_true", help="record that a retraining made it")
    outside = commands.add_parser("end-shadow", help="take the version in shadow out of it")
    for command in (back, hand, inside, outside):
        command.add_argument("--why", required=True, help="the reason, for the record")
    return parser.parse_args()


def main() -> None:
    """Run the command that the arguments name."""
    given = _arguments()
    name = given.model or model_name()
    if given.command == "challenge" and given.first:
        if (first := promote_first(mlflow_registry.connect, name)) is not None:
            print(_decided(first))
        return
    registry = mlflow_registry.connect()
    match given.command:
        case "show":
            print(show(registry, name))
        case "history":
            print(history(registry, name))
        case "challenge":
            print(_decided(decide_on(registry, name, given.version)))
        case "rollback":
            print(_as_text(name, rollback(registry, name, given.why)))
        case "promote":
            print(*[_as_text(name, each) for each in _promoted(registry, name, given.version, given.why)], sep="\n")
        case "shadow":
            print(_into_shadow(registry, name, given))
        case _:
            print(_as_text(name, shadow.leave(registry, name, given.why)))


def _decided(outcome: Outcome) -> str:
    version = outcome.version
    lines = f"{version.name} version {version.number} {outcome.said}".split("; ")
    shown = [*lines, f"{FILE} has the figures"] if outcome.decided else lines
    return "\n".join(_in_width(line, "  " if number else "") for number, line in enumerate(shown))


def _in_width(line: str, indent: str) -> str:
    return textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent="    ", break_on_hyphens=False)


def _into_shadow(registry: Registry, name: str, given: argparse.Namespace) -> str:
    """Put a version into shadow; one of a retraining that is there already, or has no champion yet, is no mistake."""
    number = of_last_run(registry, name).number if given.version is None else given.version
    if not given.retrained:
        return _as_text(name, shadow.enter(registry, name, number, given.why))
    if registry.holder(name) is None:
        return _decided(decide_on(registry, name, number))
    for alias in (CHAMPION, CHALLENGER):
        holder = registry.holder(name, alias)
        if holder is not None and holder.number == number:
            return f"{name} version {number} is the {alias} already: the same bundle"
    return _as_text(name, shadow.enter(registry, name, number, given.why, Cause.RETRAINED))


def _promoted(registry: Registry, name: str, number: int, why: str) -> list[AliasChange]:
    """Promote by hand; the former champion of the shop's model goes on in shadow."""
    former, change = registry.holder(name), promote(registry, name, number, why)
    if name != model_name():  # learned effects: no shadow scores with them
        return [change]
    kept = shadow.keep_former(registry, former, params.load("shadow", ShadowParams))
    return [change] if kept is None else [change, kept]


def _as_text(name: str, change: AliasChange) -> str:
    now, before = ("no version" if each is None else f"version {each}" for each in (change.version, change.previous))
    said = f"{name}: {change.alias} is {now} now, and was {before} ({change.cause}: {change.why})"
    return _in_width(said, "")


if __name__ == "__main__":
    run(main)
