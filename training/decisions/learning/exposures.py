"""Exposures: what was known of baskets, what was done about them with which chance, and what they earned."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints
from data.errors import UserError

NOTHING: Final = ""
"""Stands for no action in arrays of actions."""
FIX: Final = "correct the rows that were given as exposures"


@dataclass(frozen=True, eq=False)
class Exposures:
    """Decisions whose outcome is known, one a row; money is in minor units.

    Parameters
    ----------
    covariates
        Known before the draw; shape (n, k), float64, NaN where unknown.
    action
        What came out of the draw, `NOTHING` for no action; shape (n,), str.
    propensity
        The chance of ``action`` for this row over all draws, above 0, at most 1; shape (n,), float64.
    profit
        What the basket earned, with what its customer bought within the horizon; shape (n,), float64.
    unit
        The cluster: what arms were drawn for; shape (n,), str. Rows of one unit are not independent.
    eligible
        Whether an action could have come out; shape (n, actions), bool, one column an action. `NOTHING` always could.
    stakes
        What actions have at stake, minor units, NaN where they do not fit; shape (n, j). None where it is not known.

    Raises
    ------
    UserError
        The arrays differ in length, a number is none that can be, or an action was done where it was not eligible.
    """

    covariates: pd.DataFrame
    action: np.ndarray
    propensity: Floats
    profit: Floats
    unit: np.ndarray
    eligible: pd.DataFrame
    stakes: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Check what the estimators rely on."""
        _check_lengths(self)
        _check("a propensity above 0, at most 1", (self.propensity > 0) & (self.propensity <= 1), self.propensity)
        _check("a finite profit", np.isfinite(self.profit), self.profit)
        _check("an action that was eligible", could_be(self.action, self.eligible), self.action)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.action)

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of the actions, in the order of the columns of ``eligible``."""
        return tuple(map(str, self.eligible.columns))

    @property
    def known_stakes(self) -> pd.DataFrame:
        """``stakes``, without columns where none is known."""
        return pd.DataFrame(index=range(len(self))) if self.stakes is None else self.stakes

    def take(self, chosen: Bools | Ints) -> "Exposures":
        """Keep the rows ``chosen``, a mask or places."""
        return Exposures(
            self.covariates.iloc[_places(chosen)].reset_index(drop=True),
            self.action[chosen],
            self.propensity[chosen],
            self.profit[chosen],
            self.unit[chosen],
            self.eligible.iloc[_places(chosen)].reset_index(drop=True),
            self.known_stakes.iloc[_places(chosen)].reset_index(drop=True),
        )

    def order(self) -> Ints:
        """The places of the rows in an order that only their content decides; shape (n,)."""
        columns = [self.covariates[name].to_numpy(np.float64) for name in self.covariates.columns]
        text = [np.unique(each.astype(str), return_inverse=True)[1] for each in (self.action, self.unit)]
        return np.lexsort([*columns[::-1], self.profit, self.propensity, *text]).astype(np.int64)

    def folds(self, count: int, seed: int) -> Ints:
        """Deal the units into folds 0 to ``count`` - 1 by a hash of the unit, whatever other units there are; (n,)."""
        return folds_of(self.unit, count, seed)


def folds_of(unit: np.ndarray, count: int, seed: int) -> Ints:
    """Deal the units (n,) into folds 0 to ``count`` - 1 by a hash of the unit, whatever other units there are; (n,)."""
    units, place = np.unique(unit.astype(str), return_inverse=True)
    return np.array([_hashed(each, seed) % count for each in units], dtype=np.int64)[place]


def could_be(action: np.ndarray, eligible: pd.DataFrame) -> Bools:
    """Whether each action is `NOTHING`, or eligible in its row; shape (n,)."""
    found = action == NOTHING
    for name in eligible.columns:
        found |= (action == name) & eligible[name].to_numpy(np.bool_)
    return np.asarray(found, dtype=np.bool_)


def _hashed(unit: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{unit}".encode()).digest()[:8], "big")


def _places(chosen: Bools | Ints) -> Ints:
    return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)


def _check_lengths(given: Exposures) -> None:
    parts = [
        (name, len(getattr(given, name)))
        for name in ("covariates", "action", "propensity", "profit", "unit", "eligible")
    ]
    if len({length for _, length in parts}) > 1:
        found = ", ".join(f"{name} {length}" for name, length in parts)
        raise UserError(expected="exposures of one length", found=found, fix=FIX)


def _check(expected: str, holds: Bools, values: np.ndarray) -> None:
    if not holds.all():
        row = int(np.flatnonzero(~holds)[0])
        raise UserError(expected=f"{expected} in each exposure", found=f"{values[row]!r} in row {row}", fix=FIX)
