"""The local engine: features of all lines on NumPy arrays, and counters by one scan of compiled code."""
