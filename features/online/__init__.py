"""Features over baskets, from the counters of the online state at the scoring time."""
