"""What the posteriors say of lines: one formula for both executions."""

import numpy as np

from data.arrays import Floats


def log_odds(
    mean: Floats, variance: Floats, covariates: Floats, slopes: tuple[Floats, Floats], members: Floats
) -> Floats:
    """Give the log-odds of n lines in parts, one for each factor; their sum is the whole.

    The whole is the log-odds of the mean probability (MacKay, 1992), so it is the closer to 0 the less is known.

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
    slope, covariance = slopes
    total = variance + quadratic(covariates, covariance)
    terms = np.concatenate([mean, covariates * slope], axis=1)
    return np.asarray(terms @ members / np.sqrt(1 + np.pi / 8 * total)[:, None], dtype=np.float64)


def quadratic(covariates: Floats, matrix: Floats) -> Floats:
    """The variance of each line's sum of slopes times covariates; shape (n,)."""
    return np.asarray(((covariates @ matrix) * covariates).sum(axis=1), dtype=np.float64)
