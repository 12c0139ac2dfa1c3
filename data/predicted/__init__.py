"""Predictions with outcomes: the prediction log joined with what the shop's tables know by now."""
