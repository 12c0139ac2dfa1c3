"""Policies in closed loop with a shop whose customers respond: ``python -m tests.benchmarks.closed_loop``."""
