"""From the matrix of features to a registered model: split, fit, calibrate, measure, judge."""
