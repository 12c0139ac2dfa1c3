"""The read-out of a randomised experiment: what the policy changed against the holdout, and in money.

Arrays in, figures out: no module here reads or writes a file, or draws a number.
"""
