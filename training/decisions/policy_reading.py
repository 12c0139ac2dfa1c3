"""Reads the file of a policy, and those of its challengers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from data import yaml_text
from data.errors import UserError
from data.params import Section
from training.decisions.policy import Policy
from training.decisions.policy_faults import faults

EXAMPLE: Final = "data/policies/fashion.yaml"
SHOWN: Final = ("kind", "cost", "texts")
"""What a customer notices of an action, and what it costs."""


class DecisionParams(Section):
    """The section ``decisions`` of params.yaml; ``policy``: the path of the file, None for a shop without a policy."""

    policy: str | None


@dataclass(frozen=True)
class ReadPolicy:
    """A policy, and ``digest``: 16 hexadecimal digits of its content, which comments and layout do not change.

    ``challengers``: the policies of challengers that have a file of their own, by arm; the digest covers them, too.
    ``files``: those that were read beside the policy's own.
    """

    policy: Policy
    digest: str
    challengers: Mapping[str, Policy] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policy, and those of its challengers."""
        return (self.policy, *self.challengers.values())


def read_policy(path: Path) -> ReadPolicy:
    """Read the policy in ``path``, and those of its challengers.

    Raises
    ------
    UserError
        A file is missing, is not YAML, or has a key that is unknown, missing or out of range; or a challenger's file
        has arms of its own, or another action of the same name.
    """
    policy = _read(path)
    files = {each.name: path.parent / each.policy for each in policy.challengers if each.policy is not None}
    challengers = {name: _challenger(policy, _read(file), file) for name, file in files.items()}
    digest = hashlib.sha256()
    for each in (policy, *challengers.values()):
        digest.update(_text(each).encode())
    return ReadPolicy(policy, digest.hexdigest()[:16], challengers, tuple(files.values()))


def _text(policy: Policy) -> str:
    """The content as JSON. What was added to policies later is left out where it is not used: digests stay."""
    explores = policy.exploration
    added = explores is not None and explores.learned is None
    return policy.model_dump_json(exclude={"exploration": {"learned"}} if added else None)


def _read(path: Path) -> Policy:
    fix = f"correct it; {EXAMPLE} is an example with a comment at each key"
    try:
        content = yaml_text.parse(path.read_text(encoding="utf-8"), str(path))
        return Policy.model_validate(content)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise UserError(expected=f"a policy in {path}", found=found, fix=f"copy {EXAMPLE}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = " ".join(str(error).split())
        raise UserError(expected=f"{path} to be YAML", found=found, fix="correct the line named above") from None
    except ValidationError as error:
        raise UserError(expected=f"a policy in {path}", found="; ".join(faults(error, content)), fix=fix) from None


def _challenger(policy: Policy, challenger: Policy, path: Path) -> Policy:
    """Check that a challenger has no arms of its own, and that the log can tell its actions from the policy's."""
    if challenger.exploration is not None or challenger.challengers:
        raise UserError(
            expected=f"no arms in {path}, which is the policy of a challenger",
            found="exploration or challengers",
            fix="write them into the policy that names the challenger",
        )
    own = {action.name: action for action in policy.actions}
    for action in challenger.actions:
        other = own.get(action.name, action)
        if differing := [name for name in SHOWN if getattr(action, name) != getattr(other, name)]:
            raise UserError(
                expected=f"the action {action.name} in {path} to be that of the policy: the log has its name alone",
                found=f"another {', '.join(differing)}",
                fix="give it another name",
            )
    return challenger
