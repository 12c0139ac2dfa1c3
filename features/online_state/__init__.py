"""What the online state keeps, and how events change it."""
