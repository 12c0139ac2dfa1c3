"""How good a model is: metrics with intervals, slices, the truth, reasons, drivers, stability, what-ifs."""
