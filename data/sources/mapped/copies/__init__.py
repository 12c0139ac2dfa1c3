"""Copies of a record in exports that overlap: which one counts, by a rule of the mapping, and how many do not.

Copies share an id (`by_id`). Where rows have no id of their own, the unit is the order, all of whose rows come from one
file (`by_order`), unless an export cut it (`cut_orders`); or, for returns, the whole row (`by_content`). `comparing`
says which copy is best, and `leaving` takes the others out and counts them.
"""
