"""Tells alarms by e-mail and by webhook: each alarm once, and again where it got worse or ended."""
