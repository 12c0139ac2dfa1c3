"""Evaluation of a model: metrics with intervals, slices, the simulated truth, reasons, drivers, stability, what-ifs."""
