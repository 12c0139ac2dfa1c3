"""The logs that the service writes: what it said of baskets, and what it decided about them."""
