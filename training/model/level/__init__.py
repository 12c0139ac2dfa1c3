"""The level: a shift of all log-odds that follows what is known of the lines ordered since the training lines."""
