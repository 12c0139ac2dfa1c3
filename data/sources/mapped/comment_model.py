"""Text classification: predicts a return's reason from the customer's comment, for any language.

The model learns from the returns that have both a comment and a recorded reason. A comment is cut into words (a
Chinese or Japanese character counts as one word) and into n-grams of 2 to 4 characters. The n-grams stand for words of
languages without spaces, and for parts of long or misspelt words. A logistic regression over tf-idf weights gives the
likeliest reason.

The confidence is calibrated by cross-fitting: each fifth of the orders is read by a model of the other four fifths, and
Platt's scaling (J. Platt, "Probabilistic outputs for support vector machines", 1999) turns scores into shares of right
readings. A reading is right when it equals the reason that the shop recorded. For returns without a recorded reason,
the confidence holds only if their comments are like the comments of returns with one.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression, SGDClassifier

from data.arrays import Bools, Floats, Ints

FOLDS = 5

CHARACTERS = 500
"""Characters read of a comment: the reason usually stands at the start, and time grows with the length."""

GRAMS = 50_000
"""Most words and n-grams in the vocabulary; the most frequent ones are taken."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")
"""A word, or one character of Han or kana."""

Labels = npt.NDArray[Any]


@dataclass(frozen=True)
class Readings:
    """The likeliest reason of each comment, and the confidence in it: the share of such readings that are right.

    ``reasons`` is an array of codes, ``confidence`` float64, both of the comments' length. A comment
    without any known word or n-gram has confidence 0.
    """

    reasons: Labels
    confidence: Floats


@dataclass(frozen=True)
class OutOfFold:
    """Out-of-fold readings of the examples: each by a model that was not trained on its order.

    ``confidence`` (float64): the scale, too, is fitted on the other folds. ``right`` (bool): whether the reading equals
    the recorded reason.
    """

    confidence: Floats
    right: Bools

    def above(self, min_confidence: float) -> Bools:
        """The examples with a confidence of at least ``min_confidence``."""
        return self.confidence >= min_confidence


@dataclass(frozen=True)
class _Scale:
    """Platt's scaling: from a score (log-odds) to the share of readings with such a score that are right."""

    slope: float
    intercept: float

    def __call__(self, score: Floats) -> Floats:
        known = np.isfinite(score)
        return np.where(known, _share(self.slope * np.where(known, score, 0.0) + self.intercept), 0.0)


@dataclass(frozen=True)
class _Classifier:
    """A classifier fitted on some of the examples; it uses only the grams in ``columns`` of the counts."""

    columns: Ints
    weights: Any
    model: Any

    def read(self, counts: Any) -> tuple[Labels, Floats]:
        """The likeliest reason of each row of ``counts``, with its log-odds; -inf where no gram is known."""
        known = counts[:, self.columns]
        shares = self.model.predict_proba(self.weights.transform(known)).astype(np.float64)
        top = np.clip(shares.max(axis=1), 1e-6, 1 - 1e-6)
        score = np.where(known.getnnz(axis=1) > 0, np.log(top / (1 - top)), -np.inf)
        return self.model.classes_[shares.argmax(axis=1)], score


@dataclass(frozen=True)
class CommentModel:
    """The fitted model, with its out-of-fold readings of the examples; see `fit` and `infer`."""

    grams: Any
    classifier: _Classifier
    scale: _Scale
    out_of_fold: OutOfFold


def fit(texts: Sequence[str], reasons: Sequence[str], orders: Sequence[str], seed: int) -> CommentModel | None:
    """Fit the model that reads reasons from comments.

    Parameters
    ----------
    texts, reasons, orders
        Comment (not blank), recorded reason and order of each example. All examples of an order share a fold, because
        customers paste one comment to several lines.
    seed
        Seed of the folds, and of the order in which the examples are used for training.

    Returns
    -------
    CommentModel or None
        None where fewer than two reasons can be both learned and tested. A reason with all examples in one fold can't
        be tested: the model never gives it, and its examples count as wrong readings.
    """
    labels, fold = np.array(reasons, dtype=object), _folds(orders, seed)
    spread = {reason for reason in set(reasons) if len(set(fold[labels == reason])) > 1}
    if len(spread) < 2:
        return None
    learned = np.array([reason in spread for reason in reasons])
    grams = CountVectorizer(analyzer=_grams, max_features=GRAMS, dtype=np.float64)
    counts = grams.fit_transform(texts)
    score, right = np.empty(len(texts)), np.empty(len(texts), dtype=bool)
    for held in range(FOLDS):
        train, test = learned & (fold != held), fold == held
        if test.any():
            found, score[test] = _learn(counts[train], labels[train], seed).read(counts[test])
            right[test] = found == labels[test]
    whole = _learn(counts[learned], labels[learned], seed)
    return CommentModel(grams, whole, _scale(score, right), OutOfFold(_cross_scaled(score, right, fold), right))


def infer(model: CommentModel, texts: Sequence[str]) -> Readings:
    """Read the reason of each of ``texts``: at least one text, none of them blank."""
    reasons, score = model.classifier.read(model.grams.transform(texts))
    return Readings(reasons, model.scale(score))


def _grams(text: str) -> Iterator[str]:
    """Cut a comment into words and n-grams of 2 to 4 characters; character width, case and digits are normalised."""
    plain = re.sub(r"\d+", "0", unicodedata.normalize("NFKC", text[:CHARACTERS]).casefold())
    yield from (f"{word}_" for word in _WORD.findall(plain))
    for part in plain.split():
        padded = f" {part} "
        yield from (padded[at : at + size] for size in (2, 3, 4) for at in range(len(padded) - size + 1))


def _folds(orders: Sequence[str], seed: int) -> Ints:
    """The fold of each example, from 0; all examples of an order share one."""
    _, place = np.unique(np.array(orders, dtype=str), return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(int(place.max()) + 1) % FOLDS
    return dealt[place].astype(np.int64)


def _learn(counts: Any, labels: Labels, seed: int) -> _Classifier:
    """Fit on some examples. Grams that occur in one example only are dropped, unless there are no others."""
    frequency = counts.getnnz(axis=0)
    columns = np.flatnonzero(frequency >= min(2, frequency.max()))
    weights = TfidfTransformer(sublinear_tf=True)
    # Averaged stochastic gradients of the log-loss: as good as a solver run to its end, and done in a fixed time.
    model = SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=10, tol=None, average=True, random_state=seed)
    model.fit(weights.fit_transform(counts[:, columns]), labels)
    return _Classifier(columns, weights, model)


def _scale(score: Floats, right: Bools) -> _Scale:
    """Fit Platt's scaling to readings, with his smoothed targets: a few right readings don't give a confidence of 1."""
    known = np.isfinite(score)
    hits, misses = int((right & known).sum()), int((~right & known).sum())
    target = np.where(right[known], (hits + 1) / (hits + 2), 1 / (misses + 2))
    if not known.any():
        return _Scale(0.0, -np.inf)
    twice = np.concatenate([score[known], score[known]])[:, None]
    model = LogisticRegression(C=1e4).fit(
        twice, np.repeat([1, 0], len(target)), sample_weight=np.concatenate([target, 1 - target])
    )
    if model.coef_[0, 0] > 0:
        return _Scale(float(model.coef_[0, 0]), float(model.intercept_[0]))
    mean = float(target.mean())  # a falling share of right readings: the score has no information
    return _Scale(0.0, float(np.log(mean / (1 - mean))))


def _cross_scaled(score: Floats, right: Bools, fold: Ints) -> Floats:
    """The confidence in each example's reading, by the scale fitted on the other folds."""
    confidence = np.zeros(len(score))
    for held in range(FOLDS):
        confidence[fold == held] = _scale(score[fold != held], right[fold != held])(score[fold == held])
    return confidence


def _share(log_odds: Floats) -> Floats:
    """The logistic function, without overflow for any ``log_odds``."""
    share: Floats = 0.5 * (1 + np.tanh(0.5 * log_odds))
    return share
