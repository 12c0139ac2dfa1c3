"""Estimates for each line and item: expected rates, evidence, and rates with their intervals."""
