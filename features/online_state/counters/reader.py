"""The read side of counters: the records of many lines in, their counters at the scoring time out."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt

from data.arrays import Floats, Ints
from data.times import MICROSECONDS_PER_DAY
from features.compiled import compiled
from features.language.nodes import Counter, Total
from features.online_state.counters.layout import Layout

_SUM, _FIRST, _LAST = 0, 1, 2
_HOW = {Total.SUM: _SUM, Total.FIRST: _FIRST, Total.LATEST: _LAST, Total.MAX: _LAST}

_Places = npt.NDArray[np.int32]
"""int32, shape (counters, 5): the places of the record's moment, of what the counter was before it and was added at it;
how the two join; and whether its key is daily."""


class CounterReader:
    """Turns the records of lines into the counters ``wanted``, all at once; every line has the same layouts.

    ``names`` are the names of the counters, in the order of the output columns.
    """

    def __init__(self, layouts: Sequence[Layout], wanted: AbstractSet[str]) -> None:
        starts = np.cumsum([0, *(layout.width for layout in layouts)]).tolist()
        self._width = int(starts[-1])
        found = [
            (counter, (start, start + 1 + place, start + 1 + len(layout.counters) + place), layout.key.daily)
            for start, layout in zip(starts, layouts, strict=False)
            for place, counter in enumerate(layout.counters)
            if counter.name in wanted
        ]
        self.names = [counter.name for counter, _, _ in found]
        places = [(*places, _HOW[counter.total], int(daily)) for counter, places, daily in found]
        self._places: _Places = np.array(places, dtype=np.int32).reshape(-1, 5)
        self._half_lives = np.array([_half_life(counter) for counter, _, _ in found], dtype=np.float64)

    def read(self, records: Sequence[bytes], times: Sequence[object]) -> Floats:
        """Give every counter of every line strictly before the line's time.

        Parameters
        ----------
        records
            The records in the order of lines, then of layouts.
        times
            The scoring time of each line, microseconds since 1970.

        Returns
        -------
        Floats
            Shape (lines, counters), float64, NaN where missing.
        """
        numbers = np.frombuffer(b"".join(records)).reshape(len(times), self._width)
        return read(numbers, np.array(times, dtype=np.int64), self._places, self._half_lives)


def _half_life(counter: Counter) -> float:
    """The half-life in microseconds; 0 for none."""
    return (counter.half_life_days or 0) * MICROSECONDS_PER_DAY


@compiled
def read(numbers: Floats, times: Ints, places: _Places, half_lives: Floats) -> Floats:
    """Give the counters at ``places`` of each line's records ``numbers``, as `CounterReader.read` does."""
    found = np.empty((numbers.shape[0], places.shape[0]))
    for line in range(numbers.shape[0]):
        now = float(times[line])
        today = float(times[line] - times[line] % MICROSECONDS_PER_DAY)
        for number in range(places.shape[0]):
            moment, value, at = (
                numbers[line, places[number, 0]],
                numbers[line, places[number, 1]],
                numbers[line, places[number, 2]],
            )
            if (today if places[number, 4] else now) > moment:
                how = places[number, 3]
                if how == _SUM:
                    value += at
                elif np.isnan(value) or (at < value if how == _FIRST else at > value):
                    value = at
            if half_lives[number] > 0:
                value *= 2.0 ** (-max(now - moment, 0.0) / half_lives[number])
            found[line, number] = value
    return found
