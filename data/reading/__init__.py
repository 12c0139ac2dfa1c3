"""Reading: how customers' keys, labels and months are read, and what to change where cells can't be.

`labels` has the normal form in which labels are compared; `reading` is what a shop's mapping says of keys and labels,
alike at ingest and at the checkout. `months` has names of months, and `fixes` what to change in a mapping.
"""
