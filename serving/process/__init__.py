"""Processes: supervisor, workers' lives, sockets and logs."""
