"""Features over baskets: from the state's counters, at the time of the question."""
