"""The checkout demo under /demo: a small shop that asks for decisions as a checkout does, and shows why."""
