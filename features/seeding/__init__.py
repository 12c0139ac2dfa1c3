"""The beginning of the online state, built from the tables in one go."""
