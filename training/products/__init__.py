"""The product report: which items come back more than they should, why, and what to do about it."""
