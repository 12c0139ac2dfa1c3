"""The shadow in the registry: the version that scores beside the champion, what for, and how that ends.

A challenger comes into shadow by hand or from a retraining. After a promotion the former champion takes its place, to
come back if the new one proves worse. Each change is recorded with its reason (`training.registry.alias_history`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from data.errors import UserError
from data.params import Section
from training.registry import alias_history
from training.registry.alias_history import LONGEST_REASON, AliasChange, Cause, ShadowRole
from training.registry.mlflow_registry import CHALLENGER, CHAMPION, Registry, Version

Nats = Annotated[float, Field(ge=0, le=0.05)]


class ShadowParams(Section):
    """The section ``shadow`` of params.yaml."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    least_days: Annotated[int, Field(ge=0, le=3650)]
    least_lines: Annotated[int, Field(ge=1, le=100_000_000)]
    gain: Nats
    tolerance: Nats
    former_days: Annotated[int, Field(ge=0, le=3650)]
    act: bool
    retrained: bool


@dataclass(frozen=True)
class InShadow:
    """The version in shadow, what for, and since when (UTC); None where the alias was moved outside this project."""

    version: Version
    role: ShadowRole
    since: datetime | None


def in_shadow(registry: Registry, name: str) -> InShadow | None:
    """Look up the version in shadow; None where there is none, or where it is the champion."""
    holder, champion = registry.holder(name, CHALLENGER), registry.holder(name)
    if holder is None or (champion is not None and champion.number == holder.number):
        return None
    history = registry.history(name, CHALLENGER)
    last = history[-1] if history and history[-1].version == holder.number else None
    role = ShadowRole.FORMER if last is not None and last.cause is Cause.FORMER else ShadowRole.CHALLENGER
    return InShadow(holder, role, None if last is None else datetime.fromisoformat(last.at))


def enter(registry: Registry, name: str, number: int, why: str, cause: Cause = Cause.BY_HAND) -> AliasChange:
    """Put a version into the shadow, in place of the one that is there.

    Raises
    ------
    UserError
        There is no such version, it is the champion, it is in shadow already, or no reason is given.
    """
    for alias, what in ((CHAMPION, CHAMPION), (CHALLENGER, "version in shadow")):
        holder = registry.holder(name, alias)
        if holder is not None and holder.number == number:
            raise UserError(
                expected=f"another version of {name} than its {what}",
                found=f"version {number}, which is the {what}",
                fix="do nothing, or name another version",
            )
    return registry.move_alias(name, number, why, cause, CHALLENGER)


def leave(registry: Registry, name: str, why: str, cause: Cause = Cause.BY_HAND) -> AliasChange:
    """Take the version that is in shadow out of it.

    Raises
    ------
    UserError
        There is none, or no reason is given.
    """
    if registry.holder(name, CHALLENGER) is None:
        raise UserError(
            expected=f"a version of {name} in shadow",
            found="none",
            fix=f"do nothing; python -m training.champion --model {name} shadow VERSION --why … puts one there",
        )
    return registry.take_alias(name, why, cause, CHALLENGER)


def keep_former(registry: Registry, former: Version | None, chosen: ShadowParams) -> AliasChange | None:
    """Let the ``former`` champion go on in shadow after a promotion; None where there was none, or it is not to."""
    if former is None or not chosen.former_days:
        return None
    why = f"the champion before goes on in shadow for {chosen.former_days} days, to come back if the new one is worse"
    return registry.move_alias(former.name, former.number, why, Cause.FORMER, CHALLENGER)


def succeed(registry: Registry, shadow: InShadow, why: str, chosen: ShadowParams) -> AliasChange:
    """Make the challenger in shadow champion; the former champion goes on in shadow."""
    name, former = shadow.version.name, registry.champion(shadow.version.name)
    change = registry.move_alias(name, shadow.version.number, why[:LONGEST_REASON], Cause.PROVEN)
    if keep_former(registry, former, chosen) is None:
        leave(registry, name, "it is the champion now", Cause.ENDED)
    return change


def come_back(registry: Registry, shadow: InShadow, why: str) -> AliasChange:
    """Give the alias back to the former champion in shadow, and end the shadow."""
    name = shadow.version.name
    change = registry.move_alias(name, shadow.version.number, why[:LONGEST_REASON], Cause.ROLLED_BACK)
    leave(registry, name, "it is the champion again", Cause.ENDED)
    return change


def tidy(registry: Registry, name: str) -> AliasChange | None:
    """End a shadow whose version is the champion: a rollback by hand, or a change that broke off, leaves one."""
    holder, champion = registry.holder(name, CHALLENGER), registry.holder(name)
    if holder is None or champion is None or champion.number != holder.number:
        return None
    return leave(registry, name, "it is the champion", Cause.ENDED)


def was_withdrawn(registry: Registry, version: Version) -> str | None:
    """Why a version may not become champion by itself: it was rolled back, or did not pass the gate; None: it may."""
    back = alias_history.withdrawn(registry.history(version.name), version.number)
    if back is not None:
        return f"this same bundle was rolled back at {back.at} ({back.why})"
    gate = version.tags.get("gate")
    return None if gate in {None, "passed"} else f"the gate said {gate!r} of it"
