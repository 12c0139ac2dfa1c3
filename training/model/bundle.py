"""The bundle: all that scoring and explaining need, in one folder of text, and the one code that does both.

``bundle.json`` holds the catalog, the recipe of its features, the linear part of the score, the calibrator, the priors,
the reason model without its trees, and the versions that the model was built with. ``booster.txt`` holds the trees of
the score in LightGBM's own text; a learner of another kind of model has a file of its own. ``reasons.txt`` holds those
of the reasons. Loading executes no code from the folder.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit, logit

from data.arrays import Floats
from data.errors import UserError
from data.files import read_json, whole_folder, write_text
from features.catalog import CatalogEntry, is_posterior
from features.language.request_field import READ, Labels
from training.model.asked import Asked
from training.model.blend import PosteriorPart, blended
from training.model.calibrate import Calibrator
from training.model.drivers import ModelDrivers
from training.model.joint.lines import Lines, sizes_of
from training.model.joint.model import Joint
from training.model.learners.known import FIRST, learner_of
from training.model.learners.learner import MarginModel
from training.model.learners.lightgbm_trees import FILE as TREES
from training.model.linear.model import Linear
from training.model.reasons.model import ReasonModel
from training.model.reasons.rows import share_places
from training.model.spread import Known, Spread, known_of
from training.model.unsent import FieldWorth

FOLDER = Path("training/bundle")
OTHER_MODEL, FORMAT, BEFORE_JOINT, BEFORE_LINEAR, BEFORE_UNSENT = 7, 6, 5, 4, 3
"""The formats that are written: of a model that is not trees, which earlier versions refuse, and of trees, which they
read whatever the learner. Earlier ones are read, too: one takes no baskets as a whole, one has trees alone besides, and
one does not even know what an unsent field is worth."""
REASONS = "reasons.txt"
KEYS = {
    "booster_sha256",
    "catalog",
    "calibrator",
    "reasons",
    "reasons_sha256",
    "recipe",
    "priors",
    "built",
}


@dataclass(frozen=True)
class BundleScores:
    """The scores of n lines; float64 of shape (n,) each.

    ``probability``: calibrated. ``margin``: its log-odds, so that ``probability`` = 1 / (1 + exp(-margin)).
    ``low`` and ``high`` are the bounds of the interval around the probability, and ``deviation`` is the standard
    deviation of what may be true. ``order_share``, ``customer_share`` and ``product_share``: the shares of its square
    that lines of one order, customer and product have in common. The interval of a bundle without a spread is the pair
    of Venn-Abers probabilities, in which all lines err together.
    """

    probability: Floats
    low: Floats
    high: Floats
    margin: Floats
    deviation: Floats
    order_share: Floats
    customer_share: Floats
    product_share: Floats


@dataclass(frozen=True)
class Bundle:
    """A trained model with all that it needs to score.

    ``model``: what the ``learner`` of this name fitted. ``recipe``: how its features are computed, as
    `features.recipe.Recipe` writes it, so that the service computes the same. ``priors``: return rates for a line of
    which nothing is known. ``built``: the lines and the versions that it was trained with, for people and for the
    registry; scoring does not read them. ``reasons`` is None where the source records no reasons. ``unsent``: what each
    field is worth that a request may lack, by its name; None where the model learned from whole requests alone, or is
    of an earlier version. ``spread``: of the true log-odds around the score's; None for a bundle of an earlier version.
    ``linear``: the linear part of the score; None where ``model`` alone is it. ``joint``: what becomes of a basket as a
    whole; None for a bundle of an earlier version. ``posterior``: the part of the posteriors; None where they have
    none. ``asked``: what training lines asked with; None for a bundle of an earlier version.
    """

    catalog: tuple[CatalogEntry, ...]
    model: MarginModel
    calibrator: Calibrator
    reasons: ReasonModel | None
    recipe: Mapping[str, Any]
    priors: Mapping[str, float]
    built: Mapping[str, Any]
    unsent: Mapping[str, FieldWorth] | None = None
    spread: Spread | None = None
    linear: Linear | None = None
    joint: Joint | None = None
    posterior: PosteriorPart | None = None
    learner: str = FIRST
    asked: Asked | None = None

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The names of all features in the order of the catalog, which lists those of the score first."""
        return tuple(entry.name for entry in self.catalog)

    @cached_property
    def score_features(self) -> tuple[str, ...]:
        """The names of the features that the score reads, those of its model first, in its order."""
        return tuple(entry.name for entry in self.catalog if not entry.only_reasons)

    @cached_property
    def model_features(self) -> tuple[str, ...]:
        """The names of the features that model and linear part read: all of the score but the posteriors."""
        return tuple(name for name in self.score_features if not is_posterior(name))

    @cached_property
    def drivers(self) -> ModelDrivers:
        """The drivers of the scores. The first access computes their tables, which takes about a second."""
        entries = [entry for entry in self.catalog if not entry.only_reasons]
        return ModelDrivers(self.model, self.linear, self.calibrator, entries, self.posterior)

    @cached_property
    def reason_features(self) -> tuple[str, ...]:
        """The names of the features that the reason model reads: all but the posteriors."""
        return tuple(name for name in self.features if not is_posterior(name))

    @cached_property
    def known_labels(self) -> Labels:
        """The labels that training lines had, by field: a line with another one is scored as one without the field.

        Empty for a model that has not learned what a missing field means, and for one of an earlier version. A field
        with too many labels to keep them is not among them, nor is one whose labels are `READ`.
        """
        if self.asked is None or self.unsent is None:
            return {}
        fields = self.asked.fields.items()
        known = {name: each.labels for name, each in fields if each.labels is not None}
        return {name: labels for name, labels in known.items() if name in self.unsent and name not in READ}

    @cached_property
    def _of_reasons(self) -> list[int] | slice:
        """The places of these features among all."""
        if self.reason_features == self.features:
            return slice(None)
        return [place for place, name in enumerate(self.features) if not is_posterior(name)]

    @cached_property
    def _shares(self) -> list[int]:
        return share_places(self.features)

    @property
    def learned_until(self) -> pd.Timestamp | None:
        """The time until which the lines were ordered that model and calibration learned from; recent lines are later.

        The level (`training.model.level`) is found from later lines. None for a bundle of an earlier version.
        """
        until = self.built.get("learned_until")
        return None if until is None else pd.Timestamp(until)

    def log_odds(self, x: Floats, threads: int = 0) -> Floats:
        """The log-odds of each row of ``x``, as in `score_rows` without a level; shape (n,)."""
        return self.calibrator.log_odds(blended(self.model, self.linear, x, threads, self.posterior))

    def probabilities(self, x: Floats, threads: int = 0, shift: Floats | float = 0.0) -> Floats:
        """The probability of each row of ``x``, as in `score_rows`, without its interval; shape (n,)."""
        return np.asarray(expit(self.log_odds(x, threads) + shift), dtype=np.float64)

    def score(self, frame: pd.DataFrame, shift: Floats | float = 0.0) -> BundleScores:
        """Score each row of ``frame``, which has at least a numeric column for each feature of the score.

        ``shift``: as in `score_rows`.

        Raises
        ------
        UserError
            A feature of the score is missing from the frame, or is not numeric.
        """
        return self.score_rows(self.rows(frame, self.score_features), shift=shift)

    def score_rows(
        self, x: Floats, threads: int = 0, unsent: Floats | float = 0.0, shift: Floats | float = 0.0
    ) -> BundleScores:
        """Score rows of features.

        Parameters
        ----------
        x
            Shape (n, features of the score), float64, in order, NaN where missing.
        unsent
            The variance of each line's true log-odds that comes from fields that its request lacks
            (`training.model.unsent.widening`), shape (n,).
        shift
            The level (`training.model.level`): it is added to the log-odds of each line, shape (n,).
        """
        log_odds = self.log_odds(x, threads) + shift
        probability = np.asarray(expit(log_odds), dtype=np.float64)
        if self.spread is None:
            low, high = self.calibrator.interval(probability)
            all_in_common = np.ones(len(x)), *np.zeros((2, len(x)))
            return BundleScores(probability, low, high, log_odds, (high - low) / 2, *all_in_common)
        found = self.spread.bounds(probability, known_of(x, self.score_features), unsent)
        shares = found.deviation, found.order_share, found.customer_share, found.product_share
        return BundleScores(probability, found.low, found.high, log_odds, *shares)

    def lines(self, scores: BundleScores, x: Floats) -> Lines:
        """What the joint model reads of lines with these ``scores``, from their rows ``x`` of `score_rows`."""
        shared = scores.order_share + scores.customer_share
        return Lines.of(scores.probability, scores.deviation, shared, sizes_of(x, self.score_features))

    @property
    def level(self) -> float | None:
        """The level of the intervals; None where they have none."""
        return None if self.spread is None else self.spread.level

    def prior(self, shift: float = 0.0) -> tuple[float, float, float]:
        """The probability of a line of which nothing is known, with its interval; ``shift``: the level."""
        rate = float(expit(logit(self.priors["shop"]) + shift))
        if self.spread is None:
            return rate, float(self.calibrator.low.min()), float(self.calibrator.high.max())
        bounds = self.spread.bounds(np.array([rate]), Known(np.zeros(1), np.zeros(1)))
        return rate, float(bounds.low[0]), float(bounds.high[0])

    def reason_rows(self, x: Floats, threads: int = 0) -> Floats | None:
        """Predict the reason for which each row comes back, given that it comes back.

        Parameters
        ----------
        x
            Rows of all features, shape (n, features), float64, in the catalog's order, NaN where missing.

        Returns
        -------
        Floats or None
            P(reason | returned), shape (n, reasons), in the order of `features.language.reasons.REASONS`; rows add up
            to 1. None where the source records no reasons.
        """
        if self.reasons is None:
            return None
        return self.reasons.distribution(x[:, self._of_reasons], x[:, self._shares], threads)

    def importance(self) -> dict[str, float]:
        """How much each feature tells the model, largest first; of trees, how much its splits improved the log-loss."""
        ranked = sorted(
            zip(self.model_features, self.model.importance(), strict=True), key=lambda pair: (-pair[1], pair[0])
        )
        return {name: float(gain) for name, gain in ranked}

    def rows(self, frame: pd.DataFrame, names: Sequence[str]) -> Floats:
        """Read the features ``names`` of ``frame`` as rows, shape (n, names), float64, NaN where missing.

        Raises
        ------
        UserError
            A feature is missing from the frame or is not numeric, or a share of reasons or a
            posterior is not finite; all posteriors of a line may be missing.
        """
        absent = [name for name in names if name not in frame.columns]
        if absent:
            raise UserError(
                expected=f"{len(names)} features of the bundle's catalog",
                found=f"a frame without {', '.join(absent)}",
                fix="build the frame with the features stage of the version that trained the bundle, or train again",
            )
        wrong = [name for name in names if not pd.api.types.is_numeric_dtype(frame[name].dtype)]
        if wrong:
            found = ", ".join(f"{name} as {frame[name].dtype}" for name in wrong)
            raise UserError(expected="numeric features", found=found, fix="give numbers, with NaN for a missing value")
        array = np.empty((len(frame), len(names)), dtype=np.float64)
        for place, name in enumerate(names):
            array[:, place] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        self._require_finite(array, names)
        return array

    def _require_finite(self, array: Floats, names: Sequence[str]) -> None:
        """Refuse NaN and infinity where the model adds or divides by what it reads, and would answer NaN."""
        shares = {self.features[place] for place in ([] if self.reasons is None else self._shares)}
        unfit = {name: ~np.isfinite(array[:, place]) for place, name in enumerate(names) if name in shares}
        posteriors = [place for place, name in enumerate(names) if is_posterior(name)]
        missing = np.isnan(array[:, posteriors])
        in_part = ~missing.all(axis=1)
        for place, lacks in zip(posteriors, missing.T, strict=True):
            unfit[names[place]] = (lacks & in_part) | np.isinf(array[:, place])
        found = [f"{name} on {lines.sum():,}" for name, lines in unfit.items() if lines.any()]
        if found:
            raise UserError(
                expected="a finite number on each line for shares of reasons; and for posteriors, or none of them",
                found=f"NaN or infinity in {', '.join(found)} of {len(array):,} lines",
                fix="take these columns from features/matrix, which has them so for every line",
            )

    def save(self, folder: Path = FOLDER) -> None:
        """Write the bundle as ``folder``, which is replaced as a whole."""
        file = learner_of(self.learner).file
        with whole_folder(folder) as unfinished:
            reasons = self.reasons
            content = {
                "format": FORMAT if file == TREES else OTHER_MODEL,
                "booster_sha256": _write_text(self.model.text(), unfinished / file),
                "reasons": None if reasons is None else reasons.as_json(),
                "reasons_sha256": _write_reasons(reasons, unfinished / REASONS),
                "catalog": [asdict(entry) for entry in self.catalog],
                "calibrator": {name: _plain(value) for name, value in asdict(self.calibrator).items()},
                "recipe": dict(self.recipe),
                "priors": dict(self.priors),
                "built": dict(self.built),
                "linear": None if self.linear is None else self.linear.as_json(),
                "joint": None if self.joint is None else self.joint.as_json(),
                "posterior": None if self.posterior is None else self.posterior.as_json(),
                "spread": None if self.spread is None else self.spread.as_json(),
                "unsent": None
                if self.unsent is None
                else {name: worth.as_json() for name, worth in self.unsent.items()},
            }
            if self.asked is not None:
                content["asked"] = self.asked.as_json()
            if self.learner != FIRST:
                content["learner"] = self.learner
            text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
            write_text(text + "\n", unfinished / "bundle.json")

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Bundle":
        """Read a bundle that `save` wrote.

        Raises
        ------
        UserError
            A file is missing or cut off, the format is of another version, this code lacks the learner, or model and
            catalog disagree.
        """
        content = _read(folder / "bundle.json")
        if content.get("format") not in (OTHER_MODEL, FORMAT, BEFORE_JOINT, BEFORE_LINEAR, BEFORE_UNSENT):
            raise UserError(
                expected=f"a bundle of format {FORMAT} in {folder}",
                found=f"format {content.get('format')!r}",
                fix="train it again with this version: dvc repro",
            )
        if absent := KEYS - content.keys():
            raise _broken(folder / "bundle.json", f"a file without {', '.join(sorted(absent))}")
        catalog = tuple(CatalogEntry(**{**row, "source": tuple(row["source"])}) for row in content["catalog"])
        numbers: dict[str, Any] = {
            name: np.array(value) if isinstance(value, list) else value for name, value in content["calibrator"].items()
        }
        learner = content.get("learner", FIRST)
        model = _read_model(folder, learner, content["booster_sha256"])
        reasons = _read_reasons(folder, content)
        worths, spread, linear, joint = (content.get(name) for name in ("unsent", "spread", "linear", "joint"))
        posterior, asked = content.get("posterior"), content.get("asked")
        bundle = cls(
            catalog=catalog,
            model=model,
            learner=learner,
            calibrator=Calibrator(**numbers),
            reasons=reasons,
            recipe=content["recipe"],
            priors=content["priors"],
            built=content["built"],
            spread=None if spread is None else Spread(**spread),
            linear=None if linear is None else Linear.from_json(linear),
            joint=None if joint is None else Joint.from_json(joint),
            posterior=None if posterior is None else PosteriorPart.from_json(posterior),
            asked=None if asked is None else Asked.from_json(asked),
            unsent=None if worths is None else {name: FieldWorth.from_json(worth) for name, worth in worths.items()},
        )
        if model.features != bundle.model_features:
            raise _broken(folder / learner_of(learner).file, "a model of other features than the catalog lists")
        if bundle.linear and len(bundle.linear.weight) != len(bundle.model_features):
            raise _broken(folder / "bundle.json", "a linear part of other features than the catalog lists")
        if bundle.posterior and len(bundle.posterior.usual) != len(bundle.score_features) - len(bundle.model_features):
            raise _broken(folder / "bundle.json", "a part of other posteriors than the catalog lists")
        if reasons and reasons.booster and reasons.booster.feature_name() != [*bundle.reason_features]:
            raise _broken(folder / REASONS, "trees of other features than the catalog lists")
        return bundle


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise UserError(expected=f"a bundle at {file.parent}", found=f"no {file.name}", fix="train one: dvc repro")
    try:
        return read_json(file)
    except UserError as error:
        raise _broken(file, error.found) from None


def _read_model(folder: Path, name: object, digest: str) -> MarginModel:
    learner = learner_of(
        name,
        where=f"the learner of the bundle in {folder}, which this version of the code knows",
        fix="use the bundle with the version of the code that trained it, or train it again: dvc repro",
    )
    return learner.load(_read_text(folder / learner.file, digest))


def _read_text(file: Path, digest: str) -> str:
    """Read a model and compare its digest with that in ``bundle.json``: LightGBM crashes on a text that was cut off."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    if _digest(text) != digest:
        raise _broken(file, "a file that was cut off, changed, or is of another model than bundle.json")
    return text


def _read_reasons(folder: Path, content: Mapping[str, Any]) -> ReasonModel | None:
    if content["reasons"] is None:
        return None
    digest = content["reasons_sha256"]
    booster = lgb.Booster(model_str=_read_text(folder / REASONS, digest)) if digest else None
    return ReasonModel.from_json(content["reasons"], booster)


def _write_reasons(reasons: ReasonModel | None, file: Path) -> str | None:
    """Write the trees of the reasons and return their digest. Without trees, write no file and return None."""
    if reasons is None or reasons.booster is None:
        return None
    return _write_text(reasons.booster.model_to_string(), file)


def _write_text(text: str, file: Path) -> str:
    write_text(text, file)
    return _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(file: Path, found: str) -> UserError:
    return UserError(expected=f"{file} to be as it was saved", found=found, fix="train it again: dvc repro")


def _plain(value: float | Floats) -> float | list[float]:
    return value.tolist() if isinstance(value, np.ndarray) else value
