"""Requests in, answers out: the application's ends, limits, problems and telemetry."""
