"""The pages of docs/reference, made from the code: one module a page, each with a function ``page``.

`tests.checks.docs.made` writes them, and finds those that differ from what the code gives.
"""
