"""Every feature, defined once; one module for each subject."""
