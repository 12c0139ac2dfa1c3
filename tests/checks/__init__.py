"""Checks that no linter knows: parameters and stage deps against the code, and what no file of the project may hold.

`python -m tests.checks` runs them from the project's top folder, as `make check` does.
"""
