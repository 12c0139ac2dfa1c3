"""The bare `Booster.predict` of ready-made features on one thread, the limit of any service: prints µs as JSON."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import lightgbm as lgb

from tests.benchmarks.ready_features import ReadyFeatures, booster, read
from training.model import bundle

BASKETS = (1, 5, 20)
CALLS, WARM_UP = 2000, 100
LINES = 2000
"""Lines that the baskets are cut from, so that not every call takes the same paths through the trees."""


@dataclass(frozen=True)
class BarePredict:
    """What one call for so many ``lines`` took, in µs, over ``calls`` calls."""

    lines: int
    calls: int
    p50_us: float
    p99_us: float


def measure(model: lgb.Booster, features: ReadyFeatures, lines: int, calls: int = CALLS) -> BarePredict:
    """Time ``calls`` calls, each of another basket of ``lines`` lines, after some that don't count."""
    baskets = [features.basket(number, lines) for number in range(calls)]
    for basket in baskets[:WARM_UP]:
        model.predict(basket, num_threads=1)
    nanoseconds = []
    for basket in baskets:
        start = time.perf_counter_ns()
        model.predict(basket, num_threads=1)
        nanoseconds.append(time.perf_counter_ns() - start)
    nanoseconds.sort()
    return BarePredict(lines, calls, nanoseconds[calls // 2] / 1e3, nanoseconds[calls * 99 // 100] / 1e3)


def measure_all(folder: Path = bundle.FOLDER) -> tuple[BarePredict, ...]:
    """Time the booster of the bundle in ``folder`` on baskets of all sizes."""
    model = booster(folder)
    features = read(tuple(model.feature_name()), LINES)
    return tuple(measure(model, features, lines) for lines in BASKETS)


def main() -> None:
    """Print a list of measurements."""
    print(json.dumps([asdict(one) for one in measure_all()]))


if __name__ == "__main__":
    main()
