"""Puts the parts of the service together, from the settings of a shop and the files of its last run."""
