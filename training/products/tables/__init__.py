"""The tables of the product report, a module a table."""
