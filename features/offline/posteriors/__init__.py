"""Posteriors over tables: their columns in the matrix, and what the online state is to begin with."""
