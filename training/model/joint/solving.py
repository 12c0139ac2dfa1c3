"""What becomes of the blocks of a basket, compiled: `training.model.joint.states` has the model, and what is solved.

The state of a block of m lines is a number below 2^m, whose bit i says whether line i comes back.
"""

import math
from typing import Final

import numpy as np

from data.arrays import Bools, Floats, Ints
from features.compiled import compiled

NODES, WEIGHTS = (np.asarray(part) for part in np.polynomial.hermite_e.hermegauss(7))
"""Nodes of the standard normal b, and their weights (Gauss and Hermite); float64 of shape (nodes,) each."""
WEIGHTS = WEIGHTS / WEIGHTS.sum()

LEAST: Final = 1e-4
"""Probabilities are kept so far from 0 and 1."""
STEPS, LONGEST = 100, 2.0
"""Newton steps at most, halved ones included, and the longest of them in log-odds."""
EXACT: Final = 1e-6
"""The probability of a line is kept to so much."""
MOST_VALUES, BINS = 2048, 128
"""So many different values are told apart; beyond, those of one of so many bins are put together, at their mean."""
FEW: Final = 16
"""States of a block whose values are not looked at for equal ones."""
SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The quantiles that are given of a value."""
ROUNDING: Final = 1e-9
"""A share is reached with the rounding of the sums."""


@compiled
def solve_all(probability: Floats, reach: Floats, potential: Floats, found: Floats) -> None:
    """Write the probability of each state of each block at each node; see `states.conditional`."""
    every = np.arange(probability.shape[1])
    for block in range(len(probability)):
        _solve(probability[block], reach[block], every, potential[block], found[block])


@compiled
def potential_all(differ: Bools, coupling: Floats, found: Floats) -> None:
    """Write the potential of each state of each block; see `states.Coupling.potential`."""
    for block in range(len(differ)):
        _potential(differ[block], coupling, found[block])


@compiled
def differ_all(size: Floats, other_sizes: Floats, first: Ints, second: Ints, found: Bools) -> None:
    """Write whether each pair of lines differs in size; see `lines.Lines.differ`."""
    for pair in range(len(first)):
        found[pair] = _differ(size, other_sizes, first[pair], second[pair])


@compiled
def solve_basket(
    probability: Floats,
    reach: Floats,
    size: Floats,
    other_sizes: Floats,
    blocks: Ints,
    values: Floats,
    coupling: Floats,
) -> tuple[Floats, Floats, Floats]:
    """What becomes of the n lines of a basket.

    Parameters
    ----------
    probability, reach, size, other_sizes, values
        Of each line, shape (n,).
    blocks
        The places of the lines in the order of their blocks, and the number of the block of each; shape (2, n).
    coupling
        The fields of `states.Coupling`, shape (3,).

    Returns
    -------
    tuple of Floats
        The chance of each number of lines that come back, shape (n + 1,); the quantiles `SHARES` of their value; and
        for each block whose sizes differ, in the row of its first line, the chances that one, none and all of its
        lines are kept, shape (n, 3), NaN elsewhere.
    """
    count, begin = len(probability), 0
    by_count, kept = np.ones((len(NODES), 1)), np.empty((count, 3))
    kept[:] = np.nan
    worths, chances = np.zeros(1), by_count
    while begin < count:
        end = begin + 1
        while end < count and blocks[1, end] == blocks[1, begin]:
            end += 1
        places = blocks[0, begin:end]
        lines = len(places)
        differ = _pairs(size, other_sizes, places)
        potential, given = np.zeros(2**lines), np.empty((len(NODES), 2**lines))
        _potential(differ, coupling, potential)
        _solve(probability, reach, places, potential, given)
        returned = _counted(given, lines)
        by_count = _joined_counts(by_count, returned)
        worths, chances = _joined_values(worths, chances, _worths(values, places), given)
        if differ.any():
            every = _mixed(returned)
            kept[begin, 0], kept[begin, 1], kept[begin, 2] = every[lines - 1], every[lines], every[0]
        begin = end
    return _mixed(by_count), _quantiles(worths, _mixed(chances)), kept


@compiled
def _differ(size: Floats, other_sizes: Floats, first: int, second: int) -> bool:
    if math.isnan(size[first]) and math.isnan(size[second]):
        return bool(other_sizes[first] > 0 and other_sizes[second] > 0)
    return bool(size[first] != size[second])


@compiled
def _pairs(size: Floats, other_sizes: Floats, places: Ints) -> Bools:
    """Whether each two of the lines differ, in the order of `states.Shape`."""
    lines, pair = len(places), 0
    found = np.empty(lines * (lines - 1) // 2, np.bool_)
    for first in range(lines):
        for second in range(first + 1, lines):
            found[pair] = _differ(size, other_sizes, places[first], places[second])
            pair += 1
    return found


@compiled
def _potential(differ: Bools, coupling: Floats, found: Floats) -> None:
    """Write the potential of each state of a block, shape (2^m,)."""
    sizes, same, one_kept = coupling
    several = differ.any()
    for state in range(len(found)):
        kept, pair, total, line = 0, 0, 0.0, 0
        while 1 << line < len(found):
            back = state >> line & 1
            kept += 1 - back
            other = line + 1
            while 1 << other < len(found):
                strength = sizes if differ[pair] else same
                total += strength if back == state >> other & 1 else -strength
                pair += 1
                other += 1
            line += 1
        found[state] = total + one_kept if several and kept == 1 else total


@compiled
def _solve(probability: Floats, reach: Floats, places: Ints, potential: Floats, given: Floats) -> None:
    """Write the probability of each state of the lines at ``places``, at each node."""
    lines = len(places)
    target, theta, moves = np.empty(lines), np.empty(lines), np.empty(lines)
    for line in range(lines):
        p = min(max(probability[places[line]], LEAST), 1 - LEAST)
        target[line], moves[line] = p, reach[places[line]]
        # Where only b moves a line, this is nearly right already (MacKay, Neural Computation 4, 1992).
        theta[line] = math.log(p / (1 - p)) * math.sqrt(1 + math.pi / 8 * moves[line] ** 2)
    wrong, curvature = np.empty(lines), np.empty((lines, lines))
    kept, least = theta.copy(), np.inf
    for _ in range(STEPS):
        for node in range(len(NODES)):
            _weigh(theta, moves, potential, node, given)
        if _compare(target, given, wrong, curvature) < EXACT:
            break
        error, longest = 0.0, 0.0
        for line in range(lines):
            error += wrong[line] ** 2
        if error > least:  # the step was too long: half of it is left
            for line in range(lines):
                theta[line] = (theta[line] + kept[line]) / 2
            continue
        kept[:], least = theta, error
        _divide(wrong, curvature)
        for line in range(lines):
            longest = max(longest, abs(wrong[line]))
        for line in range(lines):
            theta[line] += wrong[line] * min(1.0, LONGEST / longest)


@compiled
def _weigh(theta: Floats, reach: Floats, potential: Floats, node: int, given: Floats) -> None:
    """Write the probability of each state at a node."""
    most = -np.inf
    for state in range(len(potential)):
        log = potential[state]
        for line in range(len(theta)):
            if state >> line & 1:
                log += theta[line] + reach[line] * NODES[node]
        given[node, state] = log
        most = max(most, log)
    total = 0.0
    for state in range(len(potential)):
        given[node, state] = math.exp(given[node, state] - most)
        total += given[node, state]
    for state in range(len(potential)):
        given[node, state] /= total


@compiled
def _compare(target: Floats, given: Floats, wrong: Floats, curvature: Floats) -> float:
    """Write what lacks to the target, and its derivative: the curvature of the mean log-partition function.

    That is convex, so that the steps end in its only minimum. Returns the most that lacks.
    """
    lines, mixed, mean, most = len(target), _mixed(given), np.empty(len(target)), 0.0
    for first in range(lines):
        for second in range(lines):
            curvature[first, second] = 0.0
            for state in range(len(mixed)):
                if state >> first & state >> second & 1:
                    curvature[first, second] += mixed[state]
        wrong[first] = target[first] - curvature[first, first]
        most = max(most, abs(wrong[first]))
    for node in range(len(NODES)):
        _mean(given, node, mean)
        for first in range(lines):
            for second in range(lines):
                curvature[first, second] -= WEIGHTS[node] * mean[first] * mean[second]
    return most


@compiled
def _mean(given: Floats, node: int, mean: Floats) -> None:
    """Write the probability of each line at a node."""
    for line in range(len(mean)):
        mean[line] = 0.0
        for state in range(given.shape[1]):
            if state >> line & 1:
                mean[line] += given[node, state]


@compiled
def _divide(right: Floats, matrix: Floats) -> None:
    """Solve a positive definite system by elimination; ``right`` becomes the solution."""
    count = len(right)
    for pivot in range(count):
        for row in range(pivot + 1, count):
            factor = matrix[row, pivot] / matrix[pivot, pivot]
            right[row] -= factor * right[pivot]
            for column in range(pivot, count):
                matrix[row, column] -= factor * matrix[pivot, column]
    for row in range(count - 1, -1, -1):
        for column in range(row + 1, count):
            right[row] -= matrix[row, column] * right[column]
        right[row] /= matrix[row, row]


@compiled
def _mixed(given: Floats) -> Floats:
    """The mean over the nodes."""
    found = np.zeros(given.shape[1])
    for node in range(len(NODES)):
        for place in range(len(found)):
            found[place] += WEIGHTS[node] * given[node, place]
    return found


@compiled
def _counted(given: Floats, lines: int) -> Floats:
    """The chance of each number of returned lines at each node, from that of each state."""
    found = np.zeros((len(NODES), lines + 1))
    for state in range(given.shape[1]):
        back = 0
        for line in range(lines):
            back += state >> line & 1
        for node in range(len(NODES)):
            found[node, back] += given[node, state]
    return found


@compiled
def _joined_counts(before: Floats, more: Floats) -> Floats:
    """The chance of each number of lines of independent blocks together."""
    found = np.zeros((len(NODES), before.shape[1] + more.shape[1] - 1))
    for node in range(len(NODES)):
        for place in range(more.shape[1]):
            for other in range(before.shape[1]):
                found[node, place + other] += before[node, other] * more[node, place]
    return found


@compiled
def _worths(values: Floats, places: Ints) -> Floats:
    """The value that comes back in each state of the lines at ``places``."""
    found = np.zeros(1 << len(places))
    for state in range(len(found)):
        for line in range(len(places)):
            if state >> line & 1:
                found[state] += values[places[line]]
    return found


@compiled
def _joined_values(worths: Floats, chances: Floats, more: Floats, given: Floats) -> tuple[Floats, Floats]:
    """The values of independent blocks together, shape (values,), and their chances, shape (nodes, values)."""
    if len(more) > FEW:
        order = _order(more)
        places = np.empty(len(more), np.int64)
        number, merged = 0, np.empty(len(more))
        for rank in range(len(order)):
            if rank > 0 and more[order[rank]] > more[order[rank - 1]]:
                number += 1
            places[order[rank]], merged[number] = number, more[order[rank]]
        given, more = _gathered(given, places, number + 1), merged[: number + 1]
    width = len(more)
    found, both = np.empty(len(worths) * width), np.empty((len(NODES), len(worths) * width))
    for place in range(len(worths)):
        for other in range(width):
            found[place * width + other] = worths[place] + more[other]
            for node in range(len(NODES)):
                both[node, place * width + other] = chances[node, place] * given[node, other]
    return _put_together(found, both) if len(found) > MOST_VALUES else (found, both)


@compiled
def _put_together(worths: Floats, chances: Floats) -> tuple[Floats, Floats]:
    """Put neighbouring values together in bins of one width, each at its mean."""
    places, mixed, most = np.empty(len(worths), np.int64), _mixed(chances), 1.0
    total, means = np.zeros(BINS), np.zeros(BINS)
    for place in range(len(worths)):
        most = max(most, worths[place])
    for place in range(len(worths)):
        number = int(worths[place] / most * (BINS - 1))
        places[place] = number
        total[number] += mixed[place]
        means[number] += mixed[place] * worths[place]
    for number in range(BINS):
        means[number] = means[number] / total[number] if total[number] > 0 else 0.0
    return means, _gathered(chances, places, BINS)


@compiled
def _gathered(chances: Floats, places: Ints, count: int) -> Floats:
    """Add up the columns of ``chances`` that have one place, shape (nodes, count)."""
    found = np.zeros((len(NODES), count))
    for node in range(len(NODES)):
        for place in range(len(places)):
            found[node, places[place]] += chances[node, place]
    return found


@compiled
def _order(values: Floats) -> Ints:
    """The places of the values in ascending order (Shell, 1959), which is compiled far sooner than NumPy's sorting."""
    order, gap = np.arange(len(values)), len(values) // 2
    while gap:
        for rank in range(gap, len(order)):
            place, free = order[rank], rank
            while free >= gap and values[order[free - gap]] > values[place]:
                order[free] = order[free - gap]
                free -= gap
            order[free] = place
        gap = max(gap * 5 // 11, 1) if gap > 1 else 0
    return order


@compiled
def _quantiles(worths: Floats, chances: Floats) -> Floats:
    """The quantiles `SHARES`, shape (shares,)."""
    order, found = _order(worths), np.empty(len(SHARES))
    reached, rank = chances[order[0]], 0
    for number in range(len(SHARES)):
        while reached < SHARES[number] - ROUNDING and rank < len(order) - 1:
            rank += 1
            reached += chances[order[rank]]
        found[number] = worths[order[rank]]
    return found
