"""The language of feature definitions: nodes, the operators of formulas, sizes and reasons as numbers."""
