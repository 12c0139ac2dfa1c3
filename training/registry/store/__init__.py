"""Where runs and versions are kept: the address of the store, and of artifacts that moved with it."""
