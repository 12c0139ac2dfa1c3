"""The tables of the product report, one module each."""
