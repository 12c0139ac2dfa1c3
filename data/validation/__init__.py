"""Validation: each table's contract, the rules across rows and tables, and the report of broken rules."""
