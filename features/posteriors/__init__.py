"""Posteriors: a logistic model over customers, products and kinds of lines, moved day by day as outcomes become known.

They are a second kind of state beside the counters. `levels` has what they say of lines, `state` how outcomes move
them, `scan` goes through all days. `features.offline.posteriors` reads the tables; `features.online.posteriors` reads
what the online state was given at the end of the tables.
"""
