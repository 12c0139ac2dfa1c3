"""Functions that Numba compiles to machine code at their first call: the one place that says how.

The code is kept beside the module, or in ``NUMBA_CACHE_DIR``, and the next process loads it in milliseconds. Where
neither can be written, each process compiles for itself. Arithmetic is that of NumPy to the last digit: no sum is taken
in another order, and a division by 0 gives infinity or NaN.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile ``function``, which other threads run beside: it holds no lock of the interpreter.

    It may call compiled functions of its own module alone: Numba does not compile a function again where one that it
    calls has changed in another file.
    """
    try:
        made = njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder can be written
        made = njit(nogil=True, error_model="numpy")(function)
    return cast("Function", made)
