"""The arrays of numbers that modules hand to each other; each one's docstring gives the shape."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""float64: probabilities, log-odds, features, sums of money."""
Ints = npt.NDArray[np.int64]
"""int64: counts, codes of groups, positions in another array, microseconds since 1970."""
Bools = npt.NDArray[np.bool_]
"""bool: which elements are meant."""
