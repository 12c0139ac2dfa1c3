"""Every table held to its contract: rules, what breaks them, and the report."""
