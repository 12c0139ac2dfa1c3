"""What a checkout may tell a customer: the texts of an action, filled with figures of the basket."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.errors import UserError
from training.decisions.basket import ScoredBasket
from training.decisions.choosing import Candidate
from training.decisions.policy import Policy
from training.decisions.policy_reading import ReadPolicy, read_policy

NAMES: Final = {
    "size": "the size of the line",
    "other_size": "the size in which it would come back least",
    "sizes": "the sizes of this product in the basket",
    "percent": "how many in a hundred such lines come back",
    "percent_then": "how many would in the other size",
}
"""The names that texts may have in braces, and what stands for them."""
NEEDS: Final = {"other_size": "other_size", "percent_then": "other_size", "sizes": "bracket"}
"""The condition under `lines` that a name needs, without which it would have no value."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The ``texts`` of a candidate by language, and the ``size`` that it advises; None where it advises none."""

    texts: Mapping[str, str]
    size: str | None


def read_usable(path: Path) -> ReadPolicy:
    """Read the policy in ``path``, whose texts can be filled; raises as `read_policy` and `check` do."""
    read = read_policy(path)
    for policy in read.policies:
        check(policy)
    return read


def check(policy: Policy) -> None:
    """Refuse texts that can't be filled.

    Raises
    ------
    UserError
        A text has a name in braces that there is not, or whose value the action's conditions don't make sure of.
    """
    for action in policy.actions:
        for language, text in action.texts.items():
            for name in _names(text, f"actions.{action.name}.texts.{language}"):
                if name not in NAMES:
                    raise _refused(action.name, language, f"{{{name}}}", f"use one of {', '.join(NAMES)}")
                need = NEEDS.get(name)
                if need is not None and not getattr(action.lines, need):
                    found = f"{{{name}}} without the condition lines.{need}"
                    raise _refused(action.name, language, found, f"add lines.{need}, or leave the name out")


def advise(candidate: Candidate, basket: ScoredBasket) -> Advice:
    """Fill the texts of a candidate with the figures of the line, among those it is about, likeliest to come back."""
    about = [basket.lines[place] for place in candidate.lines]
    line = max(about, key=lambda each: each.probability)
    same = (other.size for other in basket.lines if other.product_id == line.product_id and other.size is not None)
    size, then = line.other_size or (None, line.probability)
    values = {
        "size": (line.size or "").upper(),
        "other_size": (size or "").upper(),
        "sizes": ", ".join(each.upper() for each in dict.fromkeys(same)),
        "percent": f"{100 * line.probability:.0f}",
        "percent_then": f"{100 * then:.0f}",
    }
    advised = size if candidate.action.lines.other_size else None
    return Advice({language: text.format_map(values) for language, text in candidate.action.texts.items()}, advised)


def _names(text: str, place: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise UserError(
            expected=f"a text in {place} with names in braces",
            found=f"{text!r}: {error}",
            fix="close each brace; a brace that is meant to be shown is written twice",
        ) from None


def _refused(action: str, language: str, found: str, fix: str) -> UserError:
    return UserError(expected=f"names in actions.{action}.texts.{language} that have a value", found=found, fix=fix)
