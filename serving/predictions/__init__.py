"""The log of what was answered."""
