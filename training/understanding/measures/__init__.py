"""Measures of lines that a model has scored: gaps with their errors, slices that a tree finds, accumulated effects."""
