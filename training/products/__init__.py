"""The product report: which items come back more often than expected, why, and what to do about it."""
