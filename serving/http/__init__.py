"""The HTTP side: routes, guards, problem details, request log and metrics."""
