"""Accuracy of the product report: its intervals against later outcomes, its findings against the truth."""
