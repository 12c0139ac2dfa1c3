"""Processes of the service: supervisor, child processes, sockets and logs."""
