"""Checks that no linter has: parameters and stage deps against the code, and text that no file may hold.

`python -m tests.checks` runs them from the project's top folder, as `make check` does.
"""
