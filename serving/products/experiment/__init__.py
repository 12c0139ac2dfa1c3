"""The page under /products/experiment: what the policy earned against the holdout, as the read-out has it."""
