"""A replay: what a policy would have done with the baskets of the last months, and what that should have earned."""
