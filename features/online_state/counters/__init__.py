"""The counters of the online state: their layout in a record, the write side and the read side."""
