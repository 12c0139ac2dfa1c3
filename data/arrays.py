"""Types of the arrays that modules pass to each other; the docstring of each function gives the shape."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""float64: probabilities, log-odds, features, sums of money."""
Ints = npt.NDArray[np.int64]
"""int64: counts, codes of groups, positions in another array, microseconds since 1970."""
Bools = npt.NDArray[np.bool_]
"""bool: a mask over the elements of another array."""
Bytes = npt.NDArray[np.uint8]
"""uint8: the bytes of a text."""
