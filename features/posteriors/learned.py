"""What was learned by a day: slopes and scales in one record, and each level in one of its own.

The stage ``features`` writes both at the end of its scan, and the online state holds them.
"""

import struct
from dataclasses import dataclass

import numpy as np
import orjson

from data.arrays import Floats
from features.posteriors.covariates import Scales

_LEVEL = struct.Struct("<2d")


@dataclass(frozen=True)
class Learned:
    """The posteriors as ``day`` begins, but for their levels.

    ``day``: in days since 1970, UTC; all outcomes of earlier days have moved them. ``scales``: of the covariates.
    ``slope`` and ``covariance``: as `features.posteriors.state.Posteriors` has them.
    """

    day: int
    scales: Scales
    slope: Floats
    covariance: Floats

    def as_bytes(self) -> bytes:
        """Write it as JSON: every number comes back as it was, and NaN as null."""
        content = {
            "day": self.day,
            "mean": self.scales.mean.tolist(),
            "deviation": self.scales.deviation.tolist(),
            "slope": self.slope.tolist(),
            "covariance": self.covariance.tolist(),
        }
        return orjson.dumps(content)

    @classmethod
    def from_bytes(cls, written: bytes) -> "Learned":
        """Read what `as_bytes` wrote."""
        content = orjson.loads(written)
        mean, deviation, slope, covariance = (
            np.array(content[name], dtype=np.float64) for name in ("mean", "deviation", "slope", "covariance")
        )
        return cls(int(content["day"]), Scales(mean, deviation), slope, covariance)


def write_level(mean: float, variance: float) -> bytes:
    """Write a level: its mean in log-odds, and its variance."""
    return _LEVEL.pack(mean, variance)


def read_level(written: bytes) -> tuple[float, float]:
    """Read what `write_level` wrote."""
    mean, variance = _LEVEL.unpack(written)
    return mean, variance
