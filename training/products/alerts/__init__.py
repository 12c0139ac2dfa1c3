"""Findings as alerts: the rules, their evidence and their sentences."""
