"""Every feature, defined once, a module for each group of drivers."""
