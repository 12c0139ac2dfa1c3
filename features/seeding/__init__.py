"""The seed of the online state, built from the tables at once instead of event by event."""
