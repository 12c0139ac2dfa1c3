"""The draw of a unit's arm: a keyed hash, so that the same customer is always in the same arm, whatever the model."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data.logged.decisions import EXPLORATION, HOLDOUT, OWN_ARMS, POLICY

BITS: Final = 53
"""So many bits of the hash make the number: as many as a float holds exactly."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The arm of a unit, and the share of all units in it."""

    name: str
    share: float


def draw(draw_key: str, unit: str, shares: Mapping[str, float]) -> Arm:
    """Draw the arm of ``unit`` by HMAC-SHA256 (RFC 2104).

    The holdout lies at the lower end of the numbers drawn, exploration above it, and the challengers of ``shares``, in
    their order, lie from the upper end downwards. So the holdout keeps its units whatever the other shares are, a
    larger one keeps those of a smaller one, and a new challenger after the others takes units from the policy alone.
    """
    name = _at(uniform(draw_key, unit), shares)
    return Arm(name, shares[name])


def uniform(key: str, unit: str) -> float:
    """Give a number in [0, 1) that is uniform over units, and always the same for the same key and unit."""
    hashed = hmac.digest(key.encode(), unit.encode(), "sha256")  # by its name, OpenSSL does it in one call
    number = int.from_bytes(hashed[:8], "big") >> (64 - BITS)
    return float(number) / float(1 << BITS)


def _at(drawn: float, shares: Mapping[str, float]) -> str:
    lower, upper = 0.0, 1.0
    for name in (HOLDOUT, EXPLORATION):
        lower += shares.get(name, 0.0)
        if drawn < lower:
            return name
    for name, share in shares.items():
        if name not in OWN_ARMS:
            upper -= share
            if drawn >= upper:
                return name
    return POLICY
