"""Alerts from findings: the rules, their evidence and their sentences."""
