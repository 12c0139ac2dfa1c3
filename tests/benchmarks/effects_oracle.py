"""The learners against those of econml, on a log whose truth is known: ``python -m tests.benchmarks.effects_oracle``.

econml is no dependency of the project: install it into an environment of its own, with what learning imports
(``pip install econml lightgbm pydantic pyyaml``), and run it there. One action against nothing, as econml has it: the
decisions with another action are left out, and the propensity is that of the action or of nothing, given one of both.
"""

import argparse
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np

from data.arrays import Bools, Floats
from tests.training.decisions.learning.drawn_log import PARAMS, Drawn, DrawnLog, draw
from training.decisions.learning.effects import learn
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.params import Learner
from training.decisions.learning.qini import qini

ACTION: Final = "advice"


@dataclass(frozen=True)
class Binary:
    """A log with the action or nothing: ``x`` (n, k), ``treated`` (n,), ``profit`` (n,)."""

    exposures: Exposures
    x: Floats
    treated: Bools
    profit: Floats


def binary(drawn: Drawn, shop: DrawnLog) -> Binary:
    """Keep the action and nothing, with the propensities given one of both; without the column with missing values."""
    log = drawn.exposures
    kept = np.isin(log.action, [ACTION, NOTHING])
    own = log.take(kept)
    chances = shop.chances(drawn.chosen, log.eligible)
    given = (own.propensity / (chances[ACTION] + chances[NOTHING])[kept]).astype(np.float64)
    covariates = own.covariates.drop(columns="noise")
    exposures = Exposures(covariates, own.action, given, own.profit, own.unit, own.eligible[[ACTION]])
    return Binary(exposures, covariates.to_numpy(np.float64), own.action == ACTION, own.profit)


def ours(learner: Learner, log: Binary, later: Drawn) -> Floats:
    """The effects that this project learns, on the baskets of another log."""
    mean: Floats = learn(log.exposures, learner, PARAMS).predict(later.exposures.covariates)[ACTION][:, 0]
    return mean


def theirs(name: str, log: Binary, later: Drawn) -> Floats:
    """The effects that econml learns, with trees as here; it estimates propensities by itself."""
    x = later.exposures.covariates.drop(columns="noise").to_numpy(np.float64)
    fitted = _ECONML[name]()
    fitted.fit(log.profit, log.treated.astype(int), X=log.x)
    return np.asarray(fitted.effect(x), dtype=np.float64).ravel()


def _trees() -> lgb.LGBMRegressor:
    own = PARAMS.trees
    return lgb.LGBMRegressor(
        n_estimators=own.rounds, learning_rate=own.learning_rate, num_leaves=own.num_leaves,
        min_child_samples=own.min_data_in_leaf, reg_lambda=own.lambda_l2, n_jobs=1, verbose=-1, random_state=1,
    )  # fmt: skip


def _chances() -> lgb.LGBMClassifier:
    return lgb.LGBMClassifier(n_estimators=30, num_leaves=6, min_child_samples=60, n_jobs=1, verbose=-1, random_state=1)


def _dr() -> Any:
    return importlib.import_module("econml.dr").DRLearner(
        model_propensity=_chances(), model_regression=_trees(), model_final=_trees(), cv=3, random_state=1
    )


def _x() -> Any:
    return importlib.import_module("econml.metalearners").XLearner(models=_trees(), propensity_model=_chances())


def _two_model() -> Any:
    return importlib.import_module("econml.metalearners").TLearner(models=_trees())


_ECONML: Final[dict[str, Callable[[], Any]]] = {"two_model": _two_model, "x": _x, "dr": _dr}


def main() -> None:
    """Print the share of the true ranking's Qini, and the correlation with the true effect, of each learner."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.effects_oracle", description=__doc__)
    parser.add_argument("--baskets", type=int, default=12_000)
    parser.add_argument("--logs", type=int, default=5)
    given = parser.parse_args()
    shop = DrawnLog(given.baskets)
    found: dict[tuple[str, str], list[tuple[float, float]]] = {
        (name, learner): [] for name in ("ours", "econml") for learner in _ECONML
    }
    for seed in range(given.logs):
        log, later = binary(draw(shop, 2 * seed), shop), draw(DrawnLog(10_000), 2 * seed + 1)
        for learner in _ECONML:
            found["ours", learner].append(_figures(ours(Learner(learner), log, later), later))
            found["econml", learner].append(_figures(theirs(learner, log, later), later))
    for (name, learner), figures in sorted(found.items()):
        share, alike = np.mean(figures, axis=0)
        print(f"{name} {learner}: Qini {share:.0%} of the true ranking's, correlation with the true effect {alike:.2f}")


def _figures(predicted: Floats, later: Drawn) -> tuple[float, float]:
    truth, unit = later.effects[ACTION], later.exposures.unit
    own, best = (qini(each, truth, unit).coefficient.value for each in (predicted, truth))
    return own / best, float(np.corrcoef(predicted, truth)[0, 1])


if __name__ == "__main__":
    main()
