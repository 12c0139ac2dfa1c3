"""Retraining: why it is time for it, and its steps, one after the other, with a lock, a time limit and a record."""
