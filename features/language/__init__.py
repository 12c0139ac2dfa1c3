"""What a feature is written in: nodes, the operators of formulas, sizes and reasons as numbers."""
