"""Posteriors: a logistic model over customers, products and kinds of lines, moved day by day as outcomes become known.

They are a second kind of state beside the counters. `state` has the model, `columns` adds what it says of each line to
the matrix. Only the tables are scanned so far: no state is kept online, so the service refuses a model that reads them.
"""
