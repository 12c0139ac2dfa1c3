"""The read side of counters: the records of many lines in, their counters at the scoring time out."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from data.arrays import Floats
from data.times import MICROSECONDS_PER_DAY
from features.language.nodes import Total
from features.online_state.counters.layout import Layout


class CounterReader:
    """Turns the records of lines into the counters ``wanted``, all at once; every line has the same layouts.

    ``names`` are the names of the counters, in the order of the output columns.
    """

    def __init__(self, layouts: Sequence[Layout], wanted: AbstractSet[str]) -> None:
        starts = np.cumsum([0, *(layout.width for layout in layouts)])
        self._width = int(starts[-1])
        self._moments = starts[:-1]
        placed = [
            (number, place, counter)
            for number, layout in enumerate(layouts)
            for place, counter in enumerate(layout.counters)
            if counter.name in wanted
        ]
        counters = [counter for _, _, counter in placed]
        self.names = [counter.name for counter in counters]
        self._key_of = np.array([number for number, _, _ in placed])
        self._daily = np.array([layout.key.daily for layout in layouts])
        self._before = np.array([starts[number] + 1 + place for number, place, _ in placed])
        self._at = self._before + np.array([len(layouts[number].counters) for number, _, _ in placed])
        self._firsts = np.flatnonzero([counter.total is Total.FIRST for counter in counters])
        self._lasts = np.flatnonzero([counter.total in (Total.MAX, Total.LATEST) for counter in counters])
        self._sum_places = np.flatnonzero([counter.total is Total.SUM for counter in counters])
        decaying = [counter.half_life_days is not None for counter in counters]
        self._decaying = np.flatnonzero(decaying)
        self._microseconds = np.array(
            [(counter.half_life_days or 0) * MICROSECONDS_PER_DAY for counter in counters if counter.half_life_days]
        )

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
        now = np.array(times, dtype=np.float64)[:, None]
        moments = numbers[:, self._moments]
        visible = np.where(self._daily, now - now % MICROSECONDS_PER_DAY, now)
        later = (visible > moments)[:, self._key_of]
        before, at = numbers[:, self._before], numbers[:, self._at]
        for places, joined in ((self._sum_places, np.add), (self._firsts, np.fmin), (self._lasts, np.fmax)):
            both = joined(before[:, places], at[:, places])
            before[:, places] = np.where(later[:, places], both, before[:, places])
        passed = np.maximum(now - moments, 0)[:, self._key_of[self._decaying]]
        before[:, self._decaying] *= 2.0 ** (-passed / self._microseconds)
        return before
