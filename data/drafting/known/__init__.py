"""Known layouts: a preset is recognised, and written for the files: their columns, times, states and returns."""
