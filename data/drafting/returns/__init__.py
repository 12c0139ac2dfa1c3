"""The returns of a first mapping: a file of their own, rows among the order lines, or a mark beside each line.

`outcomes` takes the first way that the sheets allow. `matching` finds the lines of a file of returns, `pieces_beside`
and `flags` read a mark beside the lines, and `order_level` says whether a mark is one of whole orders. `states` has the
words for what came back, and `reasons` those for why.
"""
