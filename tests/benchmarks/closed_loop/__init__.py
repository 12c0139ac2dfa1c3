"""Policies in closed loop with the simulated shop, whose customers respond: ``python -m tests.benchmarks.closed_loop``."""
