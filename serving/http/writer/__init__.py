"""Writes events: from the body of a request to its answer, here or by way of the process that writes events."""
