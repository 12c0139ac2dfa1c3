"""Reading: how customers' keys and labels are read, alike at ingest and at the checkout.

`labels` has the normal form in which labels are compared; `reading` is what a shop's mapping says of keys and labels.
"""
