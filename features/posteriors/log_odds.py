"""What the posteriors say of lines: one formula for both executions."""

import numpy as np

from data.arrays import Bools, Floats
from features.compiled import compiled


def log_odds(
    mean: Floats, variance: Floats, covariates: Floats, slopes: tuple[Floats, Floats], members: Floats
) -> Floats:
    """Give the log-odds of n lines in parts, one for each factor; their sum is the whole.

    The whole is the log-odds of the mean probability (MacKay, 1992), so it is the closer to 0 the less is known.
    `of_known_products` leaves out lines of which they say too little.

    Parameters
    ----------
    mean
        Of the levels of each line, 0 for a level that it lacks; shape (n, kinds).
    variance
        The variances of these levels together, shape (n,).
    covariates
        Shape (n, covariates).
    slopes
        Their means, shape (covariates,), and their covariance.
    members
        The factor of each level and covariate, 0 or 1; shape (kinds + covariates, factors).

    Returns
    -------
    Floats
        Shape (n, factors).
    """
    slope, covariance = (np.ascontiguousarray(each) for each in slopes)
    return log_odds_of(
        np.ascontiguousarray(mean), variance, np.ascontiguousarray(covariates), slope, covariance, members
    )


@compiled
def log_odds_of(
    mean: Floats, variance: Floats, covariates: Floats, slope: Floats, covariance: Floats, members: Floats
) -> Floats:
    """Give the log-odds as `log_odds` does, from arrays without gaps."""
    kinds, factors = members.shape[0] - len(slope), members.shape[1]
    found = np.zeros((len(mean), factors))
    weighted = np.empty(len(slope))
    for line in range(len(mean)):
        own, row = found[line], covariates[line]
        for kind in range(kinds):
            for factor in range(factors):
                own[factor] += mean[line, kind] * members[kind, factor]
        weighted[:] = 0.0
        for place in range(len(slope)):
            value = row[place]
            if value != 0.0:
                for other in range(len(slope)):
                    weighted[other] += value * covariance[place, other]
                for factor in range(factors):
                    own[factor] += value * slope[place] * members[kinds + place, factor]
        total = variance[line]
        for place in range(len(slope)):
            total += weighted[place] * row[place]
        own /= np.sqrt(1 + np.pi / 8 * total)
    return found


@compiled
def of_known_products(parts: Floats, moved: Bools, about_product: Bools) -> Floats:
    """Leave out the ``parts`` of lines of which no level of the product, or of a kind of products, knows an outcome.

    Slopes were learned beside these levels. What they say without them is worse than what a model says that has learned
    from requests without a product.

    Parameters
    ----------
    parts
        Shape (n, factors).
    moved
        Whether an outcome has moved the line's level of each kind; shape (n, kinds).
    about_product
        Which kinds are about the product; shape (kinds,).

    Returns
    -------
    Floats
        Shape (n, factors), NaN in all parts of a line that is left out.
    """
    found = parts.copy()
    for line in range(len(parts)):
        if not (moved[line] & about_product).any():
            found[line] = np.nan
    return found


def quadratic(covariates: Floats, matrix: Floats) -> Floats:
    """The variance of each line's sum of slopes times covariates; shape (n,)."""
    return np.asarray(((covariates @ matrix) * covariates).sum(axis=1), dtype=np.float64)
