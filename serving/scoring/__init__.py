"""From a basket to its scores, reasons, drivers and what-ifs."""
