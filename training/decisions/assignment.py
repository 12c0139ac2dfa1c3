"""The draw of a unit's arm: a keyed hash, so that the same customer is always in the same arm, whatever the model."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from data.logged.decisions import HOLDOUT, POLICY

BITS: Final = 53
"""So many bits of the hash make the number: as many as a float holds exactly."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The arm of a unit, and the share of all units in it."""

    name: str
    share: float


def draw(draw_key: str, unit: str, holdout_share: float) -> Arm:
    """Draw the arm of ``unit`` by HMAC-SHA256 (RFC 2104).

    A larger holdout keeps all units of a smaller one, so that the share may grow while an experiment runs.
    """
    drawn = uniform(draw_key, unit)
    return Arm(HOLDOUT, holdout_share) if drawn < holdout_share else Arm(POLICY, 1 - holdout_share)


def uniform(key: str, unit: str) -> float:
    """Give a number in [0, 1) that is uniform over units, and always the same for the same key and unit."""
    hashed = hmac.digest(key.encode(), unit.encode(), hashlib.sha256)
    number = int.from_bytes(hashed[:8], "big") >> (64 - BITS)
    return float(number) / float(1 << BITS)
