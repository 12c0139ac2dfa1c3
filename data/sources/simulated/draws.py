"""Random draws that are a pure function of (seed, name, index), independent of the chunks of the work."""

import hashlib

import numpy as np

from data.arrays import Bools, Floats, Ints

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Draws:
    """Independent draws by name and index: the same index under another name is another draw.

    The bits are those of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195) at position ``index``,
    from a start that is a hash of seed and name.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, name: str, index: Ints) -> Floats:
        """Draw uniform numbers in the open interval (0, 1), one for each index."""
        digest = hashlib.blake2b(f"{self._seed}/{name}".encode(), digest_size=8).digest()
        bits = index.astype(np.uint64)
        bits *= _GOLDEN
        bits += np.uint64(int.from_bytes(digest, "little"))
        for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
            bits ^= bits >> np.uint64(shift)
            bits *= factor
        bits ^= bits >> np.uint64(31)
        # 52 bits, not 53: adding 0.5 keeps draws above 0, and must not round the largest draw up to 1.
        return ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def normal(self, name: str, index: Ints) -> Floats:
        """Draw standard normal numbers (Box-Muller), one for each index."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(f"{name}/radius", index)))
        return np.asarray(radius * np.cos(2.0 * np.pi * self.uniform(f"{name}/angle", index)), dtype=np.float64)

    def happens(self, name: str, index: Ints, probability: Floats | float) -> Bools:
        """Draw whether an event of the given probability happens."""
        return np.asarray(self.uniform(name, index) < probability, dtype=np.bool_)

    def choice(self, name: str, index: Ints, weights: Floats) -> Ints:
        """Draw positions in ``weights`` (not negative, any sum), in proportion to them.

        ``weights`` has one row for all draws, or one row for each.
        """
        cumulative = np.cumsum(weights, axis=-1)
        target = self.uniform(name, index) * cumulative[..., -1]
        if cumulative.ndim == 1:
            return np.searchsorted(cumulative, target, side="right").astype(np.int64)
        return np.asarray((cumulative <= target[:, None]).sum(axis=1), dtype=np.int64)
